//! What the running isolate knows of itself and can do to itself.

use std::{convert::Infallible, thread};

use crate::{
    ExitError, ExitReason, Isolate, Message, Platform, SendPort, Unsupported, error::ExitResult,
    event_loop::EventLoop, panics,
};

impl<P: Platform> Isolate<P> {
    /// The running isolate, with all its capabilities; outside isolates the host.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// assert_eq!(Isolate::current().debug_name(), Some("main"));
    /// let other = Isolate::run(Isolate::current).await?;
    /// assert_ne!(other, Isolate::current());
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`Isolate.current`](https://api.dart.dev/dart-isolate/Isolate/current.html).
    #[must_use]
    pub fn current() -> Self {
        EventLoop::<P>::current().handle()
    }

    /// Ends the running isolate: posts `message` to `port` as its last act, before the exit listeners
    /// are told.
    ///
    /// It does not return, and no `catch_unwind` in between revives the isolate. Destructors run where panics
    /// unwind; a worker that is left otherwise takes what it holds along.
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort};
    /// # insula::main(async || {
    /// let mut port = ReceivePort::new();
    /// let to = port.send_port();
    /// let leave = move |()| match Isolate::exit(&to, 42) {
    ///     Err(error) => panic!("it runs on: {error}"),
    /// };
    /// Isolate::spawn(leave, ()).await?;
    /// assert_eq!(port.next().await, Some(42));
    /// assert!(Isolate::exit(&port.send_port(), 1).is_err(), "the host can't be left");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The message could not be encoded, or this is the host, or a native build whose panics abort, or a destructor
    /// during a panic or at the isolate's end; the code runs on.
    ///
    /// Source: [`Isolate.exit`](https://api.dart.dev/dart-isolate/Isolate/exit.html).
    pub fn exit<M: Message>(port: &SendPort<P, M>, message: M) -> ExitResult<M> {
        if let Err(unsupported) = may_exit::<P>() {
            return Err(ExitError::Unsupported(unsupported, message));
        }
        port.send(message).map_err(ExitError::Send)?;
        leave::<P>()
    }

    /// As [`exit`](Self::exit), without a last message.
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort};
    /// # insula::main(async || {
    /// let mut ended = ReceivePort::new();
    /// let leave = |()| match Isolate::exit_silently() {
    ///     Err(error) => panic!("it runs on: {error}"),
    /// };
    /// Isolate::builder().on_exit(ended.send_port()).spawn(leave, ()).await?;
    /// assert_eq!(ended.next().await, Some(()));
    /// assert!(Isolate::exit_silently().is_err(), "the host can't be left");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// This is the host, or a native build whose panics abort, or a destructor during a panic or at the isolate's
    /// end; the code runs on.
    pub fn exit_silently() -> Result<Infallible, Unsupported> {
        may_exit::<P>()?;
        leave::<P>()
    }

    /// Handles control messages in the middle of synchronous work: a ping is answered, a kill unwinds.
    ///
    /// A long loop calls it now and then, or it can't be stopped.
    ///
    /// ```
    /// use insula::{Isolate, Priority, ReceivePort};
    /// use std::sync::{Arc, atomic::{AtomicBool, Ordering::Relaxed}};
    /// # insula::main(async || {
    /// let stop = Arc::new(AtomicBool::new(false));
    /// let stopped = stop.clone();
    /// let work = move |()| while !stopped.load(Relaxed) { Isolate::checkpoint() };
    /// let isolate = Isolate::spawn(work, ()).await?;
    /// let mut pong = ReceivePort::new();
    /// isolate.ping(&pong.send_port(), (), Priority::Immediate)?;
    /// assert_eq!(pong.next().await, Some(())); // answered in the middle of the loop
    /// stop.store(true, Relaxed);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Panics
    /// Unwinds, silently, when the isolate was killed.
    ///
    /// # Platform
    /// Web: most calls cost some nanoseconds. After 20 ms of work one looks for control, for about a
    /// millisecond, and again every 20 to 500 ms; in Gecko and WebKit it waits for a page that is busy.
    /// A ping is answered there and a kill obeyed; other control is in force before the next event.
    pub fn checkpoint() {
        if let Some(here) = EventLoop::<P>::try_current() {
            here.checkpoint();
        }
    }
}

impl<P: Platform> EventLoop<P> {
    /// A handle with all capabilities.
    #[must_use]
    pub fn handle(&self) -> Isolate<P> {
        Isolate::from_identity(self.identity().clone())
    }
}

/// Whether the running code can be left.
fn may_exit<P: Platform>() -> Result<(), Unsupported> {
    let reason = if EventLoop::<P>::is_host() {
        "code outside isolates belongs to the host, which ends with the process or page"
    } else if !P::CATCHES_PANICS && !P::CAN_ABANDON {
        "a panic does not unwind in this build, so the running code can't be left; return from it instead"
    } else if thread::panicking() {
        "a destructor that runs while a panic unwinds can't be left; the panic goes on when it returns"
    } else if EventLoop::<P>::current().is_finishing() {
        "the isolate is over and this is one of its last destructors, which runs to its end"
    } else {
        return Ok(());
    };
    Err(Unsupported {
        operation: "Isolate::exit",
        reason,
    })
}

fn leave<P: Platform>() -> ! {
    EventLoop::<P>::current().begin_end(ExitReason::Exited);
    panics::leave::<P>()
}
