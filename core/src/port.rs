//! Ports: where messages come from ([`SendPort`]) and where they arrive ([`ReceivePort`]).
//!
//! All ports of an isolate share its one queue: messages of one sender arrive in the order in which
//! they were sent, whichever ports they are for (M1). Outside isolates a `ReceivePort` has a buffer
//! of its own, so that awaiting it works under any executor.

use std::{
    collections::VecDeque,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_core::Stream;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Blocking, Message, Platform, RawReceivePort, SendError, TaskError,
    event::Event,
    event_loop::EventLoop,
    platform::Mailbox,
    port_table::Target,
    reply::Fail,
    wire::{self, Attach},
};

/// A port's number in its isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortId(pub u64);

/// An isolate and a port in it, without the type of its messages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address<P: Platform> {
    /// The isolate.
    pub mailbox: P::Mailbox,
    /// The port.
    pub port: PortId,
}

impl<P: Platform> Attach for Address<P> {
    const KIND: &'static str = "a send port";
}

/// Whether a port stays open after a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a port is open or it isn't")]
pub enum Delivery {
    /// It waits for more.
    Open,
    /// It has got what it waited for.
    Closed,
}

/// What a parcel is handed to at its destination.
pub trait Deliver<P: Platform>: Send + Sync {
    /// Takes one parcel. Runs no code of the application but wakers.
    fn deliver(&self, parcel: P::Parcel) -> Delivery;

    /// Whether parcels may be handed over while the isolate waits for another port: true for what
    /// no application code can observe.
    fn is_internal(&self) -> bool {
        false
    }
}

/// The sending side of a port.
///
/// It is a message itself: it can be sent anywhere inside any message, and leads to the same port
/// from everywhere. Two send ports are equal when they lead to the same port, also after it was
/// closed.
///
/// Source: [`SendPort`](https://api.dart.dev/dart-isolate/SendPort-class.html).
pub struct SendPort<P: Platform, T> {
    address: Address<P>,
    message: PhantomData<fn(T)>,
}

impl<P: Platform, T> SendPort<P, T> {
    pub(crate) fn from_address(address: Address<P>) -> Self {
        Self {
            address,
            message: PhantomData,
        }
    }

    pub(crate) fn address(&self) -> &Address<P> {
        &self.address
    }
}

impl<P: Platform, T: Message> SendPort<P, T> {
    /// Sends a message; never blocks.
    ///
    /// Where memory is shared the message is moved, whatever its size; to a worker it is encoded,
    /// once. A message to a port that is closed or whose isolate is gone is dropped.
    ///
    /// # Errors
    /// The message could not be encoded; it comes back, and nothing in it was consumed.
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        match P::pack(message) {
            Ok(parcel) => {
                self.address.post(parcel);
                Ok(())
            }
            Err((error, message)) => Err(SendError { message, error }),
        }
    }
}

impl<P: Platform, T> Clone for SendPort<P, T> {
    fn clone(&self) -> Self {
        Self::from_address(self.address.clone())
    }
}

impl<P: Platform, T> PartialEq for SendPort<P, T> {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl<P: Platform, T> Eq for SendPort<P, T> {}

impl<P: Platform, T> Hash for SendPort<P, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address.hash(state);
    }
}

impl<P: Platform, T> fmt::Debug for SendPort<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SendPort({:?}:{})",
            self.address.mailbox, self.address.port.0
        )
    }
}

impl<P: Platform, T> Serialize for SendPort<P, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let address = self.address.clone();
        wire::serialize_attachment(serializer, move || address)
    }
}

impl<'de, P: Platform, T> Deserialize<'de> for SendPort<P, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize_attachment::<Address<P>, D>(deserializer).map(Self::from_address)
    }
}

/// The receiving side of a port: a stream of messages.
///
/// It buffers from the moment it is made. An open port keeps its isolate alive; dropping it closes
/// it, [`detach`](Self::detach) leaves it to the isolate.
///
/// Source: [`ReceivePort`](https://api.dart.dev/dart-isolate/ReceivePort-class.html).
pub struct ReceivePort<P: Platform, T> {
    address: Address<P>,
    queue: Arc<Queue<P>>,
    closes: bool,
    message: PhantomData<fn() -> T>,
}

