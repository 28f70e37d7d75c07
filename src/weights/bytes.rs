//! A file's bytes, in memory or read in pieces: a checkpoint may be larger than what one wants to hold.

use std::borrow::Cow;

/// Reads so many bytes from a place of the file on; may give fewer, which is noticed.
pub type ReadPiece<'a> = Box<dyn Fn(u64, usize) -> Result<Vec<u8>, String> + 'a>;

/// Where a file's bytes come from.
pub enum Bytes<'a> {
    /// All of them in memory.
    Memory(Cow<'a, [u8]>),
    /// Read when asked for.
    Pieces {
        /// Bytes of the whole file.
        length: u64,
        /// Reads a piece.
        read: ReadPiece<'a>,
    },
}

impl<'a> From<&'a [u8]> for Bytes<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Bytes::Memory(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Bytes<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::Memory(Cow::Owned(bytes))
    }
}

impl Bytes<'_> {
    /// Opens a file to be read in pieces. Errors are sentences without the file's name.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open(path: &std::path::Path) -> Result<Bytes<'static>, String> {
        use std::io::{Read, Seek, SeekFrom};
        let unread = |e: std::io::Error| format!("cannot be read: {e}");
        let mut file = std::fs::File::open(path).map_err(unread)?;
        let length = file.metadata().map_err(unread)?.len();
        // A folder opens like a file on some systems; reading it fails here rather than in the middle.
        file.read(&mut [0]).map_err(unread)?;
        let read = move |at: u64, length: usize| {
            let mut piece = Vec::with_capacity(length);
            let mut file = &file;
            file.seek(SeekFrom::Start(at)).map_err(unread)?;
            file.take(length as u64).read_to_end(&mut piece).map_err(unread)?;
            Ok(piece)
        };
        Ok(Bytes::Pieces { length, read: Box::new(read) })
    }

    /// Bytes of the whole file.
    pub fn len(&self) -> u64 {
        match self {
            Bytes::Memory(bytes) => bytes.len() as u64,
            Bytes::Pieces { length, .. } => *length,
        }
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Exactly `length` bytes from `at` on. Nothing is allocated for bytes beyond the file's end.
    pub fn read(&self, at: u64, length: usize) -> Result<Cow<'_, [u8]>, String> {
        if at.checked_add(length as u64).is_none_or(|end| end > self.len()) {
            return Err(format!("bytes {at} to {} lie beyond its end at {}", at as u128 + length as u128, self.len()));
        }
        match self {
            Bytes::Memory(bytes) => Ok(Cow::Borrowed(&bytes[at as usize..at as usize + length])),
            Bytes::Pieces { read, .. } => match read(at, length)? {
                piece if piece.len() == length => Ok(Cow::Owned(piece)),
                piece => Err(format!("it gave {} bytes instead of {length} from byte {at} on", piece.len())),
            },
        }
    }
}
