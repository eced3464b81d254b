//! [`ReceivePort`]: the receiving side of a port, a stream.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    rc::Rc,
    sync::{Arc, Weak},
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;

use crate::{
    Blocking, Message, Platform, RawReceivePort, RecvError, RecvTimeoutError, SendPort, TaskError,
    TryRecvError,
    completion::FailureSink,
    contract::{Address, Deliver},
    event_loop::{EventLoop, Target},
    port::{
        Name, describe,
        lease::{Lease, Route},
        queue::Queue,
        raw::unpack,
    },
};

/// The receiving side of a port: a stream of messages.
///
/// It buffers from the moment it is made. An open port keeps its isolate alive; dropping it closes
/// it, [`detach`](Self::detach) leaves it to the isolate.
///
/// ```
/// use insula::{Isolate, ReceivePort, SendPort};
/// # insula::main(async || {
/// fn count(to: SendPort<u32>) {
///     for n in 1..=3 {
///         let _ = to.send(n);
///     }
/// }
///
/// let mut port = ReceivePort::new();
/// Isolate::spawn(count, port.send_port()).await?;
/// assert_eq!(port.next().await, Some(1));
/// assert_eq!(port.next().await, Some(2));
/// port.close();
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`ReceivePort`](https://api.dart.dev/dart-isolate/ReceivePort-class.html).
pub struct ReceivePort<P: Platform, T> {
    address: Address<P>,
    name: Option<Name>,
    queue: Arc<Queue<P>>,
    /// What its send ports share, where it closes when none of them is left.
    lease: Option<Weak<Lease<P>>>,
    closes: bool,
    message: PhantomData<fn() -> T>,
}

// The bounds stand at the functions, so that a type that can't be sent is told what it lacks.
impl<P: Platform, T> ReceivePort<P, T> {
    /// Opens a port in the calling isolate.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "opening a port is an act, not a default"
    )]
    pub fn new() -> Self
    where
        T: Message,
    {
        Self::open(None)
    }

    /// As [`new`](Self::new), with a name that people see in `Debug`; it travels with the send ports.
    ///
    /// ```
    /// let port = insula::ReceivePort::<u32>::with_debug_name("jobs");
    /// assert!(format!("{:?}", port.send_port()).ends_with("\"jobs\")"));
    /// ```
    #[must_use]
    pub fn with_debug_name(name: &str) -> Self
    where
        T: Message,
    {
        Self::open(Some(name.into()))
    }

    fn open(name: Option<Name>) -> Self {
        let queue = Arc::new(Queue::default());
        let address = EventLoop::open(queue.clone());
        Self {
            address,
            name,
            queue,
            lease: None,
            closes: true,
            message: PhantomData,
        }
    }

    /// The sending side; equal ports each time.
    #[must_use]
    pub fn send_port(&self) -> SendPort<P, T> {
        let lease = self.lease.as_ref().and_then(Weak::upgrade);
        let route = Route {
            address: self.address.clone(),
            lease,
        };
        SendPort::along(route, self.name.clone())
    }

    /// Gives a send port, and closes the port when that one and all its copies are dropped, wherever they are: in another
    /// isolate, or in a message that nobody has read. What they have sent can still be read.
    ///
    /// Other ports stay open until they are closed, as Dart's do, because a message may always carry one more send port.
    /// The copies are counted when they are made and dropped, and sending costs nothing more. A send port from
    /// [`send_port`](Self::send_port) is a copy as long as one is left. What answers at the port later, such as a ping or
    /// an exit listener, is none.
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort};
    /// # insula::main(async || {
    /// let mut numbers = ReceivePort::new();
    /// let to = numbers.only_send_port();
    /// Isolate::spawn(move |()| (1..=3).for_each(|n| drop(to.send(n))), ()).await?;
    /// let mut sum = 0;
    /// while let Some(n) = numbers.next().await {
    ///     sum += n; // it ends without a message that says so
    /// }
    /// assert_eq!(sum, 6);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Platform
    /// Web: nobody knows of the send ports in other workers, so the port stays open, and
    /// [`COUNTS_SEND_PORTS`](Platform::COUNTS_SEND_PORTS) is false. Send a last message there.
    ///
    /// Source: [`tokio::sync::mpsc::Receiver::recv`](https://docs.rs/tokio/latest/tokio/sync/mpsc/struct.Receiver.html#method.recv).
    #[must_use = "the port closes with it"]
    pub fn only_send_port(&mut self) -> SendPort<P, T> {
        let known = self.lease.as_ref().and_then(Weak::upgrade);
        let lease = if P::abilities().counts_send_ports {
            let target: Arc<dyn Deliver<P>> = self.queue.clone();
            let new = || Lease::new(self.address.clone(), Arc::downgrade(&target));
            Some(known.unwrap_or_else(new))
        } else {
            None
        };
        self.lease = lease.as_ref().map(Arc::downgrade);
        let route = Route {
            address: self.address.clone(),
            lease,
        };
        SendPort::along(route, self.name.clone())
    }

    /// Closes the port: what is sent from now on is dropped, what was sent before and has arrived can still be read.
    ///
    /// Source: [`ReceivePort.close`](https://api.dart.dev/dart-isolate/ReceivePort/close.html).
    pub fn close(&mut self) {
        self.ender()();
    }

    /// What closes the port from outside.
    pub(crate) fn closer(&self) -> Arc<dyn FailureSink> {
        Arc::new(Closer {
            queue: self.queue.clone(),
            address: self.address.clone(),
        })
    }

    /// What ends the port from outside, behind what was sent to it before.
    pub(crate) fn ender(&self) -> impl FnOnce() + Send + 'static {
        let (queue, address) = (self.queue.clone(), self.address.clone());
        move || {
            if queue.begin_close() && !EventLoop::close_in_order(&address) {
                queue.close();
            }
        }
    }

    /// Lets go of the port without closing it: it goes on keeping its isolate alive.
    ///
    /// ```
    /// use insula::{Isolate, Priority, ReceivePort};
    /// # insula::main(async || {
    /// let isolate = Isolate::spawn(|()| ReceivePort::<u32>::new().detach(), ()).await?;
    /// let mut pong = ReceivePort::new();
    /// isolate.ping(&pong.send_port(), "alive".to_owned(), Priority::Immediate)?;
    /// assert_eq!(pong.next().await.as_deref(), Some("alive"));
    /// isolate.kill(Priority::Immediate); // or it would live for ever
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn detach(mut self) {
        self.closes = false;
    }
}

