//! [`Isolate::run`]: one computation in an isolate of its own.

use crate::{
    ExitReason, Isolate, IsolateBuilder, Message, Moved, Platform, Priority, RemoteError, Task,
    TaskError, Unsupported,
    completion::FailureSink,
    contract::ExitMessage,
    departures::Departures,
    event_loop::EventLoop,
    panics,
    task::{Answer, Fault, OneShotPort, Outcome, Reply, answer, outcome_of, pack_outcome},
};

impl<P: Platform> Isolate<P> {
    /// Runs `computation` in a new isolate and gives back its value, moved.
    ///
    /// The isolate ends with the computation; cancelling the task kills it.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// let text = "three blind mice".to_owned();
    /// assert_eq!(Isolate::run(move || text.split(' ').count()).await?, 3);
    ///
    /// let error = Isolate::run(|| -> u32 { panic!("boom") }).await.unwrap_err();
    /// assert_eq!(error.to_string(), "boom");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `Panicked` when the computation panics; `Ended` when its isolate ends without a result;
    /// `Unsupported` where memory is not shared.
    ///
    /// Source: [`Isolate.run`](https://api.dart.dev/dart-isolate/Isolate/run.html).
    pub fn run<R: Send + 'static>(computation: impl FnOnce() -> R + Send + 'static) -> Task<P, R> {
        Self::builder().run(computation)
    }

    /// As [`run`](Self::run), for a computation that awaits.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// let slept = Isolate::run_async(async || {
    ///     insula::sleep(std::time::Duration::from_millis(1)).await;
    ///     "well"
    /// });
    /// assert_eq!(slept.await?, "well");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_async<R: Send + 'static, F: Future<Output = R> + 'static>(
        computation: impl FnOnce() -> F + Send + 'static,
    ) -> Task<P, R> {
        Self::builder().run_async(computation)
    }
}

impl<P: Platform> IsolateBuilder<P> {
    /// Runs `computation` in a new isolate with these options, and gives back its value; see [`Isolate::run`].
    ///
    /// It begins at once, [`paused`](Self::paused) or not, and an uncaught error ends it.
    ///
    /// ```
    /// use insula::{Isolate, Task};
    ///
    /// fn fibonacci(n: u32) -> u32 {
    ///     fn start(n: u32) -> Task<u32> {
    ///         Isolate::builder().light().run(move || fibonacci(n))
    ///     }
    ///     if n < 2 {
    ///         return 1;
    ///     }
    ///     let (one, two) = (start(n - 1), start(n - 2));
    ///     one.wait().expect("it does not panic") + two.wait().expect("it does not panic")
    /// }
    /// assert_eq!(fibonacci(10), 89);
    /// ```
    ///
    /// # Errors
    /// As [`Isolate::run`].
    pub fn run<R: Send + 'static>(
        self,
        computation: impl FnOnce() -> R + Send + 'static,
    ) -> Task<P, R> {
        start(
            self.begun(),
            Departures::none(),
            Moved::<P, R>::new,
            move |reply| {
                if let Some(outcome) = outcome_of(panics::catch::<P, _>(computation)) {
                    reply(outcome);
                }
            },
        )
    }

    /// As [`run`](Self::run), for a computation that awaits.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// let slept = Isolate::builder().debug_name("sleeper").run_async(async || {
    ///     insula::sleep(std::time::Duration::from_millis(1)).await;
    ///     Isolate::current().debug_name().map(str::to_owned)
    /// });
    /// assert_eq!(slept.await?.as_deref(), Some("sleeper"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Isolate::run`].
    pub fn run_async<R: Send + 'static, F: Future<Output = R> + 'static>(
        self,
        computation: impl FnOnce() -> F + Send + 'static,
    ) -> Task<P, R> {
        start(
            self.begun(),
            Departures::none(),
            Moved::<P, R>::new,
            move |reply| {
                EventLoop::<P>::current()
                    .spawn_local(async move { reply(Outcome::Value(computation().await)) });
            },
        )
    }

    /// With the options that a computation has.
    fn begun(self) -> Self {
        self.paused(false).errors_fatal(true)
    }
}

/// Runs `code` in a new isolate; it answers by calling its argument, once or never. Its value travels as what
/// `wrap` makes of it. `departures` are of the message in the code.
pub(super) fn start<P: Platform, A: Message, R: Send + 'static>(
    builder: IsolateBuilder<P>,
    departures: Departures,
    wrap: fn(R) -> A,
    code: impl FnOnce(Box<dyn FnOnce(Outcome<R>)>) + Send + 'static,
) -> Task<P, R>
where
    Outcome<A>: Answer<R>,
{
    if !P::abilities().can_spawn {
        return Task::ready(Err(TaskError::Unsupported(Unsupported {
            operation: "Isolate::run",
            reason: P::SPAWN_UNSUPPORTED,
        })));
    }
    let reply = Reply::<P>::open();
    let result = reply.address();
    let failed = reply.clone();
    let errors = EventLoop::<P>::open(OneShotPort::new(move |parcel| {
        let error =
            P::unpack::<RemoteError>(parcel).map_or_else(TaskError::Decode, TaskError::Panicked);
        failed.fail(error);
    }));
    let unused = errors.clone();
    reply.when_done(move || EventLoop::close(&unused));

    let mut builder = builder.also_on_error(errors);
    if let Ok(ended) = pack_outcome::<P, A>(Fault::Ended.into()) {
        builder = builder.respond_at_exit(result.clone(), ExitMessage::Response(ended));
    }
    let run = move || {
        code(Box::new(move |outcome| {
            answer(&result, outcome.map(wrap));
            EventLoop::<P>::current().begin_end(ExitReason::Finished);
        }));
    };
    let started = builder.spawn_closure("run", Box::new(run), departures);
    let isolate = started.take_now();
    match isolate {
        Some(Err(error)) => {
            let task = reply.task::<Outcome<A>, R>();
            reply.fail(error.into());
            task
        }
        Some(Ok(isolate)) => {
            let cancelled = reply.clone();
            let task = reply.task::<Outcome<A>, R>().awaited_only_by(reply.clone());
            task.on_cancel(move || {
                isolate.kill(Priority::Immediate);
                cancelled.fail(TaskError::Cancelled);
            })
        }
        None => reply.task::<Outcome<A>, R>(),
    }
}
