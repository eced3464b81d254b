//! [`Receiver`]: the receiving side of a channel.

use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use serde::{Deserialize, Serialize};

use super::{inlet::Inlet, link::Link, protocol::LinkId, sender::Sender};
use crate::{
    Blocking, Message, Platform, ReceivePort, SendPort, TaskError, contract::Address,
    unpack::unpack,
};

/// The receiving side of a channel, a stream; made by [`channel`](super::channel).
///
/// It ends when the last sender is gone. Its last item is an error when an isolate has ended with a sender in it, or a
/// panic has dropped one, as items may be missing then. What the other senders send comes before.
///
/// It keeps its isolate alive while a sender is left, and is no message: items are received where the channel was
/// made. Dropping it makes the next `send` fail, which gives its item back.
///
/// ```
/// use insula::{IsolateRunner, Priority, TaskError, stream::{Sender, channel}};
/// # insula::main(async || {
/// async fn two_and_wait(to: Sender<u32>) {
///     let _ = to.send(1).await;
///     let _ = to.send(2).await;
///     insula::sleep(std::time::Duration::from_secs(3600)).await;
/// }
///
/// let runner = IsolateRunner::spawn().await?;
/// let (sender, mut numbers) = channel(8);
/// let job = runner.run_async(two_and_wait, sender);
/// assert_eq!(numbers.next().await, Some(Ok(1)));
/// assert_eq!(numbers.next().await, Some(Ok(2)));
/// runner.isolate().kill(Priority::Immediate);
/// # drop(job);
/// assert!(matches!(numbers.next().await, Some(Err(TaskError::IsolateLost { .. }))));
/// assert_eq!(numbers.next().await, None);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
pub struct Receiver<P: Platform, T> {
    items: ReceivePort<P, (LinkId, T)>,
    inlet: Arc<Inlet<P>>,
}

/// What the first sender is made of, where it will be.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct FirstSender<P: Platform, T> {
    pub(super) inlet: Address<P>,
    pub(super) items: SendPort<P, (LinkId, T)>,
    pub(super) credits: u32,
}

impl<P: Platform, T> FirstSender<P, T> {
    pub(super) fn into_sender(self) -> Sender<P, T> {
        let link = Link::new(LinkId::FIRST, self.inlet, self.credits);
        Sender::new(link, self.items)
    }
}

impl<P: Platform, T: Message> Receiver<P, T> {
    /// A channel, and what makes its one sender.
    pub(super) fn open(credits: usize) -> (FirstSender<P, T>, Self) {
        let credits = u32::try_from(credits).unwrap_or(u32::MAX).max(1);
        let items = ReceivePort::new();
        let inlet = Inlet::open(items.closer(), credits);
        let sender = FirstSender {
            inlet: inlet
                .address()
                .expect("the first sender is not gone before it is made"),
            items: items.send_port(),
            credits,
        };
        (sender, Self { items, inlet })
    }

    pub(super) fn inlet(&self) -> &Arc<Inlet<P>> {
        &self.inlet
    }

    /// The next item; `None` when no sender is left.
    ///
    /// Waits while a sender lives that sends nothing.
    ///
    /// # Errors
    /// As the last item: `IsolateLost` when an isolate has ended with a sender in it, or the receiver's own has ended;
    /// `Panicked` when a panic has dropped a sender; `Decode` when an item could not be read.
    pub async fn next(&mut self) -> Option<Result<T, TaskError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn read(&mut self, parcel: P::Parcel) -> Result<T, TaskError> {
        match unpack::<P, (LinkId, T)>(parcel) {
            Ok((link, item)) => {
                self.inlet.consumed(link);
                Ok(item)
            }
            Err(error) => {
                // Which link it came by is unknown, so the count of its credits is lost.
                self.inlet.close();
                self.items.discard();
                Err(TaskError::Decode(error))
            }
        }
    }
}

impl<P: Blocking, T: Message> Receiver<P, T> {
    /// As [`next`](Self::next), for a function without an await: waits on this thread.
    ///
    /// Inside an isolate control messages are handled meanwhile and other events wait.
    ///
    /// ```
    /// use insula::stream::channel;
    ///
    /// let (sender, mut numbers) = channel(1);
    /// let sending = std::thread::spawn(move || (1..=3).try_for_each(|n| sender.send_blocking(n)));
    /// let mut sum = 0;
    /// while let Some(n) = numbers.recv() {
    ///     sum += n.unwrap();
    /// }
    /// assert_eq!(sum, 6);
    /// # sending.join().unwrap().unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`next`](Self::next).
    ///
    /// # Panics
    /// Unwinds, silently, when the isolate is killed meanwhile.
    ///
    /// # Platform
    /// Not in a browser, where neither a page nor a worker with an event loop can wait.
    pub fn recv(&mut self) -> Option<Result<T, TaskError>> {
        match self.items.recv_parcel(None) {
            Ok(parcel) => Some(self.read(parcel)),
            Err(_) => self.inlet.take_error().map(Err),
        }
    }
}

impl<P: Platform, T: Message> Stream for Receiver<P, T> {
    type Item = Result<T, TaskError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_parcel(context).map(|parcel| match parcel {
            Some(parcel) => Some(self.read(parcel)),
            None => self.inlet.take_error().map(Err),
        })
    }
}

// Nothing in it is pinned.
impl<P: Platform, T> Unpin for Receiver<P, T> {}

impl<P: Platform, T> Drop for Receiver<P, T> {
    fn drop(&mut self) {
        self.inlet.close();
    }
}

impl<P: Platform, T> fmt::Debug for Receiver<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Receiver").field(&self.items).finish()
    }
}
