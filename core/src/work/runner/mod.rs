//! [`IsolateRunner`]: a long-lived isolate that runs functions.

mod builder;
mod closing;
mod member;
mod remote;
mod submit;
mod watches;

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    Errors, ExitReason, Isolate, Message, Platform, Priority, RemoteError, Runner, SendPort,
    SpawnError, Task, TaskError,
    completion::FailureSink,
    contract::Address,
    event_loop::EventLoop,
    task::{LossWatch, OnExit, Reply, Watched, timeout::deadline},
    work::{
        any_runner::runner_by_own_methods,
        job::{Call, Job, Packed},
    },
};

use closing::Closing;
use watches::Watches;

pub use builder::IsolateRunnerBuilder;
pub use remote::{RunnerPort, RunnerRemote};

/// An isolate that runs one function after the other, and any number of futures at once.
///
/// Dropping the last handle closes it. An error of a function is the error of its task and ends
/// nothing; where a panic can't be caught it ends the isolate, and every task in flight fails with
/// `IsolateLost`.
///
/// ```
/// use insula::IsolateRunner;
/// # insula::main(async || {
/// let runner = IsolateRunner::spawn().await?;
/// assert_eq!(runner.run(|n: u32| n + 1, 1).await?, 2);
///
/// let failed = runner.run(|(): ()| -> u32 { panic!("boom") }, ()).await;
/// assert_eq!(failed.unwrap_err().to_string(), "boom");
/// assert_eq!(runner.run(|n: u32| n + 1, 2).await?, 3); // natively it goes on
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Native: a thread. Web: a Web Worker.
///
/// Source: [`IsolateRunner`](https://pub.dev/documentation/isolate/latest/isolate.isolate_runner/IsolateRunner-class.html).
pub struct IsolateRunner<P: Platform> {
    inner: Arc<Inner<P>>,
}

struct Inner<P: Platform> {
    isolate: Isolate<P>,
    jobs: Address<P>,
    watches: Arc<Watches<P>>,
    closing: Arc<Closing>,
}

impl<P: Platform> IsolateRunner<P> {
    /// Starts a runner; see [`IsolateRunnerBuilder::spawn`].
    ///
    /// # Errors
    /// As [`IsolateRunnerBuilder::spawn`].
    pub fn spawn() -> Task<P, Self, SpawnError> {
        Self::builder().spawn()
    }

