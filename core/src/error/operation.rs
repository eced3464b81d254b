//! Why an operation failed, one type an operation.

use std::{convert::Infallible, fmt};

use super::{RemoteError, Unsupported};
use crate::wire::{DecodeError, EncodeError};

/// Why an isolate did not start.
///
/// ```
/// use insula::{Isolate, SpawnError};
/// # insula::main(async || {
/// match Isolate::spawn_uri("insula:nothing", Vec::new(), ()).await {
///     Err(SpawnError::NotFound { uri, .. }) => assert_eq!(uri, "insula:nothing"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`IsolateSpawnException`](https://api.dart.dev/dart-isolate/IsolateSpawnException-class.html).
#[doc(alias = "IsolateSpawnException")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpawnError {
    /// The platform starts isolates another way.
    Unsupported(Unsupported),
    /// No program has this name, and no script was found there.
    NotFound {
        /// The URI as it was given.
        uri: String,
        /// What was looked for.
        reason: String,
    },
    /// The initial message could not be encoded.
    Encode(EncodeError),
    /// The worker runs another build of this program; its functions are not ours.
    BuildMismatch {
        /// The build that spawned.
        expected: String,
        /// The build that answered.
        found: String,
    },
    /// Nothing answered in time.
    TimedOut {
        /// What was waited for.
        what: String,
    },
    /// The isolate ended before it was ready, or its host refused to start it.
    Failed(RemoteError),
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(unsupported) => unsupported.fmt(f),
            Self::NotFound { uri, reason } => write!(f, "no program at `{uri}`: {reason}"),
            Self::Encode(error) => write!(f, "the initial message can't be sent: {error}"),
            Self::BuildMismatch { expected, found } => {
                write!(
                    f,
                    "the worker runs another build ({found}) than its spawner ({expected})"
                )
            }
            Self::TimedOut { what } => write!(f, "{what} did not answer in time"),
            Self::Failed(error) => write!(f, "the isolate did not start: {error}"),
        }
    }
}

impl std::error::Error for SpawnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unsupported(error) => Some(error),
            Self::Encode(error) => Some(error),
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// The message could not be encoded; it comes back.
///
/// ```
/// use insula::{ReceivePort, SendError, SendPort};
///
/// /// Sends a job, or gives it back.
/// fn offer(port: &SendPort<String>, job: String) -> Option<String> {
///     port.send(job).err().map(|SendError { message, .. }| message)
/// }
/// assert_eq!(offer(&ReceivePort::new().send_port(), "sort".to_owned()), None);
/// ```
pub struct SendError<T> {
    /// The message, unchanged.
    pub message: T,
    /// What in it could not be encoded.
    pub error: EncodeError,
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message can't be sent: {}", self.error)
    }
}

impl<T> std::error::Error for SendError<T> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// [`Isolate::exit`](crate::Isolate::exit) did not end the isolate; the message comes back.
///
/// ```
/// use insula::{ExitError, Isolate, ReceivePort};
///
/// let port = ReceivePort::new();
/// match Isolate::exit(&port.send_port(), "my last words".to_owned()) {
///     Err(ExitError::Unsupported(_, message)) => assert_eq!(message, "my last words"),
///     Err(error) => panic!("{error}"),
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ExitError<M> {
    /// The final message could not be encoded; the isolate runs on.
    Send(SendError<M>),
    /// Code outside isolates, or where a panic can't unwind, can't be left this way.
    Unsupported(Unsupported, M),
}

impl<M> fmt::Display for ExitError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(error) => error.fmt(f),
            Self::Unsupported(unsupported, _) => unsupported.fmt(f),
        }
    }
}

impl<M: fmt::Debug> std::error::Error for ExitError<M> {}

/// What [`Isolate::exit`](crate::Isolate::exit) returns: nothing, or why not.
///
/// ```
/// use insula::{ExitResult, Isolate, SendPort};
///
/// fn leave(port: &SendPort<u32>) -> ExitResult<u32> {
///     Isolate::exit(port, 0)?; // what follows runs only where it can't be left
///     unreachable!()
/// }
/// # assert!(leave(&insula::ReceivePort::new().send_port()).is_err());
/// ```
pub type ExitResult<M> = Result<Infallible, ExitError<M>>;

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
    /// The computation panicked, or its isolate ended without a result.
    Remote(RemoteError),
    /// The isolate was lost while the task was in flight there; it may have run or not.
    IsolateLost {
        /// What ended it.
        cause: String,
    },
    /// The platform has no such operation.
    Unsupported(Unsupported),
    /// The isolate for it did not start.
    Spawn(SpawnError),
    /// The argument or the result could not be encoded.
    Encode(EncodeError),
    /// The argument or the result did not decode.
    Decode(DecodeError),
    /// Nothing answered in time.
    TimedOut,
    /// The task was cancelled by its owner.
    Cancelled,
    /// The runner, balancer or pool was closed before the task was given to it.
    Closed,
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(error) => error.fmt(f),
            Self::IsolateLost { cause } => write!(f, "the isolate was lost: {cause}"),
            Self::Unsupported(error) => error.fmt(f),
            Self::Spawn(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Cancelled => f.write_str("the task was cancelled"),
            Self::Closed => f.write_str("there is no runner: it is closed"),
        }
    }
}

impl std::error::Error for TaskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Remote(error) => Some(error),
            Self::Unsupported(error) => Some(error),
            Self::Spawn(error) => Some(error),
            Self::Encode(error) => Some(error),
            Self::Decode(error) => Some(error),
            _ => None,
        }
    }
}

/// Why a registry could not do what it was asked.
///
/// ```
/// use insula::{RegistryError, RegistryManager};
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
