//! What can go wrong, one type an operation; [`Error`] is the sum for applications.

use std::{convert::Infallible, fmt};

use serde::{Deserialize, Serialize};

use crate::{AlreadyMaterialized, RegistryError};

pub use crate::wire::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};

/// An error that happened in another isolate: what it said and where, as text.
///
/// Errors lose their type when they were not returned but thrown: a panic, a failed `Display`, a
/// script error. What a computation *returns* keeps its type.
///
/// ```
/// # insula::main(async || {
/// let line = line!() + 1;
/// let task = insula::Isolate::run(|| -> u32 { panic!("boom") });
/// let Err(insula::TaskError::Remote(error)) = task.await else { unreachable!() };
/// assert_eq!(error.description(), "boom");
/// assert!(error.stack_trace().starts_with("at "), "file, line and column; the stack with RUST_BACKTRACE=1");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`RemoteError`](https://api.dart.dev/dart-isolate/RemoteError-class.html).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteError {
    description: String,
    stack_trace: String,
}

impl RemoteError {
    /// Makes an error from its two texts.
    ///
    /// ```
    /// let error = insula::RemoteError::new("boom", "at src/sort.rs:7:9");
    /// assert_eq!(error.to_string(), "boom");
    /// ```
    pub fn new(description: impl Into<String>, stack_trace: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            stack_trace: stack_trace.into(),
        }
    }

    /// Turns any error into the form that every isolate can read; its sources follow the description.
    ///
    /// ```
    /// let error = "x".parse::<u32>().unwrap_err();
    /// assert_eq!(insula::RemoteError::from_error(&error).to_string(), "invalid digit found in string");
    /// ```
    pub fn from_error(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut description = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            description = format!("{description}: {cause}");
            source = cause.source();
        }
        Self::new(description, "")
    }

    /// What the error said.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Where it happened, as far as the platform knows: the location, then the stack.
    #[must_use]
    pub fn stack_trace(&self) -> &str {
        &self.stack_trace
    }

    /// What a computation gets when its isolate ended without an answer.
    pub(crate) fn no_result() -> Self {
        Self::new("Computation ended without result", "")
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

impl std::error::Error for RemoteError {}

/// An operation that this platform does not have.
///
/// ```
/// # insula::main(async || {
/// let port = insula::ReceivePort::new();
/// match insula::Isolate::exit(&port.send_port(), 7) {
///     Err(insula::ExitError::Unsupported(error, message)) => {
///         assert_eq!((error.operation, message), ("Isolate::exit", 7)); // the host can't be left
///     }
///     Err(error) => panic!("{error}"),
/// }
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The operation, as it is called.
    pub operation: &'static str,
    /// Why, and the portable way.
    pub reason: &'static str,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not supported here: {}",
            self.operation, self.reason
        )
    }
}

impl std::error::Error for Unsupported {}

/// A number that an operation does not take.
///
/// ```
/// # insula::main(async || {
/// let balancer = insula::LoadBalancer::spawn(2).await?;
/// let error = balancer.run_multiple(3, 100, |n: u32| n, 1).unwrap_err();
/// assert_eq!((error.given, error.most), (3, 2));
/// assert_eq!(error.to_string(), "the number of runners is 3, which is not between 1 and 2");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`RangeError`](https://api.dart.dev/dart-core/RangeError-class.html).
#[doc(alias = "RangeError")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutOfRange {
    /// What the number says.
    pub what: &'static str,
    /// The number.
    pub given: usize,
    /// The largest that there could be; the smallest is 1.
    pub most: usize,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, given, most } = self;
        write!(f, "{what} is {given}, which is not between 1 and {most}")
    }
}

impl std::error::Error for OutOfRange {}

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
