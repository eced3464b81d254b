//! Streams between isolates, with credits: [`channel`], work that gives items as they come, [`TaskStream`],
//! and a large result in parts, [`Slices`].
//!
//! A [`Sender`] has credits. An item takes one; the receiver gives credits back when it has taken half as many items as
//! the channel allows, so a message of credits pays for many items. Credits are messages to a port of the sender's
//! isolate, as items are to one of the receiver's: a channel needs nothing but ports.
//!
//! | what happens | what the other side sees |
//! |---|---|
//! | the last sender is dropped, alone or in a message that nobody has read | the stream ends |
//! | an isolate with a sender is lost | the stream goes on with the other senders, and ends with `IsolateLost` |
//! | the receiver is dropped | the next `send` fails and gives the item back; one that waits, too |
//! | the receiver's isolate ends | the same |

mod inlet;
mod link;
mod pace;
mod protocol;
mod receiver;
mod sender;
mod slices;
mod slicing;
mod task_stream;

use crate::{Message, Platform};

pub use receiver::Receiver;
pub use sender::Sender;
pub use slices::Slices;
pub use task_stream::TaskStream;

pub(crate) use slicing::slice;
pub(crate) use task_stream::{CREDITS, prepare, produce};

/// A channel between isolates with back-pressure: the sender waits while `credits` items, at least 1, are on their way or
/// unread.
///
/// Each isolate that sends has so many credits.
///
/// ```
/// use insula::stream::channel;
/// # insula::main(async || {
/// let (sender, mut numbers) = channel(8);
/// sender.send(1).await?;
/// sender.clone().send(2).await?;
/// drop(sender);
/// assert_eq!(numbers.next().await, Some(Ok(1)));
/// assert_eq!(numbers.next().await, Some(Ok(2)));
/// assert_eq!(numbers.next().await, None); // no sender is left
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: credit-based flow control, as
/// [`Subscription.request`](https://github.com/reactive-streams/reactive-streams-jvm#3-subscription-code) of Reactive Streams
/// and [link credit](https://docs.oasis-open.org/amqp/core/v1.0/os/amqp-core-transport-v1.0-os.html#section-links) of AMQP.
#[must_use]
pub fn channel<P: Platform, T: Message>(credits: usize) -> (Sender<P, T>, Receiver<P, T>) {
    let (sender, receiver) = Receiver::open(credits);
    (sender.into_sender(), receiver)
}
