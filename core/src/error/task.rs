//! Why work has no value: [`TaskError`], [`RegistryError`].

use std::fmt;

use super::{Elapsed, ExitReason, RemoteError, SpawnError, Unsupported};
use crate::wire::{DecodeError, EncodeError};

/// Why a task has no value.
///
/// ```
/// use insula::{Isolate, TaskError};
/// # insula::main(async || {
/// fn retry(error: &TaskError) -> bool {
///     matches!(error, TaskError::IsolateLost { .. } | TaskError::TimedOut)
/// }
/// let error = Isolate::run(|| -> u32 { panic!("boom") }).await.unwrap_err();
/// assert!(!retry(&error), "it would panic again");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// The computation panicked, or another uncaught error ended its isolate.
    Panicked(RemoteError),
    /// The isolate of the computation ended without a result: nothing is left that could wake it, or it
    /// was killed.
    Ended,
    /// The answer is an error: one that was *sent*, by [`send_result`](crate::ports::send_result). The
    /// computation ran to its end, and its isolate lives on.
    Failed(RemoteError),
    /// The isolate was lost while the task was in flight there; it may have run or not.
    IsolateLost {
        /// The isolate's debug name, where it is known.
        name: Option<String>,
        /// How it came to its end.
        reason: ExitReason,
    },
    /// The platform has no such operation.
    Unsupported(Unsupported),
    /// The isolate for it did not start. Made by `From`, which keeps what has a variant of its own out of it:
    /// `Unsupported` and `Encode`.
    Spawn(SpawnError),
    /// The argument or the result could not be encoded.
    Encode(EncodeError),
    /// The argument, the request or the result did not decode.
    Decode(DecodeError),
    /// Nothing answered in time.
    TimedOut,
    /// The job of a pool was not done at the time that was set when it was given.
    DeadlineExceeded,
    /// As many jobs wait in the pool as may.
    QueueFull,
    /// The task was cancelled by its owner.
    Cancelled,
    /// The runner, balancer or pool was closed before the task was given to it.
    Closed,
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(error) | Self::Failed(error) => error.fmt(f),
            Self::Ended => f.write_str("Computation ended without result"),
            Self::IsolateLost {
                name: Some(name),
                reason,
            } => write!(f, "the isolate `{name}` was lost: {reason}"),
            Self::IsolateLost { name: None, reason } => {
                write!(f, "the isolate was lost: {reason}")
            }
            Self::Unsupported(error) => error.fmt(f),
            Self::Spawn(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::TimedOut => Elapsed.fmt(f),
            Self::DeadlineExceeded => f.write_str("the deadline has passed"),
            Self::QueueFull => f.write_str("the queue of the pool is full"),
            Self::Cancelled => f.write_str("the task was cancelled"),
            Self::Closed => f.write_str("there is no runner: it is closed"),
        }
    }
}

impl std::error::Error for TaskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Panicked(error) | Self::Failed(error) => Some(error),
            Self::IsolateLost { reason, .. } => Some(reason.error()?),
            Self::Unsupported(error) => Some(error),
            Self::Spawn(error) => Some(error),
            Self::Encode(error) => Some(error),
            Self::Decode(error) => Some(error),
            Self::Ended
            | Self::TimedOut
            | Self::DeadlineExceeded
            | Self::QueueFull
            | Self::Cancelled
            | Self::Closed => None,
        }
    }
}

impl From<SpawnError> for TaskError {
    fn from(error: SpawnError) -> Self {
        match error {
            SpawnError::Unsupported(error) => Self::Unsupported(error),
            SpawnError::Encode(error) => Self::Encode(error),
            error => Self::Spawn(error),
        }
    }
}

impl From<Unsupported> for TaskError {
    fn from(error: Unsupported) -> Self {
        Self::Unsupported(error)
    }
}

impl From<EncodeError> for TaskError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<DecodeError> for TaskError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<Elapsed> for TaskError {
    fn from(_: Elapsed) -> Self {
        Self::TimedOut
    }
}

/// Why a registry could not do what it was asked.
///
/// ```
/// use insula::{error::RegistryError, registry::RegistryManager};
/// # insula::main(async || {
/// let manager = RegistryManager::<u32>::new();
/// let nothing = manager.registry().lookup(&[], Some(0)).await;
/// assert_eq!(nothing.unwrap_err(), RegistryError::NoMaximum);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryError {
    /// `add` was given a value that is in this registry.
    AlreadyAdded,
    /// The value is not in this registry.
    Unknown,
    /// `lookup` was asked for at most 0 values.
    NoMaximum,
    /// The manager did not answer.
    Manager(TaskError),
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyAdded => f.write_str("the value is in this registry already"),
            Self::Unknown => f.write_str("the value is not in this registry"),
            Self::NoMaximum => f.write_str("a look-up needs a maximum of at least 1"),
            Self::Manager(error) => write!(f, "the registry's manager: {error}"),
        }
    }
}

impl std::error::Error for RegistryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Manager(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SpawnError> for RegistryError {
    fn from(error: SpawnError) -> Self {
        Self::Manager(error.into())
    }
}

impl From<Elapsed> for RegistryError {
    fn from(elapsed: Elapsed) -> Self {
        Self::Manager(elapsed.into())
    }
}
