//! The sending side of [`Slices`](super::Slices): cuts what a function returns.

use serde::{Deserialize, Serialize};

use super::sender::Sender;
use crate::{
    Message, Platform, SendItemError, TaskError, function::Function, wire, wire::EncodeError,
};

/// How large a slice is where it is encoded, in bytes. Reading it takes about a millisecond in a browser.
const SLICE_BYTES: usize = 128 << 10;
/// How many items are encoded to find out how large one is.
const SAMPLES: usize = 64;

/// What the work has come to when all slices are sent. The error is boxed, so that a small value makes a small message.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Sliced<E> {
    /// The function has returned, and its items were sent.
    Returned(Result<(), E>),
    /// An item can't be sent.
    Unsendable(Box<EncodeError>),
}

impl<E> Sliced<E> {
    pub(super) fn into_result(self) -> Result<Result<(), E>, TaskError> {
        match self {
            Self::Returned(result) => Ok(result),
            Self::Unsendable(error) => Err(TaskError::Encode(*error)),
        }
    }
}

/// A function that returns all at once, and its argument.
pub(crate) type Whole<P, M, T, E> = (Function<P, M, Result<Vec<T>, E>>, M);

/// Does the work, and sends what it returns.
pub(crate) async fn slice<P: Platform, M: Message, T: Message, E: Message>(
    (function, argument): Whole<P, M, T, E>,
    to: Sender<P, Vec<T>>,
) -> Sliced<E> {
    let items = match function.call(argument) {
        Ok(items) => items,
        Err(error) => return Sliced::Returned(Err(error)),
    };
    match send_all(items, &to).await {
        Err(SendItemError::Encode { error, .. }) => Sliced::Unsendable(Box::new(error)),
        // Nobody waits for the others.
        Ok(()) | Err(SendItemError::Closed(_)) => Sliced::Returned(Ok(())),
    }
}

async fn send_all<P: Platform, T: Message>(
    items: Vec<T>,
    to: &Sender<P, Vec<T>>,
) -> Result<(), SendItemError<Vec<T>>> {
    let count = items_in_slice::<P, T>(&items);
    if count >= items.len() {
        return if items.is_empty() {
            Ok(())
        } else {
            to.send(items).await
        };
    }
    let mut rest = items.into_iter();
    while rest.len() > 0 {
        to.send(rest.by_ref().take(count).collect()).await?;
    }
    Ok(())
}

/// How many items make a slice: all where they are moved.
fn items_in_slice<P: Platform, T: Message>(items: &[T]) -> usize {
    if P::abilities().can_spawn {
        return items.len();
    }
    let step = items.len().div_ceil(SAMPLES).max(1);
    let (mut samples, mut bytes) = (0, 0);
    for item in items.iter().step_by(step) {
        // What can't be encoded is refused when its slice is sent.
        bytes += wire::encoded_len(item).unwrap_or(0).max(1);
        samples += 1;
    }
    (SLICE_BYTES * samples / bytes.max(1)).clamp(1, wire::MAX_ZERO_SIZED)
}
