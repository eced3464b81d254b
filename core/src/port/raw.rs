//! [`RawReceivePort`]: a port with a handler instead of a buffer.

use std::{
    cell::RefCell,
    fmt,
    marker::PhantomData,
    rc::{Rc, Weak},
};

use crate::{
    Message, Platform, SendPort,
    contract::Address,
    event_loop::{EventLoop, Target},
    port::{Name, describe},
};

/// A port whose messages are handed to a function, each within its own event.
///
/// It does not buffer: a message that arrives while no handler is set is lost. The handler can be
/// replaced at any time, from the next message on. It belongs to the event loop of the thread that
/// made it; outside isolates that loop runs in `main` and wherever it is driven.
///
/// ```
/// use insula::{RawReceivePort, ReceivePort};
/// # insula::main(async || {
/// let mut doubled = ReceivePort::new();
/// let to = doubled.send_port();
/// let port = RawReceivePort::new(move |n: u32| {
///     let _ = to.send(2 * n);
/// });
/// port.send_port().send(21)?;
/// assert_eq!(doubled.next().await, Some(42));
/// port.close();
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`RawReceivePort`](https://api.dart.dev/dart-isolate/RawReceivePort-class.html).
pub struct RawReceivePort<P: Platform, T> {
    address: Address<P>,
    name: Option<Name>,
    closes: bool,
    /// The loop whose port it is, whichever the thread runs now. A handler is bound to its thread, and so is the port.
    home: Weak<EventLoop<P>>,
    message: PhantomData<fn() -> T>,
}

// The bounds stand at the functions, so that a type that can't be sent is told what it lacks.
impl<P: Platform, T> RawReceivePort<P, T> {
    /// Opens a port that hands its messages to `handler`.
    pub fn new(handler: impl FnMut(T) + 'static) -> Self
    where
        T: Message,
    {
        let port = Self::open(None);
        port.set_handler(handler);
        port
    }

    /// As [`new`](Self::new), with a name that people see in `Debug`; it travels with the send ports.
    ///
    /// ```
    /// let port = insula::RawReceivePort::with_debug_name("jobs", |_: u32| {});
    /// assert!(format!("{:?}", port.send_port()).ends_with("\"jobs\")"));
    /// ```
    pub fn with_debug_name(name: &str, handler: impl FnMut(T) + 'static) -> Self
    where
        T: Message,
    {
        let port = Self::open(Some(name.into()));
        port.set_handler(handler);
        port
    }

    /// Opens a port without a handler: its messages are lost until one is set.
    ///
    /// ```
    /// use insula::{RawReceivePort, ReceivePort};
    /// # insula::main(async || {
    /// let silent = RawReceivePort::silent();
    /// let mut later = ReceivePort::from_raw(RawReceivePort::silent());
    /// silent.send_port().send(1)?; // it is dropped
    /// later.send_port().send(())?;
    /// later.next().await;
    ///
    /// let (tell, heard) = std::sync::mpsc::channel();
    /// silent.set_handler(move |n: u32| tell.send(n).unwrap());
    /// silent.send_port().send(2)?;
    /// # later.send_port().send(())?;
    /// # later.next().await;
    /// assert_eq!(heard.try_iter().collect::<Vec<_>>(), [2]);
    /// silent.clear_handler();
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn silent() -> Self
    where
        T: Message,
    {
        Self::open(None)
    }

    fn open(name: Option<Name>) -> Self {
        let here = EventLoop::<P>::current();
        let port = here.ports().open(Target::Nobody);
        Self {
            address: Address {
                mailbox: here.mailbox().clone(),
                port,
            },
            name,
            closes: true,
            home: Rc::downgrade(&here),
            message: PhantomData,
        }
    }

    /// Removes the handler: messages are lost from now on.
    pub fn clear_handler(&self) {
        self.set_target(Target::Nobody);
    }

    pub(super) fn set_target(&self, target: Target<P>) {
        if let Some(home) = self.home.upgrade() {
            home.ports().set_target(self.address.port, target);
        }
    }

    /// The sending side; equal ports each time.
    #[must_use]
    pub fn send_port(&self) -> SendPort<P, T> {
        SendPort::with_name(self.address.clone(), self.name.clone())
    }

    /// Whether the open port keeps its isolate alive; it does at first.
    #[must_use]
    pub fn keep_isolate_alive(&self) -> bool {
        let home = self.home.upgrade();
        home.is_some_and(|home| home.ports().keeps_alive(self.address.port))
    }

    /// Says whether the open port keeps its isolate alive.
    ///
    /// ```
    /// use insula::{Isolate, RawReceivePort, ReceivePort};
    /// # insula::main(async || {
    /// let mut ended = ReceivePort::new();
    /// let open_a_port = |()| {
    ///     let port = RawReceivePort::new(|_: u32| {});
    ///     assert!(port.keep_isolate_alive());
    ///     port.set_keep_isolate_alive(false);
    ///     port.detach(); // it stays open, and is no reason to live
    /// };
    /// Isolate::builder().on_exit(ended.send_port()).spawn(open_a_port, ()).await?;
    /// assert_eq!(ended.next().await, Some(()));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`RawReceivePort.keepIsolateAlive`](https://api.dart.dev/dart-isolate/RawReceivePort/keepIsolateAlive.html).
    pub fn set_keep_isolate_alive(&self, keep: bool) {
        if let Some(home) = self.home.upgrade() {
            home.ports().set_keeps_alive(self.address.port, keep);
        }
    }

    /// Closes the port: the handler is not called again, queued messages are dropped.
    pub fn close(&self) {
        if let Some(home) = self.home.upgrade() {
            home.ports().close(self.address.port);
        }
    }

    /// Lets go of the port without closing it: it goes on keeping its isolate alive.
    pub fn detach(mut self) {
        self.closes = false;
    }

    pub(crate) fn into_parts(mut self) -> (Address<P>, Option<Name>) {
        self.closes = false;
        (self.address.clone(), self.name.take())
    }
}

impl<P: Platform, T: Message> RawReceivePort<P, T> {
    /// Replaces the handler, from the next message on.
    ///
    /// Source: [`RawReceivePort.handler`](https://api.dart.dev/dart-isolate/RawReceivePort/handler.html).
    pub fn set_handler(&self, mut handler: impl FnMut(T) + 'static) {
        let handler = move |parcel| {
            if let Some(message) = unpack::<P, T>(parcel) {
                handler(message);
            }
        };
        self.set_target(Target::Handler(Rc::new(RefCell::new(handler))));
    }
}

impl<P: Platform, T> Drop for RawReceivePort<P, T> {
    fn drop(&mut self) {
        if self.closes {
            self.close();
        }
    }
}

impl<P: Platform, T> fmt::Debug for RawReceivePort<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "RawReceivePort", &self.address, self.name.as_ref())
    }
}

/// A message that does not decode is an error of the receiver, never fatal, and not in the stream.
pub(crate) fn unpack<P: Platform, T: Message>(parcel: P::Parcel) -> Option<T> {
    match crate::unpack::unpack::<P, T>(parcel) {
        Ok(message) => Some(message),
        Err(error) => {
            EventLoop::<P>::report_here(&crate::RemoteError::new(error.to_string(), ""));
            None
        }
    }
}
