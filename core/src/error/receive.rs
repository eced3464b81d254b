//! Why a receive port gave no message: [`RecvError`], [`TryRecvError`], [`RecvTimeoutError`].

use std::fmt;

/// The port is closed and its buffer is empty; no message will come.
///
/// ```
/// let mut port = insula::ReceivePort::<u32>::new();
/// port.close();
/// assert_eq!(port.recv(), Err(insula::error::RecvError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvError;

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the port is closed")
    }
}

impl std::error::Error for RecvError {}

/// Why [`try_recv`](crate::ReceivePort::try_recv) gave no message.
///
/// ```
/// use insula::{ReceivePort, error::TryRecvError};
///
/// let mut port = ReceivePort::<u32>::new();
/// assert_eq!(port.try_recv(), Err(TryRecvError::Empty)); // one may come
/// port.close();
/// assert_eq!(port.try_recv(), Err(TryRecvError::Closed)); // none will
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// No message is there yet.
    Empty,
    /// The port is closed and its buffer is empty; no message will come.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no message is there"),
            Self::Closed => RecvError.fmt(f),
        }
    }
}

impl std::error::Error for TryRecvError {}

impl From<RecvError> for TryRecvError {
    fn from(_: RecvError) -> Self {
        Self::Closed
    }
}

/// Why [`recv_timeout`](crate::ReceivePort::recv_timeout) gave no message.
///
/// ```
/// use insula::{ReceivePort, error::RecvTimeoutError};
/// use std::time::Duration;
///
/// let mut port = ReceivePort::<u32>::new();
/// assert_eq!(port.recv_timeout(Duration::from_millis(1)), Err(RecvTimeoutError::TimedOut));
/// port.close();
/// assert_eq!(port.recv_timeout(Duration::from_secs(60)), Err(RecvTimeoutError::Closed)); // at once
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// No message came in time.
    TimedOut,
    /// The port is closed and its buffer is empty; no message will come.
    Closed,
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("no message came in time"),
            Self::Closed => RecvError.fmt(f),
        }
    }
}

impl std::error::Error for RecvTimeoutError {}

impl From<RecvError> for RecvTimeoutError {
    fn from(_: RecvError) -> Self {
        Self::Closed
    }
}
