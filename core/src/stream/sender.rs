//! [`Sender`]: the sending side of a channel.

use std::{
    fmt,
    future::poll_fn,
    mem,
    sync::Arc,
    task::{Poll, Waker},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{link::Link, protocol::LinkId};
use crate::{
    Blocking, Message, Platform, SendError, SendItemError, SendPort, TrySendItemError,
    event_loop::EventLoop, last_will::LastWill, sync::Mutex, wire,
};

/// The sending side of a channel; made by [`channel`](super::channel).
///
/// It has credits: each item takes one, and the receiver gives it back when it has taken the item. Without a credit
/// [`send`](Self::send) waits.
///
/// It is a message itself. Clones in one isolate share their credits; a sender in another isolate has credits of its
/// own. The stream ends when the last sender is dropped. A sender does not keep its isolate alive; one that waits
/// for a credit does.
///
/// ```
/// use insula::{IsolateRunner, stream::{Sender, channel}};
/// # insula::main(async || {
/// async fn count(to: Sender<u32>) {
///     for n in 1..=3 {
///         if to.send(n).await.is_err() {
///             break; // nobody listens
///         }
///     }
/// }
///
/// let runner = IsolateRunner::spawn().await?;
/// let (sender, mut numbers) = channel(2);
/// let counting = runner.run_async(count, sender);
/// let mut sum = 0;
/// while let Some(n) = numbers.next().await {
///     sum += n?;
/// }
/// assert_eq!(sum, 6);
/// counting.await?;
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
pub struct Sender<P: Platform, T> {
    /// Replaced when the sender is used in another isolate than before, as it can be where memory is shared.
    link: Mutex<Arc<Link<P>>>,
    items: SendPort<P, (LinkId, T)>,
}

impl<P: Platform, T> Sender<P, T> {
    pub(super) fn new(link: Link<P>, items: SendPort<P, (LinkId, T)>) -> Self {
        Self {
            link: Mutex::new(Arc::new(link)),
            items,
        }
    }

    /// Whether nobody receives any more, as far as is known here.
    ///
    /// ```
    /// # insula::main(async || {
    /// let (sender, receiver) = insula::stream::channel::<u32>(1);
    /// assert!(!sender.is_closed());
    /// drop(receiver);
    /// assert!(sender.send(1).await.is_err());
    /// assert!(sender.is_closed());
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.current().outlet().is_closed()
    }

    pub(super) fn current(&self) -> Arc<Link<P>> {
        self.link.lock().clone()
    }

    /// The link, with credits that arrive where the caller runs.
    pub(super) fn here(&self) -> Arc<Link<P>> {
        let link = self.current();
        link.open();
        if !link.is_elsewhere() {
            return link;
        }
        let new = Arc::new(link.split());
        new.open();
        let old = mem::replace(&mut *self.link.lock(), new.clone());
        drop(old);
        new
    }
}

impl<P: Platform, T: Message> Sender<P, T> {
    /// Sends an item; waits while there is no credit.
    ///
    /// Dropping the future before it is done sends nothing.
    ///
    /// # Errors
    /// `Closed` when the receiver is gone, at once or while it waits; `Encode` when the item can't be sent. Either
    /// gives the item back.
    pub async fn send(&self, item: T) -> Result<(), SendItemError<T>> {
        let mut has_yielded = false;
        let credit = poll_fn(|context| {
            let credit = self.poll_credit(context.waker());
            if credit.is_pending() {
                EventLoop::<P>::expect_own_executor(context.waker());
            }
            // The job of a stream that was dropped is left here, whatever it does with the outcome.
            if matches!(credit, Poll::Ready(None)) && !mem::replace(&mut has_yielded, true) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            credit
        });
        match credit.await {
            Some(link) => self.post(&link, item),
            None => Err(SendItemError::Closed(item)),
        }
    }

    /// Takes a credit; none when nobody receives any more.
    fn poll_credit(&self, waker: &Waker) -> Poll<Option<Arc<Link<P>>>> {
        let link = self.here();
        let credit = link.outlet().poll_credit(waker);
        credit.map(|has_receiver| has_receiver.then_some(link))
    }

    /// Sends an item if there is a credit.
    ///
    /// In a function without an await credits do not come back, as they arrive between the events of its isolate.
    /// Such a function sends as many items as the channel has credits; natively it goes on with
    /// [`send_blocking`](Self::send_blocking).
    ///
    /// ```
    /// use insula::{error::TrySendItemError, stream::channel};
    /// # insula::main(async || {
    /// let (sender, mut numbers) = channel(2);
    /// sender.try_send(1).unwrap();
    /// sender.try_send(2).unwrap();
    /// assert_eq!(sender.try_send(3), Err(TrySendItemError::NoCredit(3)));
    /// assert_eq!(numbers.next().await, Some(Ok(1)));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `NoCredit`; otherwise as [`send`](Self::send). The item comes back.
    pub fn try_send(&self, item: T) -> Result<(), TrySendItemError<T>> {
        let link = self.here();
        match link.outlet().try_credit() {
            Some(true) => Ok(self.post(&link, item)?),
            Some(false) => Err(TrySendItemError::Closed(item)),
            None => Err(TrySendItemError::NoCredit(item)),
        }
    }

