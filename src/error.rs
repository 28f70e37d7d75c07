//! The one error that leaves the library: what kind of fault it was, and a sentence that says what and where.

use crate::cpu::OutOfMemory;
use crate::gpu::DeviceError;
use crate::picture::PictureError;
use std::fmt;

/// What went wrong, in a sentence that names what, where and, if there is something, what to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// Whose fault it was.
    pub kind: ErrorKind,
    /// The sentence.
    pub sentence: String,
}

/// Whose fault an error was. Only the device's own (`TooLarge` to `DriverRefused`) are a reason to leave the device;
/// `www/lib/choose.js` does, and a [`Detector`](crate::Detector) that chose the device itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// What was asked for makes no sense, or not for this network.
    BadRequest,
    /// The picture is none, or none that can be looked at.
    BadPicture,
    /// The model's configuration or weights.
    BadModel,
    /// There is no device, or none that could run any model.
    Unsupported,
    /// This is beyond the device's limits.
    TooLarge,
    /// The device, or the processor, has no memory left.
    OutOfMemory,
    /// The device is gone.
    DeviceLost,
    /// Its driver refused what should have worked.
    DriverRefused,
    /// This program's own fault.
    Internal,
}

impl ErrorKind {
    /// The word for it in JS, `QueryPoseError.code`.
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::BadRequest => "argument",
            ErrorKind::BadPicture => "picture",
            ErrorKind::BadModel => "model",
            ErrorKind::Unsupported => "webgpu",
            ErrorKind::TooLarge => "limits",
            ErrorKind::OutOfMemory => "memory",
            ErrorKind::DeviceLost => "lost",
            ErrorKind::DriverRefused => "driver",
            ErrorKind::Internal => "engine",
        }
    }

    /// True if it was the device's own fault.
    pub fn is_of_device(self) -> bool {
        use ErrorKind::{DeviceLost, DriverRefused, OutOfMemory, TooLarge};
        matches!(self, TooLarge | OutOfMemory | DeviceLost | DriverRefused)
    }
}

impl Error {
    /// A sentence of this kind.
    pub fn new(kind: ErrorKind, what: impl fmt::Display) -> Error {
        Error { kind, sentence: what.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
impl std::error::Error for Error {}

impl From<PictureError> for Error {
    fn from(error: PictureError) -> Error {
        Error::new(ErrorKind::BadPicture, error)
    }
}

impl From<OutOfMemory> for Error {
    fn from(error: OutOfMemory) -> Error {
        Error::new(ErrorKind::OutOfMemory, error)
    }
}

impl From<DeviceError> for Error {
    fn from(error: DeviceError) -> Error {
        let kind = match error {
            DeviceError::Missing(_) => ErrorKind::Unsupported,
            DeviceError::TooLarge(_) => ErrorKind::TooLarge,
            DeviceError::OutOfMemory(_) => ErrorKind::OutOfMemory,
            DeviceError::Lost(_) => ErrorKind::DeviceLost,
            DeviceError::Input(_) => ErrorKind::Internal,
            DeviceError::Failed(_) => ErrorKind::DriverRefused,
        };
        Error::new(kind, error)
    }
}