impl<P: Platform, T: Message> ReceivePort<P, T> {
    /// Opens a port in the calling isolate.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "opening a port is an act, not a default"
    )]
    pub fn new() -> Self {
        let queue = Arc::new(Queue::default());
        let address = EventLoop::open(queue.clone());
        Self {
            address,
            queue,
            closes: true,
            message: PhantomData,
        }
    }

    /// Takes over a raw port: its handler is replaced, and messages are buffered from now on.
    #[must_use]
    pub fn from_raw(raw: RawReceivePort<P, T>) -> Self {
        let queue = Arc::new(Queue::default());
        let address = raw.into_address();
        EventLoop::<P>::current()
            .ports()
            .set_target(address.port, Target::Shared(queue.clone()));
        Self {
            address,
            queue,
            closes: true,
            message: PhantomData,
        }
    }

    /// The sending side; equal ports each time.
    #[must_use]
    pub fn send_port(&self) -> SendPort<P, T> {
        SendPort::from_address(self.address.clone())
    }

    /// The next message; `None` when the port is closed and its buffer is empty.
    ///
    /// Waits for ever when nobody sends: `select` it with something, or [`close`](Self::close) the
    /// port.
    pub async fn next(&mut self) -> Option<T> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// A message that has arrived already.
    pub fn try_recv(&mut self) -> Option<T> {
        loop {
            let parcel = self.queue.lock().parcels.pop_front()?;
            if let Some(message) = unpack::<P, T>(parcel) {
                return Some(message);
            }
        }
    }

    /// Closes the port: what is sent from now on is dropped, what is buffered can still be read.
    pub fn close(&mut self) {
        if self.queue.close() {
            EventLoop::close(&self.address);
        }
    }

    /// What closes the port from outside.
    pub(crate) fn closer(&self) -> Arc<dyn Fail> {
        Arc::new(Closer {
            queue: self.queue.clone(),
            address: self.address.clone(),
        })
    }

    /// Lets go of the port without closing it: it goes on keeping its isolate alive.
    pub fn detach(mut self) {
        self.closes = false;
    }
}

impl<P: Blocking, T: Message> ReceivePort<P, T> {
    /// Waits on this thread for the next message; `None` when the port is closed and empty.
    ///
    /// Inside an isolate control messages are handled meanwhile, and what arrives for other ports
    /// is set aside in order; no handler and no future runs. Not inside an `async` function of the
    /// host's: it would stop the executor.
    ///
    /// # Panics
    /// Unwinds, silently, when the isolate is killed meanwhile.
    pub fn recv(&mut self) -> Option<T> {
        self.recv_until(None)
    }

    /// As [`recv`](Self::recv), but gives up after `timeout`.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Option<T> {
        self.recv_until(Some(P::now().saturating_add(timeout)))
    }

    fn recv_until(&mut self, deadline: Option<Duration>) -> Option<T> {
        let queue = self.queue.clone();
        loop {
            let arrived = EventLoop::<P>::wait_until(deadline, &self.address, &mut |waker| {
                queue.poll_ready(waker)
            });
            if let Some(message) = self.try_recv() {
                return Some(message);
            }
            if !arrived || self.queue.lock().closed {
                return None;
            }
        }
    }
}

impl<P: Platform, T: Message> Stream for ReceivePort<P, T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            let parcel = {
                let mut state = self.queue.lock();
                match state.parcels.pop_front() {
                    Some(parcel) => parcel,
                    None if state.closed => return Poll::Ready(None),
                    None => {
                        state.register(context.waker());
                        return Poll::Pending;
                    }
                }
            };
            if let Some(message) = unpack::<P, T>(parcel) {
                return Poll::Ready(Some(message));
            }
        }
    }
}

