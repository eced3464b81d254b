//! The sending side of [`Slices`](super::Slices): cuts what a function returns into messages.

use serde::{Deserialize, Serialize};

use super::sender::Sender;
use crate::{
    Message, Platform, SendItemError, TaskError,
    function::Function,
    wire::{self, EncodeError, Items},
};

/// How large a message is where items are encoded, in bytes.
const MESSAGE_BYTES: usize = 128 << 10;
/// How many items are encoded to find out how large one is.
const SAMPLES: usize = 64;

/// What the work has come to when all items are sent. The error is boxed, so that a small value makes a small message.
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
    to: Sender<P, Items<T>>,
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
    to: &Sender<P, Items<T>>,
) -> Result<(), SendItemError<Items<T>>> {
    let count = items_in_message::<P, T>(&items);
    if count >= items.len() {
        return if items.is_empty() {
            Ok(())
        } else {
            to.send(Items::Read(items)).await
        };
    }
    let mut rest = items.into_iter();
    while rest.len() > 0 {
        let items = rest.by_ref().take(count).collect();
        to.send(Items::Read(items)).await?;
    }
    Ok(())
}

/// How many items make a message: all where they are moved.
fn items_in_message<P: Platform, T: Message>(items: &[T]) -> usize {
    if P::abilities().can_spawn {
        return items.len();
    }
    let step = items.len().div_ceil(SAMPLES).max(1);
    let (mut samples, mut bytes) = (0, 0);
    for item in items.iter().step_by(step) {
        // What can't be encoded is refused when it is sent.
        bytes += wire::encoded_len(item).unwrap_or(0).max(1);
        samples += 1;
    }
    (MESSAGE_BYTES * samples / bytes.max(1)).clamp(1, wire::MAX_ZERO_SIZED)
}
