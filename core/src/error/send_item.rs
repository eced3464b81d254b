//! Why a channel did not take an item: [`SendItemError`], [`TrySendItemError`].

use std::{error::Error, fmt};

use crate::wire::EncodeError;

/// Why a [`Sender`](crate::stream::Sender) did not send an item, which it gives back.
///
/// ```
/// use insula::{error::SendItemError, stream::channel};
/// # insula::main(async || {
/// let (numbers, receiver) = channel::<u32>(8);
/// drop(receiver);
/// let error = numbers.send(7).await.unwrap_err();
/// assert_eq!(error, SendItemError::Closed(7));
/// assert_eq!(error.into_item(), 7);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendItemError<T> {
    /// The receiver was dropped, or its isolate has ended.
    Closed(T),
    /// The item could not be encoded.
    Encode {
        /// The item, unchanged.
        item: T,
        /// What in it could not be encoded.
        error: EncodeError,
    },
}

impl<T> SendItemError<T> {
    /// The item.
    pub fn into_item(self) -> T {
        match self {
            Self::Closed(item) | Self::Encode { item, .. } => item,
        }
    }
}

impl<T> fmt::Display for SendItemError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("the receiver of the channel is gone"),
            Self::Encode { error, .. } => write!(f, "the item can't be sent: {error}"),
        }
    }
}

// An item need not be `Debug`, so that `unwrap` works on every send.
impl<T> fmt::Debug for SendItemError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(_) => f.write_str("Closed(..)"),
            Self::Encode { error, .. } => f.debug_tuple("Encode").field(error).finish(),
        }
    }
}

impl<T> Error for SendItemError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Closed(_) => None,
            Self::Encode { error, .. } => Some(error),
        }
    }
}

/// Why [`try_send`](crate::stream::Sender::try_send) did not send an item, which it gives back.
///
/// ```
/// use insula::{error::TrySendItemError, stream::channel};
/// # insula::main(async || {
/// let (numbers, receiver) = channel::<u32>(1);
/// numbers.try_send(1).unwrap();
/// assert_eq!(numbers.try_send(2), Err(TrySendItemError::NoCredit(2)));
/// drop(receiver);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrySendItemError<T> {
    /// The receiver has as many items unread as it has allowed, or its news has not come yet.
    NoCredit(T),
    /// The receiver was dropped, or its isolate has ended.
    Closed(T),
    /// The item could not be encoded.
    Encode {
        /// The item, unchanged.
        item: T,
        /// What in it could not be encoded.
        error: EncodeError,
    },
}

impl<T> TrySendItemError<T> {
    /// The item.
    pub fn into_item(self) -> T {
        match self {
            Self::NoCredit(item) | Self::Closed(item) | Self::Encode { item, .. } => item,
        }
    }
}

impl<T> From<SendItemError<T>> for TrySendItemError<T> {
    fn from(error: SendItemError<T>) -> Self {
        match error {
            SendItemError::Closed(item) => Self::Closed(item),
            SendItemError::Encode { item, error } => Self::Encode { item, error },
        }
    }
}

impl<T> fmt::Display for TrySendItemError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredit(_) => f.write_str(
                "the channel has no credit left: await `send` in an `async` function, or call `send_blocking` where \
                 threads may wait",
            ),
            Self::Closed(_) => f.write_str("the receiver of the channel is gone"),
            Self::Encode { error, .. } => write!(f, "the item can't be sent: {error}"),
        }
    }
}

impl<T> fmt::Debug for TrySendItemError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredit(_) => f.write_str("NoCredit(..)"),
            Self::Closed(_) => f.write_str("Closed(..)"),
            Self::Encode { error, .. } => f.debug_tuple("Encode").field(error).finish(),
        }
    }
}

impl<T> Error for TrySendItemError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoCredit(_) | Self::Closed(_) => None,
            Self::Encode { error, .. } => Some(error),
        }
    }
}