impl<P: Platform, T: Message> ReceivePort<P, T> {
    /// Takes over a raw port: its handler is replaced, and messages are buffered from now on.
    ///
    /// ```
    /// use insula::{RawReceivePort, ReceivePort};
    /// # insula::main(async || {
    /// let raw = RawReceivePort::new(|_: u32| unreachable!("it is replaced"));
    /// let mut port = ReceivePort::from_raw(raw);
    /// port.send_port().send(1)?;
    /// assert_eq!(port.next().await, Some(1));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`ReceivePort.fromRawReceivePort`](https://api.dart.dev/dart-isolate/ReceivePort/ReceivePort.fromRawReceivePort.html).
    #[must_use]
    pub fn from_raw(raw: RawReceivePort<P, T>) -> Self {
        let queue = Arc::new(Queue::default());
        raw.set_target(Target::Shared(queue.clone()));
        let (address, name) = raw.into_parts();
        Self {
            address,
            name,
            queue,
            lease: None,
            closes: true,
            message: PhantomData,
        }
    }

    /// The next message; `None` when the port is closed and its buffer is empty.
    ///
    /// Waits for ever when no message comes: `select` it with something, or [`close`](Self::close) the
    /// port.
    pub async fn next(&mut self) -> Option<T> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// A message that has arrived already.
    ///
    /// ```
    /// # insula::main(async || {
    /// let mut port = insula::ReceivePort::new();
    /// assert_eq!(port.try_recv(), Err(insula::error::TryRecvError::Empty));
    /// port.send_port().send(1)?;
    /// port.send_port().send(2)?;
    /// assert_eq!(port.next().await, Some(1));
    /// assert_eq!(port.try_recv(), Ok(2));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `Empty` when none is there yet. `Closed` when none will come: the port is closed, and everything sent
    /// before has been read.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        loop {
            if let Some(message) = unpack::<P, T>(self.queue.pop()?) {
                return Ok(message);
            }
        }
    }
}

impl<P: Blocking, T: Message> ReceivePort<P, T> {
    /// Waits on this thread for the next message.
    ///
    /// Inside an isolate control messages are handled meanwhile, and what arrives for other ports
    /// is set aside in order; no handler and no future runs. Not inside an `async` function of the
    /// host's: it would stop the executor.
    ///
    /// ```
    /// let mut port = insula::ReceivePort::new();
    /// let to = port.send_port();
    /// let sender = std::thread::spawn(move || to.send(7));
    /// assert_eq!(port.recv(), Ok(7));
    /// # sender.join().unwrap().unwrap();
    /// ```
    ///
    /// # Errors
    /// The port is closed and its buffer is empty.
    ///
    /// # Panics
    /// Unwinds, silently, when the isolate is killed meanwhile.
    ///
    /// # Platform
    /// Not in a browser, where neither a page nor a worker with an event loop can wait.
    pub fn recv(&mut self) -> Result<T, RecvError> {
        // Without a deadline nothing but a closed port ends the wait.
        self.recv_until(None).map_err(|_| RecvError)
    }

