//! What can go wrong, one type an operation; [`Error`] is the sum for applications.

mod misuse;
mod operation;
mod remote;

use std::fmt;

pub use misuse::{AlreadyMaterialized, OutOfRange, Unsupported};
pub use operation::{ExitError, ExitResult, RegistryError, SendError, SpawnError, TaskError};
pub use remote::RemoteError;

pub use crate::wire::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};

/// Any error of this library, for functions that use several operations.
///
/// ```
/// use insula::{Error, RemoteError, TaskError};
///
/// fn application() -> Result<(), Error> {
///     Err(TaskError::Remote(RemoteError::new("boom", "")))?
/// }
/// assert_eq!(application().unwrap_err().to_string(), "boom");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An isolate did not start.
    Spawn(SpawnError),
    /// A task has no value.
    Task(TaskError),
    /// A message could not be encoded.
    Encode(EncodeError),
    /// A message did not decode.
    Decode(DecodeError),
    /// Something failed in another isolate.
    Remote(RemoteError),
    /// This platform can't do it.
    Unsupported(Unsupported),
    /// A size is out of its bounds.
    OutOfRange(OutOfRange),
    /// Transferable data was taken or sent before.
    AlreadyMaterialized(AlreadyMaterialized),
    /// A registry refused.
    Registry(RegistryError),
    /// The port was closed before a message came.
    Closed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spawn(error) => error.fmt(f),
            Self::Task(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Remote(error) => error.fmt(f),
            Self::Unsupported(error) => error.fmt(f),
            Self::OutOfRange(error) => error.fmt(f),
            Self::AlreadyMaterialized(error) => error.fmt(f),
            Self::Registry(error) => error.fmt(f),
            Self::Closed => f.write_str("the port is closed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spawn(error) => error.source(),
            Self::Task(error) => error.source(),
            Self::Registry(error) => error.source(),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($variant:ident($error:ty))+) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+
    };
}

from! {
    Spawn(SpawnError)
    Task(TaskError)
    Encode(EncodeError)
    Decode(DecodeError)
    Remote(RemoteError)
    Unsupported(Unsupported)
    OutOfRange(OutOfRange)
    AlreadyMaterialized(AlreadyMaterialized)
    Registry(RegistryError)
}

impl<T> From<SendError<T>> for Error {
    fn from(error: SendError<T>) -> Self {
        Self::Encode(error.error)
    }
}

impl<M> From<ExitError<M>> for Error {
    fn from(error: ExitError<M>) -> Self {
        match error {
            ExitError::Send(error) => error.into(),
            ExitError::Unsupported(unsupported, _) => unsupported.into(),
        }
    }
}
