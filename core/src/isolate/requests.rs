//! What can be asked of an isolate.

use super::{Errors, Isolate};
use crate::{
    Capability, ExitReason, Message, Platform, Priority, ReceivePort, RemoteError, SendError,
    SendPort, Task,
    contract::{Address, Control, ExitMessage, To},
    departures::{self, Departures},
    event_loop::EventLoop,
    task::Reply,
};

impl<P: Platform> Isolate<P> {
    /// Asks the isolate to pause with a new resume capability; events wait until it is resumed with it.
    ///
    /// Takes effect between events. Each capability counts once.
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// let resume = runner.isolate().pause();
    /// // Control is not held back, and keeps its order: after the answer the pause is in force.
    /// assert!(runner.ping(std::time::Duration::from_secs(5)).await);
    /// let job = runner.run(|n: u32| n + 1, 1);
    /// assert!(!job.is_finished());
    /// runner.isolate().resume(resume);
    /// assert_eq!(job.await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`Isolate.pause`](https://api.dart.dev/dart-isolate/Isolate/pause.html).
    #[must_use = "only this capability ends the pause"]
    pub fn pause(&self) -> Capability<P> {
        let resume = Capability::new();
        self.pause_with(resume);
        resume
    }

    /// As [`pause`](Self::pause), with a resume capability of the caller's.
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let (mine, theirs) = (insula::Capability::new(), insula::Capability::new());
    /// let runner = IsolateRunner::spawn().await?;
    /// for reason in [mine, theirs, mine] {
    ///     runner.isolate().pause_with(reason);
    /// }
    /// runner.isolate().resume(mine); // asked for twice, ended at once
    /// runner.isolate().resume(theirs);
    /// assert_eq!(runner.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn pause_with(&self, resume: Capability<P>) {
        self.ask(Control::Pause {
            key: self.pause_capability,
            resume,
        });
    }

    /// Ends the pause that was begun with `resume`; the isolate runs when no pause is left.
    ///
    /// Source: [`Isolate.resume`](https://api.dart.dev/dart-isolate/Isolate/resume.html).
    pub fn resume(&self, resume: Capability<P>) {
        self.ask(Control::Resume {
            key: self.pause_capability,
            resume,
        });
    }

    /// Asks for `response`; the only probe of whether an isolate lives. One that is gone never answers.
    ///
    /// ```
    /// use insula::{IsolateRunner, Priority, ReceivePort};
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// let mut pong = ReceivePort::new();
    /// runner.isolate().ping(&pong.send_port(), "alive".to_owned(), Priority::BeforeNextEvent)?;
    /// assert_eq!(pong.next().await.as_deref(), Some("alive"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The response could not be encoded.
    ///
    /// Source: [`Isolate.ping`](https://api.dart.dev/dart-isolate/Isolate/ping.html).
    pub fn ping<R: Message>(
        &self,
        port: &SendPort<P, R>,
        response: R,
        priority: Priority,
    ) -> Result<(), SendError<R>> {
        let (response, departures) = pack(port.address(), response)?;
        self.ask(Control::Ping {
            to: port.address().clone(),
            response,
            priority,
        });
        departures.went_to(&port.address().mailbox);
        Ok(())
    }

    /// Ends the isolate; exit listeners are told, error listeners are not.
    ///
    /// ```
    /// use insula::{Isolate, Priority, ReceivePort};
    /// # insula::main(async || {
    /// fn busy((): ()) {
    ///     loop {
    ///         Isolate::checkpoint(); // here a kill finds it
    ///     }
    /// }
    ///
    /// let mut ended = ReceivePort::new();
    /// let isolate = Isolate::builder().on_exit(ended.send_port()).spawn(busy, ()).await?;
    /// isolate.kill(Priority::Immediate);
    /// assert_eq!(ended.next().await, Some(()));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// `BeforeNextEvent` waits for the running event and its microtasks, `Immediate` does not.
    ///
    /// # Platform
    /// Native: `Immediate` takes effect at the next await, where the future is dropped, and at the next
    /// blocking receive or [`checkpoint`](Self::checkpoint), which unwind; sending never does. A loop
    /// that reaches none of them can't be stopped: nothing stops a thread from outside.
    ///
    /// Web: `Immediate` is `Worker.terminate()`, which stops a busy loop too and runs no destructor. In
    /// WebKit a loop of wasm that calls no import, such as `checkpoint`, runs on; to everybody else the
    /// isolate is gone.
    ///
    /// On the current isolate `Immediate` does not return where panics unwind.
    ///
    /// Source: [`Isolate.kill`](https://api.dart.dev/dart-isolate/Isolate/kill.html),
    /// [`Worker.terminate`](https://html.spec.whatwg.org/multipage/workers.html#dom-worker-terminate).
    pub fn kill(&self, priority: Priority) {
        EventLoop::kill(&self.identity(), priority);
    }

    /// Asks for `response` at the isolate's end. A port that asks again replaces its response.
    ///
    /// ```
    /// use insula::{Isolate, Priority, ReceivePort};
    /// # insula::main(async || {
    /// let isolate = Isolate::spawn(|()| ReceivePort::<()>::new().detach(), ()).await?;
    /// let (mut ended, unused) = (ReceivePort::new(), ReceivePort::new());
    /// isolate.add_exit_listener(&ended.send_port(), "it is over".to_owned())?;
    /// isolate.add_exit_listener(&unused.send_port(), 0)?;
    /// isolate.remove_exit_listener(&unused.send_port());
    /// isolate.kill(Priority::Immediate);
    /// assert_eq!(ended.next().await.as_deref(), Some("it is over"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The response could not be encoded.
    ///
    /// Source: [`Isolate.addOnExitListener`](https://api.dart.dev/dart-isolate/Isolate/addOnExitListener.html).
    pub fn add_exit_listener<R: Message>(
        &self,
        port: &SendPort<P, R>,
        response: R,
    ) -> Result<(), SendError<R>> {
        let (response, departures) = pack(port.address(), response)?;
        self.ask(Control::AddExitListener {
            to: port.address().clone(),
            response: ExitMessage::Response(response),
        });
        departures.went_to(&port.address().mailbox);
        Ok(())
    }

    /// As [`add_exit_listener`](Self::add_exit_listener), for the reason of the end in the place of a response.
    ///
    /// ```
    /// use insula::{ExitReason, Isolate, ReceivePort};
    /// # insula::main(async || {
    /// let isolate = Isolate::builder().paused(true).spawn(|()| {}, ()).await?;
    /// let mut ended = ReceivePort::new();
    /// isolate.add_exit_reason_listener(&ended.send_port());
    /// isolate.resume(isolate.pause_capability().expect("a spawner's handle has it"));
    /// assert_eq!(ended.next().await, Some(ExitReason::Finished));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn add_exit_reason_listener(&self, port: &SendPort<P, ExitReason>) {
        self.ask(Control::AddExitListener {
            to: port.address().clone(),
            response: ExitMessage::Reason,
        });
    }

    /// Completes when the isolate has ended, with the reason. At once when it has already, with
    /// [`Unknown`](ExitReason::Unknown).
    ///
    /// The host does not end, so its task waits for ever.
    ///
    /// ```
    /// use insula::{ExitReason, Isolate, ReceivePort};
    /// # insula::main(async || {
    /// async fn serve((): ()) {
    ///     let mut orders = ReceivePort::<String>::new();
    ///     insula::Timer::new(std::time::Duration::from_millis(1), || panic!("the database is gone"));
    ///     while let Some(order) = orders.next().await {
    ///         println!("{order}");
    ///     }
    /// }
    ///
    /// let server = Isolate::spawn_async(serve, ()).await?;
    /// let reason = server.on_exit().await?;
    /// assert!(matches!(reason, ExitReason::Failed(error) if error.description() == "the database is gone"));
    /// assert_eq!(server.on_exit().await?, ExitReason::Unknown); // asked after the end
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `IsolateLost` when the isolate that made the task ends first.
    pub fn on_exit(&self) -> Task<P, ExitReason> {
        let reply = Reply::<P>::open();
        let task = reply.task::<ExitReason, ExitReason>();
        let task = task.awaited_only_by(reply.clone());
        let (to, isolate) = (reply.address(), self.mailbox().clone());
        self.ask(Control::Watch {
            to: to.clone(),
            response: ExitMessage::Reason,
        });
        reply.when_done(move || {
            EventLoop::<P>::request(&isolate, Control::RemoveExitListener { to });
        });
        task
    }

    /// Takes back [`add_exit_listener`](Self::add_exit_listener) and
    /// [`add_exit_reason_listener`](Self::add_exit_reason_listener).
    ///
    /// Source: [`Isolate.removeOnExitListener`](https://api.dart.dev/dart-isolate/Isolate/removeOnExitListener.html).
    pub fn remove_exit_listener<R>(&self, port: &SendPort<P, R>) {
        self.ask(Control::RemoveExitListener {
            to: port.address().clone(),
        });
    }

    /// Asks for every uncaught error of the isolate. A second time makes no difference.
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort};
    /// # insula::main(async || {
    /// let isolate = Isolate::builder().paused(true).spawn(|()| panic!("boom"), ()).await?;
    /// let mut failed = ReceivePort::new();
    /// isolate.add_error_listener(&failed.send_port());
    /// isolate.resume(isolate.pause_capability().expect("a spawner's handle has it"));
    /// let error = failed.next().await.ok_or(insula::Error::Closed)?;
    /// assert_eq!(error.description(), "boom");
    /// isolate.remove_error_listener(&failed.send_port());
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`Isolate.addErrorListener`](https://api.dart.dev/dart-isolate/Isolate/addErrorListener.html).
    pub fn add_error_listener(&self, port: &SendPort<P, RemoteError>) {
        self.ask(Control::AddErrorListener {
            to: port.address().clone(),
        });
    }

    /// Takes back [`add_error_listener`](Self::add_error_listener).
    ///
    /// Source: [`Isolate.removeErrorListener`](https://api.dart.dev/dart-isolate/Isolate/removeErrorListener.html).
    pub fn remove_error_listener(&self, port: &SendPort<P, RemoteError>) {
        self.ask(Control::RemoveErrorListener {
            to: port.address().clone(),
        });
    }

    /// Says whether an uncaught error ends the isolate.
    ///
    /// ```
    /// use insula::{Isolate, Priority, ReceivePort};
    /// # insula::main(async || {
    /// let fail = |()| {
    ///     ReceivePort::<()>::new().detach();
    ///     panic!("boom")
    /// };
    /// let isolate = Isolate::builder().paused(true).spawn(fail, ()).await?;
    /// isolate.set_errors_fatal(false);
    /// let mut errors = isolate.errors();
    /// isolate.resume(isolate.pause_capability().expect("a spawner's handle has it"));
    /// assert!(errors.next().await.is_some());
    ///
    /// let mut pong = ReceivePort::new();
    /// isolate.ping(&pong.send_port(), (), Priority::BeforeNextEvent)?;
    /// assert_eq!(pong.next().await, Some(())); // it has survived
    /// # isolate.kill(Priority::Immediate);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`Isolate.setErrorsFatal`](https://api.dart.dev/dart-isolate/Isolate/setErrorsFatal.html).
    pub fn set_errors_fatal(&self, fatal: bool) {
        self.ask(Control::SetErrorsFatal {
            key: self.terminate_capability,
            fatal,
        });
    }

    /// The isolate's uncaught errors, from now on; each call gives a stream of its own.
    ///
    /// Source: [`Isolate.errors`](https://api.dart.dev/dart-isolate/Isolate/errors.html).
    #[must_use]
    pub fn errors(&self) -> Errors<P> {
        let port = ReceivePort::new();
        self.add_error_listener(&port.send_port());
        Errors::of(self.clone(), port)
    }

    fn ask(&self, control: Control<P>) {
        EventLoop::request(self.mailbox(), control);
    }
}

/// A packed response, and its departures.
fn pack<P: Platform, M: Message>(
    to: &Address<P>,
    message: M,
) -> Result<(P::Parcel, Departures), SendError<M>> {
    let (packed, departures) =
        departures::collect(|| P::pack_for(message, To::Isolate(&to.mailbox)));
    match packed {
        Ok(parcel) => Ok((parcel, departures)),
        Err((error, message)) => Err(SendError { message, error }),
    }
}