    /// As [`recv`](Self::recv), but gives up after `timeout`.
    ///
    /// ```
    /// use insula::{ReceivePort, error::RecvTimeoutError};
    /// use std::time::Duration;
    ///
    /// let mut port = ReceivePort::<u32>::new();
    /// assert_eq!(port.recv_timeout(Duration::from_millis(1)), Err(RecvTimeoutError::TimedOut));
    /// ```
    ///
    /// # Errors
    /// `TimedOut` when no message came in time; `Closed` when none will come.
    ///
    /// # Panics
    /// As [`recv`](Self::recv).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(Some(P::now().saturating_add(timeout)))
    }

    fn recv_until(&mut self, deadline: Option<Duration>) -> Result<T, RecvTimeoutError> {
        loop {
            if let Some(message) = unpack::<P, T>(self.recv_parcel(deadline)?) {
                return Ok(message);
            }
        }
    }
}

// For who unpacks messages itself.
impl<P: Platform, T> ReceivePort<P, T> {
    /// The next message, packed.
    pub(crate) fn poll_parcel(&mut self, context: &mut Context<'_>) -> Poll<Option<P::Parcel>> {
        loop {
            match self.queue.pop() {
                Ok(parcel) => return Poll::Ready(Some(parcel)),
                Err(TryRecvError::Closed) => return Poll::Ready(None),
                Err(TryRecvError::Empty) => {}
            }
            let home = self.home();
            if let Some(home) = &home
                && let Some(parcel) = home.next_in_row(self.address.port)
            {
                return Poll::Ready(Some(parcel));
            }
            if !self.queue.poll_ready(context.waker()) {
                if home.is_some() {
                    EventLoop::<P>::expect_own_executor(context.waker());
                }
                return Poll::Pending;
            }
        }
    }

    /// Closes the port, and drops what was not read.
    pub(crate) fn discard(&mut self) {
        if self.queue.close() {
            EventLoop::close(&self.address);
        }
        // What was buffered may hold ports and buffers of others; it goes with the port.
        EventLoop::<P>::drop_each_here(self.queue.take());
    }

    /// The loop of the calling thread, where the port is one of its own.
    fn home(&self) -> Option<Rc<EventLoop<P>>> {
        EventLoop::<P>::try_current().filter(|here| *here.mailbox() == self.address.mailbox)
    }
}

impl<P: Blocking, T> ReceivePort<P, T> {
    /// Waits on this thread for the next message, packed.
    pub(crate) fn recv_parcel(
        &mut self,
        deadline: Option<Duration>,
    ) -> Result<P::Parcel, RecvTimeoutError> {
        if let Some(parcel) = self.first_in_line() {
            return Ok(parcel);
        }
        let queue = self.queue.clone();
        loop {
            let arrived = EventLoop::<P>::wait_until(deadline, &self.address, &mut |waker| {
                queue.poll_ready(waker)
            });
            match self.queue.pop() {
                Ok(parcel) => return Ok(parcel),
                Err(TryRecvError::Closed) => return Err(RecvTimeoutError::Closed),
                Err(TryRecvError::Empty) if !arrived => return Err(RecvTimeoutError::TimedOut),
                Err(TryRecvError::Empty) => {}
            }
        }
    }

    /// What a wait would end with at once, without its preparations.
    fn first_in_line(&self) -> Option<P::Parcel> {
        let home = self.home()?;
        if self.queue.is_ready() {
            return None;
        }
        home.next_for_wait(self.address.port)
    }
}

impl<P: Platform, T: Message> Stream for ReceivePort<P, T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            let Some(parcel) = ready!(self.poll_parcel(context)) else {
                return Poll::Ready(None);
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
        if self.closes {
            self.discard();
        }
    }
}

impl<P: Platform, T> fmt::Debug for ReceivePort<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "ReceivePort", &self.address, self.name.as_ref())
    }
}

struct Closer<P: Platform> {
    queue: Arc<Queue<P>>,
    address: Address<P>,
}

impl<P: Platform> FailureSink for Closer<P> {
    fn fail(&self, _: TaskError) {
        if self.queue.close() {
            EventLoop::close(&self.address);
        }
    }
}