    /// The options of a new runner.
    ///
    /// ```
    /// # insula::main(async || {
    /// let runner = insula::IsolateRunner::builder().debug_name("parser").spawn().await?;
    /// assert_eq!(runner.isolate().debug_name(), Some("parser"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn builder() -> IsolateRunnerBuilder<P> {
        IsolateRunnerBuilder::new()
    }

    /// Runs `function(argument)`.
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// fn parse(text: String) -> Result<u32, String> {
    ///     text.parse().map_err(|_| format!("{text:?} is no number"))
    /// }
    ///
    /// let runner = IsolateRunner::spawn().await?;
    /// assert_eq!(runner.run(parse, "7".to_owned()).await?, Ok(7));
    /// assert_eq!(runner.run(parse, "x".to_owned()).await?, Err("\"x\" is no number".to_owned()));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// The function captures nothing and owns its argument; [`Message`] says what to do when the compiler refuses one.
    ///
    /// # Errors
    /// The task fails when the function panics, when argument or value can't be sent, and when the
    /// isolate is lost meanwhile.
    pub fn run<M: Message, R: Message>(&self, function: fn(M) -> R, argument: M) -> Task<P, R> {
        self.give(Call::new(function, argument))
    }

    /// As [`run`](Self::run), for a function that awaits: an `async fn`, or a closure that captures nothing
    /// and returns a future, as `|n| async move { n + 1 }`. An `async |n| …` does not coerce to an `fn`.
    ///
    /// The isolate works on other jobs while it waits.
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// let hour = runner.run_async(|()| insula::sleep(std::time::Duration::from_secs(3600)), ());
    /// assert_eq!(runner.run_async(|n: u32| async move { n + 1 }, 1).await?, 2);
    /// hour.cancel();
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R> {
        self.give(Call::new_async(function, argument))
    }

    /// Stops taking work; completes when what was given before has been taken.
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// let last = runner.run(|n: u32| n + 1, 1);
    /// runner.close().await?;
    /// assert_eq!(last.await?, 2);
    /// runner.on_exit().await?; // nothing else keeps it alive
    /// assert!(runner.is_lost());
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The isolate was lost before it had acknowledged.
    pub fn close(&self) -> Task<P, ()> {
        self.inner.close()
    }

    /// The isolate that runs the functions.
    #[must_use]
    pub fn isolate(&self) -> &Isolate<P> {
        &self.inner.isolate
    }

    /// Whether the isolate is known to have ended.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.inner.watches.is_lost()
    }

    /// Attaches to an isolate that was spawned by hand and has made a [`RunnerRemote`].
    ///
    /// ```
    /// use insula::{Isolate, IsolateRunner, ReceivePort, SendPort, runner::{RunnerPort, RunnerRemote}};
    /// # insula::main(async || {
    /// /// An isolate with a life of its own, which takes jobs beside it.
    /// async fn entry(ready: SendPort<RunnerPort>) {
    ///     let remote = RunnerRemote::new();
    ///     let _ = ready.send(remote.port());
    ///     insula::sleep(std::time::Duration::from_secs(3600)).await;
    ///     remote.close();
    /// }
    ///
    /// let mut ready = ReceivePort::new();
    /// let isolate = Isolate::spawn_async(entry, ready.send_port()).await?;
    /// let runner = IsolateRunner::attach(isolate, ready.next().await.ok_or(insula::Error::Closed)?);
    /// assert_eq!(runner.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn attach(isolate: Isolate<P>, port: RunnerPort<P>) -> Self {
        let watches = Watches::new(
            isolate.mailbox().clone(),
            Watched::new(&isolate.identity().debug_name),
        );
        // From now on: an end before the first job is known to it.
        let _ = watches.here();
        Self {
            inner: Arc::new(Inner {
                isolate,
                jobs: port.address().clone(),
                watches,
                closing: Arc::default(),
            }),
        }
    }

    /// Pauses the isolate: jobs wait. Ended by [`resume`](Self::resume).
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// runner.pause();
    /// let job = runner.run(|n: u32| n + 1, 1);
    /// runner.resume();
    /// assert_eq!(job.await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn pause(&self) {
        if let Some(capability) = self.inner.isolate.pause_capability() {
            self.inner.isolate.pause_with(capability);
        }
    }

    /// Ends what [`pause`](Self::pause) began.
    pub fn resume(&self) {
        if let Some(capability) = self.inner.isolate.pause_capability() {
            self.inner.isolate.resume(capability);
        }
    }

    /// Whether the isolate answers within `timeout`.
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// assert!(runner.ping(Duration::from_secs(5)).await);
    /// runner.shutdown(Duration::ZERO).await?;
    /// assert!(!runner.ping(Duration::from_secs(5)).await); // answered at once: it is known to be gone
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub async fn ping(&self, timeout: Duration) -> bool {
        let answer = self.answer(Priority::Immediate);
        answer.timeout(timeout).await.is_ok()
    }

    /// Completes when the isolate has answered.
    pub(crate) fn answer(&self, priority: Priority) -> Task<P, ()> {
        let reply = Reply::<P>::open();
        let answer = SendPort::from_address(reply.address());
        let task = reply.task::<(), ()>().awaited_only_by(reply.clone());
        let watch = self.inner.watches.here();
        match watch.add(reply.clone()) {
            Ok(ticket) => {
                let watch = Arc::downgrade(&watch);
                reply.when_done(move || LossWatch::remove(&watch, ticket));
                // `()` always packs.
                let _ = self.inner.isolate.ping(&answer, (), priority);
            }
            Err(lost) => reply.fail(lost),
        }
        task
    }

    /// Completes when the isolate has ended, with the reason; at once when it has already.
    ///
    /// ```
    /// use insula::{ExitReason, IsolateRunner, Priority, TaskError};
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// let job = runner.run_async(|()| insula::sleep(Duration::from_secs(3600)), ());
    /// runner.isolate().kill(Priority::Immediate);
    /// assert_eq!(runner.on_exit().await?, ExitReason::Killed);
    /// let lost = job.await.unwrap_err();
    /// assert_eq!(lost.to_string(), "the isolate `runner` was lost: it was killed");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// Never.
    pub fn on_exit(&self) -> Task<P, ExitReason> {
        let (completer, task) = Task::channel();
        let exited = Arc::new(OnExit(completer.clone()));
        let watch = self.inner.watches.here();
        match watch.add(exited) {
            Ok(ticket) => {
                let watch = Arc::downgrade(&watch);
                task.on_drop(move || LossWatch::remove(&watch, ticket))
            }
            Err(lost) => {
                OnExit(completer).fail(lost);
                task
            }
        }
    }

    /// The isolate's uncaught errors, from now on; ends when the isolate does.
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// let mut errors = runner.errors();
    /// runner.run(|(): ()| insula::schedule_microtask(|| panic!("boom")), ()).await?;
    /// assert_eq!(errors.next().await.map(|error| error.to_string()).as_deref(), Some("boom"));
    /// runner.shutdown(std::time::Duration::ZERO).await?;
    /// assert_eq!(errors.next().await, None);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn errors(&self) -> Errors<P> {
        let errors = self.inner.isolate.errors();
        let closer = errors.closer();
        let watch = self.inner.watches.here();
        match watch.add(closer.clone()) {
            Ok(ticket) => {
                let watch = Arc::downgrade(&watch);
                errors.on_drop(move || LossWatch::remove(&watch, ticket))
            }
            Err(_) => {
                closer.fail(TaskError::Closed);
                errors
            }
        }
    }

    /// Closes the runner, and kills the isolate if it has not ended after `timeout`. A timeout of zero
    /// kills it at once. Completes when it has ended.
    ///
    /// ```
    /// use insula::{Isolate, IsolateRunner};
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// let endless = runner.run(|(): ()| loop { Isolate::checkpoint() }, ());
    /// runner.shutdown(Duration::from_millis(10)).await?; // it was asked to close, and did not
    /// assert!(matches!(endless.await, Err::<(), _>(insula::TaskError::IsolateLost { .. })));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `Spawn` when nothing can keep the time; the runner was asked to close, and is not killed.
    pub fn shutdown(&self, timeout: Duration) -> Task<P, ()> {
        let exit = self.on_exit();
        if timeout.is_zero() {
            self.inner.isolate.kill(Priority::Immediate);
            return exit.map(|outcome| outcome.map(drop));
        }
        drop(self.close());
        let isolate = self.inner.isolate.clone();
        let call_off = match deadline::<P>(timeout, move || isolate.kill(Priority::Immediate)) {
            Ok(call_off) => call_off,
            Err(error) => return Task::ready(Err(TaskError::Spawn(error))),
        };
        exit.map(move |outcome| {
            call_off();
            outcome.map(drop)
        })
    }

    /// Whether it is the same runner.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Ends the isolate, and its jobs now: it may not come to the kill.
    pub(crate) fn give_up(&self, cause: RemoteError) {
        self.inner.isolate.kill(Priority::Immediate);
        self.inner.watches.lose(cause);
    }

    /// Gives a call to the isolate, or says why it could not be packed.
    fn give<R: Message>(&self, call: Packed<P>) -> Task<P, R> {
        Job::give(call, &mut |job| {
            if let Some(job) = job {
                self.submit(job);
            }
        })
    }

    /// Gives a prepared job to the isolate, or fails it when that is gone.
    pub(crate) fn submit(&self, job: Job<P>) {
        let reply = job.reply.clone();
        if let Err(lost) = self.inner.submit(job) {
            reply.fail(lost);
        }
    }
}

