//! [`Embedded`]: an isolate on an event loop of the application's own.

use std::{cell::Cell, fmt, rc::Rc, time::Duration};

use insula_core::{Platform, Turn, spawn::Launch};

use crate::{Capability, EventLoop, Isolate, Native, mailbox};

/// An isolate without a thread: whoever has this turns its event loop, on this thread.
///
/// That is how the loop of a GUI, a game or another runtime runs isolate code between its own work:
/// [`on_event`](Self::on_event) tells it that there is something to do, [`handle_event`](Self::handle_event)
/// does one piece of it, and `Turn::Idle` says until when there is nothing more. Dropping it ends the
/// isolate.
///
/// ```
/// use std::sync::mpsc;
/// use insula_native::{Embedded, RawReceivePort, SendPort, Turn};
///
/// let (wake, woken) = mpsc::channel();
/// let (tell, told) = mpsc::channel();
/// let embedded = Embedded::new("gui", move || {
///     let port = RawReceivePort::new(move |text: String| tell.send(text).unwrap());
///     port.send_port().send("from within".to_owned()).unwrap();
///     port.detach();
/// });
/// embedded.on_event(move || wake.send(()).unwrap());
/// while told.try_recv().is_err() {
///     while let Turn::Worked = embedded.handle_event() {}
///     let _ = woken.recv_timeout(std::time::Duration::from_millis(10));
/// }
/// ```
///
/// Source: [`Isolate.handleEvent`](https://api.dart.dev/dart-isolate/Isolate-class.html) and its siblings.
pub struct Embedded {
    event_loop: Rc<EventLoop>,
    turning: Cell<bool>,
}

impl Embedded {
    /// Makes an isolate whose first event calls `entry`; it need not be `Send`.
    pub fn new(debug_name: impl Into<String>, entry: impl FnOnce() + 'static) -> Self {
        let launch = Launch::new(
            debug_name.into(),
            Capability::on::<Native>(),
            Capability::on::<Native>(),
        );
        let (mailbox, inbox) = mailbox::channel();
        Self::of(EventLoop::isolate(launch, mailbox, inbox, Box::new(entry)))
    }

    /// The host's loop of this thread: its raw ports, timers and futures.
    #[must_use]
    pub fn host() -> Self {
        Self::of(EventLoop::current())
    }

    fn of(event_loop: Rc<EventLoop>) -> Self {
        Self {
            event_loop,
            turning: Cell::new(false),
        }
    }

    /// The isolate, with all its capabilities.
    #[must_use]
    pub fn isolate(&self) -> Isolate {
        self.event_loop.handle()
    }

    /// Calls `callback` whenever something has arrived, from whichever thread brings it.
    ///
    /// It only passes the news on: it must not call [`handle_event`](Self::handle_event) itself. A
    /// second callback replaces the first. What arrived before is announced at once.
    pub fn on_event(&self, callback: impl Fn() + Send + Sync + 'static) {
        callback();
        self.event_loop.mailbox().set_listener(Box::new(callback));
    }

    /// Handles control messages and at most one event, with its microtasks.
    ///
    /// # Panics
    /// When it is called from within an event of this very loop.
    pub fn handle_event(&self) -> Turn {
        assert!(
            !self.turning.replace(true),
            "an event loop can't be turned from within one of its events"
        );
        let turn = self.event_loop.within(|| self.event_loop.turn());
        self.turning.set(false);
        turn
    }

    /// Handles events until there is none.
    ///
    /// # Panics
    /// As [`handle_event`](Self::handle_event).
    pub fn run_until_idle(&self) -> Turn {
        loop {
            match self.handle_event() {
                Turn::Worked => {}
                turn => return turn,
            }
        }
    }

    /// How long the loop has nothing to do, for the `deadline` of a `Turn::Idle`.
    #[must_use]
    pub fn time_until(deadline: Duration) -> Duration {
        deadline.saturating_sub(Native::now())
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.event_loop.within(|| self.event_loop.shut_down());
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Embedded").field(&self.isolate()).finish()
    }
}
