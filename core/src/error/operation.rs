//! Why an operation failed, one type an operation.

use std::{convert::Infallible, fmt};

use super::{Elapsed, RemoteError, Unsupported};
use crate::wire::EncodeError;

/// Why an isolate did not start.
///
/// ```
/// use insula::{Isolate, SpawnError};
/// # insula::main(async || {
/// match Isolate::spawn_uri("insula:nothing", None::<&str>, ()).await {
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
            Self::NotFound { .. } | Self::BuildMismatch { .. } | Self::TimedOut { .. } => None,
        }
    }
}

impl From<Elapsed> for SpawnError {
    fn from(_: Elapsed) -> Self {
        Self::TimedOut {
            what: "the isolate".to_owned(),
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
/// use insula::{Isolate, ReceivePort, error::ExitError};
///
/// let port = ReceivePort::new();
/// match Isolate::exit(&port.send_port(), "my last words".to_owned()) {
///     Err(ExitError::Unsupported(_, message)) => assert_eq!(message, "my last words"),
///     Err(error) => panic!("{error}"),
/// }
/// ```
#[non_exhaustive]
pub enum ExitError<M> {
    /// The final message could not be encoded; the isolate runs on.
    Send(SendError<M>),
    /// Code outside isolates, or where a panic can't unwind, can't be left this way.
    Unsupported(Unsupported, M),
}

impl<M> fmt::Debug for ExitError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(error) => f.debug_tuple("Send").field(error).finish(),
            Self::Unsupported(unsupported, _) => f
                .debug_tuple("Unsupported")
                .field(unsupported)
                .finish_non_exhaustive(),
        }
    }
}

impl<M> fmt::Display for ExitError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(error) => error.fmt(f),
            Self::Unsupported(unsupported, _) => unsupported.fmt(f),
        }
    }
}

impl<M> std::error::Error for ExitError<M> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // A `SendError` can't stand here itself: what it holds may be borrowed.
            Self::Send(error) => Some(&error.error),
            Self::Unsupported(unsupported, _) => Some(unsupported),
        }
    }
}

/// What [`Isolate::exit`](crate::Isolate::exit) returns: nothing, or why not.
///
/// ```
/// use insula::{Isolate, SendPort, error::ExitResult};
///
/// fn leave(port: &SendPort<u32>) -> ExitResult<u32> {
///     Isolate::exit(port, 0)?; // what follows runs only where it can't be left
///     unreachable!()
/// }
/// # assert!(leave(&insula::ReceivePort::new().send_port()).is_err());
/// ```
pub type ExitResult<M> = Result<Infallible, ExitError<M>>;
