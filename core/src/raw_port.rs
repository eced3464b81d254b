//! [`RawReceivePort`]: a port with a handler instead of a buffer.

use std::{cell::RefCell, fmt, marker::PhantomData, rc::Rc};

use crate::{
    Message, Platform, SendPort,
    event_loop::EventLoop,
    port::{Address, unpack},
    port_table::Target,
};

/// A port whose messages are handed to a function, each within its own event.
///
/// It does not buffer: a message that arrives while no handler is set is lost. The handler can be
/// replaced at any time, from the next message on. It belongs to the event loop of the thread that
/// made it; outside isolates that loop runs in [`main`](crate::main()) and wherever it is driven.
///
/// Source: [`RawReceivePort`](https://api.dart.dev/dart-isolate/RawReceivePort-class.html).
pub struct RawReceivePort<P: Platform, T> {
    address: Address<P>,
    closes: bool,
    message: PhantomData<fn() -> T>,
    // A handler is bound to its thread, and so is the port.
    local: PhantomData<Rc<()>>,
}

impl<P: Platform, T: Message> RawReceivePort<P, T> {
    /// Opens a port that hands its messages to `handler`.
    pub fn new(handler: impl FnMut(T) + 'static) -> Self {
        let port = Self::silent();
        port.set_handler(handler);
        port
    }

    /// Opens a port without a handler: its messages are lost until one is set.
    #[must_use]
    pub fn silent() -> Self {
        let here = EventLoop::<P>::current();
        let port = here.ports().open(Target::Nobody);
        Self {
            address: Address {
                mailbox: here.mailbox().clone(),
                port,
            },
            closes: true,
            message: PhantomData,
            local: PhantomData,
        }
    }

    /// Replaces the handler, from the next message on.
    pub fn set_handler(&self, mut handler: impl FnMut(T) + 'static) {
        let handler = move |parcel| {
            if let Some(message) = unpack::<P, T>(parcel) {
                handler(message);
            }
        };
        self.set_target(Target::Handler(Rc::new(RefCell::new(handler))));
    }

    /// Removes the handler: messages are lost from now on.
    pub fn clear_handler(&self) {
        self.set_target(Target::Nobody);
    }

    fn set_target(&self, target: Target<P>) {
        EventLoop::<P>::current()
            .ports()
            .set_target(self.address.port, target);
    }

    /// The sending side; equal ports each time.
    #[must_use]
    pub fn send_port(&self) -> SendPort<P, T> {
        SendPort::from_address(self.address.clone())
    }

    /// Whether the open port keeps its isolate alive; it does at first.
    #[must_use]
    pub fn keep_isolate_alive(&self) -> bool {
        EventLoop::<P>::current()
            .ports()
            .keeps_alive(self.address.port)
    }

    /// Says whether the open port keeps its isolate alive.
    pub fn set_keep_isolate_alive(&self, keep: bool) {
        EventLoop::<P>::current()
            .ports()
            .set_keeps_alive(self.address.port, keep);
    }

    /// Closes the port: the handler is not called again, queued messages are dropped.
    pub fn close(&self) {
        EventLoop::close(&self.address);
    }

    /// Lets go of the port without closing it: it goes on keeping its isolate alive.
    pub fn detach(mut self) {
        self.closes = false;
    }

    pub(crate) fn into_address(mut self) -> Address<P> {
        self.closes = false;
        self.address.clone()
    }
}

impl<P: Platform, T> Drop for RawReceivePort<P, T> {
    fn drop(&mut self) {
        if self.closes {
            EventLoop::close(&self.address);
        }
    }
}

impl<P: Platform, T> fmt::Debug for RawReceivePort<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "RawReceivePort({:?}:{})",
            self.address.mailbox, self.address.port.0
        )
    }
}