    /// Sends an item for which a credit was taken.
    fn post(&self, link: &Link<P>, item: T) -> Result<(), SendItemError<T>> {
        let credit = Credit(link);
        let sent = self.items.send((link.id(), item));
        sent.map(|()| credit.spend())
            .map_err(|SendError { message, error }| {
                let (_, item) = message;
                SendItemError::Encode { item, error }
            })
    }
}

/// A credit that was taken. It is given back when its item is not sent, also when the item's `Serialize` panics.
struct Credit<'a, P: Platform>(&'a Link<P>);

impl<P: Platform> Credit<'_, P> {
    fn spend(self) {
        mem::forget(self);
    }
}

impl<P: Platform> Drop for Credit<'_, P> {
    fn drop(&mut self) {
        self.0.outlet().give_back();
    }
}

impl<P: Blocking, T: Message> Sender<P, T> {
    /// As [`send`](Self::send), for a function without an await: waits on this thread.
    ///
    /// Inside an isolate control messages are handled meanwhile and other events wait.
    ///
    /// ```
    /// use insula::{IsolateRunner, stream::{Sender, channel}};
    /// # insula::main(async || {
    /// fn count(to: Sender<u32>) {
    ///     for n in 0..10 {
    ///         to.send_blocking(n).unwrap();
    ///     }
    /// }
    ///
    /// let runner = IsolateRunner::spawn().await?;
    /// let (sender, mut numbers) = channel(2);
    /// let counting = runner.run(count, sender);
    /// for n in 0..10 {
    ///     assert_eq!(numbers.next().await, Some(Ok(n)));
    /// }
    /// counting.await?;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Panics
    /// Unwinds, silently, when the calling isolate is killed meanwhile.
    ///
    /// # Platform
    /// Not in a browser, where neither a page nor a worker with an event loop can wait: there the function is made
    /// `async` and awaits [`send`](Self::send).
    pub fn send_blocking(&self, item: T) -> Result<(), SendItemError<T>> {
        let mut credit = Poll::Pending;
        let grants = self.here().grants();
        EventLoop::<P>::wait_for(None, grants.as_ref(), &mut |waker| {
            credit = self.poll_credit(waker);
            credit.is_ready()
        });
        match credit {
            Poll::Ready(Some(link)) => self.post(&link, item),
            Poll::Ready(None) | Poll::Pending => Err(SendItemError::Closed(item)),
        }
    }
}

/// A clone is a sender of the same channel, and shares the credits of the isolate.
impl<P: Platform, T> Clone for Sender<P, T> {
    fn clone(&self) -> Self {
        Self {
            link: Mutex::new(self.current()),
            items: self.items.clone(),
        }
    }
}

impl<P: Platform, T> Drop for Sender<P, T> {
    fn drop(&mut self) {
        self.current().outlet().dropped();
    }
}

impl<P: Platform, T> fmt::Debug for Sender<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// The inlet's address in a message. When that leaves, the receiver is told of the link that is made of it; when it is
/// dropped unread, that the link has no sender.
struct Departure<P: Platform> {
    link: Arc<Link<P>>,
    into: LinkId,
}

impl<P: Platform> Serialize for Departure<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (link, into) = (self.link.clone(), self.into);
        wire::serialize_attachment(serializer, move || {
            let will = link.will(into);
            link.depart(into);
            will
        })
    }
}

/// What a [`Departure`] has become.
struct Arrival<P: Platform>(LastWill<P>);

impl<'de, P: Platform> Deserialize<'de> for Arrival<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize_attachment(deserializer).map(Self)
    }
}

impl<P: Platform, T> Serialize for Sender<P, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (link, into) = (self.current(), LinkId::new::<P>());
        let credits = link.credits();
        (Departure { link, into }, &self.items, into, credits).serialize(serializer)
    }
}

impl<'de, P: Platform, T> Deserialize<'de> for Sender<P, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (Arrival(will), items, id, credits) =
            <(Arrival<P>, SendPort<P, (LinkId, T)>, LinkId, u32)>::deserialize(deserializer)?;
        let (inlet, _) = will.into_parts();
        if wire::is_rehearsing() {
            return Ok(Self::new(Link::stand_in(inlet), items));
        }
        let link = Link::new(id, inlet, credits);
        // At once: from now on the receiver knows where it is.
        link.open();
        Ok(Self::new(link, items))
    }
}
