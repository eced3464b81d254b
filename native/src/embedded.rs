//! [`Embedded`]: an isolate on an event loop of the application's own.

use std::{fmt, rc::Rc, time::Duration};

use insula_core::{Platform, Turn, contract::Launch};

use crate::{Capability, EventLoop, Isolate, Native, mailbox};

/// An isolate without a thread. The owner of this value turns its event loop, on this thread.
///
/// The loop of a GUI, a game or another runtime runs isolate code between its own work with it.
/// [`on_event`](Self::on_event) tells the loop that there is something to do, and
/// [`handle_event`](Self::handle_event) does one piece of it. `Turn::Idle` says until when there is nothing more.
/// Dropping the value ends the isolate.
///
/// ```
/// use std::sync::mpsc;
/// use insula::{RawReceivePort, SendPort, platform::{Embedded, Turn}};
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
}

impl Embedded {
    /// Makes an isolate whose first event calls `entry`; it need not be `Send`.
    ///
    /// ```
    /// use insula::platform::{Embedded, Turn};
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// let ran = Rc::new(Cell::new(false));
    /// let seen = ran.clone(); // need not be `Send`: it stays on this thread
    /// let embedded = Embedded::new("gui", move || seen.set(true));
    /// assert!(!ran.get());
    /// assert_eq!(embedded.run_until_idle(), Turn::Ended); // it had nothing else to do
    /// assert!(ran.get());
    /// ```
    pub fn new(debug_name: impl Into<String>, entry: impl FnOnce() + 'static) -> Self {
        let launch = Launch::new(
            debug_name.into().into(),
            Capability::new(),
            Capability::new(),
        );
        let (mailbox, inbox) = mailbox::channel();
        Self::of(EventLoop::isolate(launch, mailbox, inbox, Box::new(entry)))
    }

    /// The host's loop of this thread: its raw ports, timers and futures.
    ///
    /// ```
    /// use insula::{RawReceivePort, platform::Embedded};
    /// use std::sync::mpsc;
    ///
    /// let (tell, told) = mpsc::channel();
    /// let port = RawReceivePort::new(move |n: u32| tell.send(n).unwrap());
    /// port.send_port().send(7).unwrap();
    /// Embedded::host().run_until_idle(); // instead of `insula::main`
    /// assert_eq!(told.try_recv(), Ok(7));
    /// ```
    #[must_use]
    pub fn host() -> Self {
        Self::of(EventLoop::current())
    }

    fn of(event_loop: Rc<EventLoop>) -> Self {
        Self { event_loop }
    }

    /// The isolate, with all its capabilities.
    ///
    /// ```
    /// use insula::{Priority, ReceivePort, platform::{Embedded, Turn}};
    ///
    /// let embedded = Embedded::new("gui", || ReceivePort::<()>::new().detach());
    /// assert_eq!(embedded.isolate().debug_name(), Some("gui"));
    /// embedded.isolate().kill(Priority::Immediate);
    /// assert_eq!(embedded.run_until_idle(), Turn::Ended);
    /// ```
    #[must_use]
    pub fn isolate(&self) -> Isolate {
        self.event_loop.handle()
    }

    /// Calls `callback` whenever something has arrived, from whichever thread brings it.
    ///
    /// It only passes the news on: it must not call [`handle_event`](Self::handle_event) itself. A
    /// second callback replaces the first, which a thread that has begun to call it may still call once. What arrived before is
    /// announced at once.
    pub fn on_event(&self, callback: impl Fn() + Send + Sync + 'static) {
        callback();
        self.event_loop.mailbox().set_listener(Box::new(callback));
    }

    /// Handles control messages and at most one event, with its microtasks.
    ///
    /// ```
    /// use insula::{ReceivePort, platform::{Embedded, Turn}};
    ///
    /// let embedded = Embedded::new("gui", || ReceivePort::<()>::new().detach());
    /// assert_eq!(embedded.handle_event(), Turn::Worked); // the entry point
    /// assert_eq!(embedded.handle_event(), Turn::Idle { deadline: None });
    /// ```
    ///
    /// # Panics
    /// When it is called from within an event of this very loop.
    pub fn handle_event(&self) -> Turn {
        self.event_loop.within(|| self.event_loop.turn())
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
    ///
    /// ```
    /// use insula::{Timer, platform::{Embedded, Turn}};
    /// use std::time::Duration;
    ///
    /// let embedded = Embedded::new("gui", || drop(Timer::new(Duration::from_millis(5), || {})));
    /// while let Turn::Worked | Turn::Idle { .. } = embedded.handle_event() {
    ///     if let Turn::Idle { deadline: Some(deadline) } = embedded.run_until_idle() {
    ///         std::thread::sleep(Embedded::time_until(deadline)); // or until `on_event` says so
    ///     }
    /// }
    /// ```
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