// Nothing in a port is pinned.
impl<P: Platform, T> Unpin for ReceivePort<P, T> {}

impl<P: Platform, T> Drop for ReceivePort<P, T> {
    fn drop(&mut self) {
        if !self.closes {
            return;
        }
        if self.queue.close() {
            EventLoop::close(&self.address);
        }
        // What was buffered may hold ports and buffers of others; it goes with the port.
        let parcels = std::mem::take(&mut self.queue.lock().parcels);
        drop(parcels);
    }
}

impl<P: Platform, T> fmt::Debug for ReceivePort<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ReceivePort({:?}:{})",
            self.address.mailbox, self.address.port.0
        )
    }
}

/// A message that does not decode is an error of the receiver, never fatal, and not in the stream.
pub(crate) fn unpack<P: Platform, T: Message>(parcel: P::Parcel) -> Option<T> {
    match P::unpack::<T>(parcel) {
        Ok(message) => Some(message),
        Err(error) => {
            EventLoop::<P>::report_here(&crate::RemoteError::from_error(&error));
            None
        }
    }
}

struct Closer<P: Platform> {
    queue: Arc<Queue<P>>,
    address: Address<P>,
}

impl<P: Platform> Fail for Closer<P> {
    fn fail(&self, _: TaskError) {
        if self.queue.close() {
            EventLoop::close(&self.address);
        }
    }
}

/// The buffer of a `ReceivePort`.
pub(crate) struct Queue<P: Platform> {
    state: Mutex<QueueState<P>>,
}

struct QueueState<P: Platform> {
    parcels: VecDeque<P::Parcel>,
    waker: Option<Waker>,
    closed: bool,
}

impl<P: Platform> QueueState<P> {
    fn register(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            None => self.waker = Some(waker.clone()),
        }
    }
}

impl<P: Platform> Default for Queue<P> {
    fn default() -> Self {
        let state = QueueState {
            parcels: VecDeque::new(),
            waker: None,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
        }
    }
}

impl<P: Platform> Queue<P> {
    fn lock(&self) -> std::sync::MutexGuard<'_, QueueState<P>> {
        // No code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the stream once its buffer is empty; false when it was closed before.
    fn close(&self) -> bool {
        let waker = {
            let mut state = self.lock();
            if std::mem::replace(&mut state.closed, true) {
                return false;
            }
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    fn poll_ready(&self, waker: &Waker) -> bool {
        let mut state = self.lock();
        let ready = state.closed || !state.parcels.is_empty();
        if !ready {
            state.register(waker);
        }
        ready
    }
}

impl<P: Platform> Deliver<P> for Queue<P> {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        let waker = {
            let mut state = self.lock();
            if state.closed {
                return Delivery::Closed;
            }
            state.parcels.push_back(parcel);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Delivery::Open
    }
}

impl<P: Platform> EventLoop<P> {
    /// Opens a port for `target` where the caller runs.
    pub(crate) fn open(target: Arc<dyn Deliver<P>>) -> Address<P> {
        if Self::is_host()
            && let Some(mailbox) = P::direct(target.clone())
        {
            return Address {
                mailbox,
                port: PortId(0),
            };
        }
        let here = Self::current();
        let port = here.ports().open(Target::Shared(target));
        Address {
            mailbox: here.mailbox().clone(),
            port,
        }
    }

    /// As [`open`](Self::open), but the port does not keep its isolate alive.
    pub(crate) fn open_unref(target: Arc<dyn Deliver<P>>) -> Address<P> {
        let address = Self::open(target);
        if let Some(here) = Self::try_current().filter(|here| *here.mailbox() == address.mailbox) {
            here.ports().set_keeps_alive(address.port, false);
        }
        address
    }

    /// Closes a port of this isolate or of another.
    pub(crate) fn close(address: &Address<P>) {
        match Self::try_current() {
            Some(here) if *here.mailbox() == address.mailbox => here.ports().close(address.port),
            _ => address.mailbox.post(Event::Close(address.port)),
        }
    }
}
