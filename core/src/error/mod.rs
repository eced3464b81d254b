//! What can go wrong, one type an operation; [`Error`] is the sum for applications.
//!
//! `Display` tells all of an error on one line, with what caused it. `source` leads from an error to the one
//! that it holds, down to the first cause, for code that looks for one of them by its type.

mod elapsed;
mod exit_reason;
mod job;
mod misuse;
mod operation;
mod receive;
mod remote;
mod send_item;
mod task;

use std::fmt;

pub use elapsed::Elapsed;
pub use exit_reason::ExitReason;
pub use job::{JobError, QueueFull};
pub use misuse::{AlreadyMaterialized, OutOfRange, Unsupported};
pub use operation::{ExitError, ExitResult, SendError, SpawnError};
pub use receive::{RecvError, RecvTimeoutError, TryRecvError};
pub use remote::RemoteError;
pub use send_item::{SendItemError, TrySendItemError};
pub use task::{RegistryError, TaskError};

pub use crate::wire::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};

/// Any error of this library, for functions that use several operations.
///
/// Each error becomes one by `?` or `From`. What can happen in several operations has one variant, whichever
/// of them it was: an operation that the platform does not have is always `Unsupported`, and a message that
/// can't be sent is always `Encode`.
///
/// ```
/// use insula::{Error, RemoteError, SpawnError, TaskError, error::Unsupported};
///
/// fn application() -> Result<(), Error> {
///     Err(TaskError::Panicked(RemoteError::new("boom", "")))?
/// }
/// assert_eq!(application().unwrap_err().to_string(), "boom");
///
/// let unsupported = Unsupported { operation: "Isolate::spawn", reason: "use `spawn_uri`" };
/// let (spawned, ran) = (SpawnError::Unsupported(unsupported.clone()), TaskError::Unsupported(unsupported));
/// assert_eq!(Error::from(spawned), Error::from(ran));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An isolate did not start. `Unsupported` and `Encode` have variants of their own.
    Spawn(SpawnError),
    /// A task has no value. `Unsupported`, `Spawn`, `Encode`, `Decode` and `TimedOut` have variants of their own.
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
    /// A registry refused, or its manager gave no answer.
    Registry(RegistryError),
    /// The port is closed, and no message is there.
    Closed,
    /// No message is there yet.
    Empty,
    /// No message or no answer came in time. An isolate that did not start in time is a `Spawn`, which names it.
    TimedOut,
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
            Self::Closed => RecvError.fmt(f),
            Self::Empty => TryRecvError::Empty.fmt(f),
            Self::TimedOut => f.write_str("nothing came in time"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Spawn(error) => Some(error),
            Self::Task(error) => Some(error),
            Self::Encode(error) => Some(error),
            Self::Decode(error) => Some(error),
            Self::Remote(error) => Some(error),
            Self::Unsupported(error) => Some(error),
            Self::OutOfRange(error) => Some(error),
            Self::AlreadyMaterialized(error) => Some(error),
            Self::Registry(error) => Some(error),
            Self::Closed | Self::Empty | Self::TimedOut => None,
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
    Encode(EncodeError)
    Decode(DecodeError)
    Remote(RemoteError)
    Unsupported(Unsupported)
    OutOfRange(OutOfRange)
    AlreadyMaterialized(AlreadyMaterialized)
}

impl From<SpawnError> for Error {
    fn from(error: SpawnError) -> Self {
        match error {
            SpawnError::Unsupported(error) => Self::Unsupported(error),
            SpawnError::Encode(error) => Self::Encode(error),
            error => Self::Spawn(error),
        }
    }
}

impl From<TaskError> for Error {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Unsupported(error) => Self::Unsupported(error),
            TaskError::Spawn(error) => error.into(),
            TaskError::Encode(error) => Self::Encode(error),
            TaskError::Decode(error) => Self::Decode(error),
            TaskError::TimedOut => Self::TimedOut,
            error => Self::Task(error),
        }
    }
}

impl From<JobError> for Error {
    fn from(error: JobError) -> Self {
        error.error.into()
    }
}

impl From<RegistryError> for Error {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Manager(error) => match error.into() {
                Self::Task(error) => Self::Registry(RegistryError::Manager(error)),
                error => error,
            },
            error => Self::Registry(error),
        }
    }
}

impl From<Elapsed> for Error {
    fn from(_: Elapsed) -> Self {
        Self::TimedOut
    }
}

impl From<RecvError> for Error {
    fn from(_: RecvError) -> Self {
        Self::Closed
    }
}

impl From<TryRecvError> for Error {
    fn from(error: TryRecvError) -> Self {
        match error {
            TryRecvError::Empty => Self::Empty,
            TryRecvError::Closed => Self::Closed,
        }
    }
}

impl From<RecvTimeoutError> for Error {
    fn from(error: RecvTimeoutError) -> Self {
        match error {
            RecvTimeoutError::TimedOut => Self::TimedOut,
            RecvTimeoutError::Closed => Self::Closed,
        }
    }
}

impl<T> From<SendError<T>> for Error {
    fn from(error: SendError<T>) -> Self {
        Self::Encode(error.error)
    }
}

impl<T> From<SendItemError<T>> for Error {
    fn from(error: SendItemError<T>) -> Self {
        match error {
            SendItemError::Closed(_) => Self::Closed,
            SendItemError::Encode { error, .. } => Self::Encode(error),
        }
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
