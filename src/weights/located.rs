//! Where the numbers of a tensor lie.

use super::bytes::Bytes;
use crate::tensor::numbers;
use safetensors::Dtype;

/// Where a tensor lies in its file, checked against the file's length.
#[derive(Clone, Debug)]
pub struct Located {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// Which of the files it lies in.
    pub file: usize,
    /// First byte of its first number.
    pub at: u64,
    /// Numbers from one to the next along each dimension, unless they lie one behind the other.
    pub strides: Option<Vec<usize>>,
    /// CRC-32 of its bytes, if not 0.
    pub crc: u32,
}

impl Located {
    pub fn numbers(&self) -> u64 {
        numbers(&self.shape)
    }

    pub fn bytes(&self) -> u64 {
        self.numbers() * self.dtype.bitsize() as u64 / 8
    }

    /// Numbers from its first to its last in the file.
    pub fn span(&self) -> u64 {
        match &self.strides {
            None => self.numbers(),
            Some(strides) => 1 + self.shape.iter().zip(strides).map(|(&n, &s)| (n as u64 - 1) * s as u64).sum::<u64>(),
        }
    }

    /// Its bytes, those between its numbers included.
    pub fn read<'b>(&self, files: &'b [Bytes<'_>]) -> Result<std::borrow::Cow<'b, [u8]>, String> {
        let length = self.span() * self.dtype.bitsize() as u64 / 8;
        let length = usize::try_from(length).map_err(|_| "is too large for this machine")?;
        let raw = files[self.file].read(self.at, length)?;
        if self.crc != 0 && super::zip::crc32(&raw) != self.crc {
            return Err("does not fit its checksum: the file is damaged, fetch it again".into());
        }
        Ok(raw)
    }

    /// The numbers of `raw` in the order of the dimensions.
    pub fn in_order<T: Copy>(&self, raw: Vec<T>) -> Vec<T> {
        let Some(strides) = &self.strides else { return raw };
        let mut at = vec![0usize];
        for (&size, &stride) in self.shape.iter().zip(strides) {
            at = at.into_iter().flat_map(|first| (0..size).map(move |i| first + i * stride)).collect();
        }
        at.into_iter().map(|i| raw[i]).collect()
    }
}