impl<P: Platform> Runner for IsolateRunner<P> {
    runner_by_own_methods!();
}

impl<P: Platform> Inner<P> {
    /// Closes the port for jobs, once: who calls again is told what the first call came to.
    fn close(&self) -> Task<P, ()> {
        let (is_first, task) = self.closing.ask();
        if is_first {
            self.close_jobs();
        }
        task
    }

    fn close_jobs(&self) {
        let jobs = SendPort::<P, ()>::from_address(self.jobs.clone());
        let call = Call::new(close_jobs::<P>, jobs);
        let mut is_gone = false;
        let task = Job::<P>::give::<()>(call, &mut |job| {
            let Some(job) = job else { return };
            let reply = job.reply.clone();
            if let Err(lost) = self.submit(job) {
                reply.fail(lost);
                is_gone = true;
            }
        });
        if is_gone {
            // It is closed.
            return self.closing.done(&Ok(()));
        }
        let closing = self.closing.clone();
        task.then(move |outcome| {
            closing.done(&match outcome {
                Err(TaskError::Closed) => Ok(()),
                outcome => outcome,
            });
        });
    }
}

impl<P: Platform> Drop for Inner<P> {
    fn drop(&mut self) {
        EventLoop::close(&self.jobs);
    }
}

impl<P: Platform> Clone for IsolateRunner<P> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<P: Platform> fmt::Debug for IsolateRunner<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IsolateRunner")
            .field("isolate", &self.inner.isolate)
            .finish_non_exhaustive()
    }
}

/// Closes a runner's port for jobs, so that it ends when nothing else keeps it alive.
fn close_jobs<P: Platform>(jobs: SendPort<P, ()>) {
    EventLoop::close(jobs.address());
}
