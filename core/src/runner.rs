//! [`IsolateRunner`]: a long-lived isolate that runs functions; [`Runner`] is what it has in common
//! with a balancer.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    Errors, Isolate, Message, Platform, Priority, RemoteError, SendPort, SpawnError, Task,
    TaskError,
    event::Event,
    event_loop::EventLoop,
    job::Job,
    platform::Mailbox,
    port::Address,
    port_table::Target,
    program::Entry,
    reply::{Fail, Once, Reply},
    spawn::{Code, IsolateBuilder},
    task::Completion,
    timeout::deadline,
    watch::{ErrorWatch, OnExit, Watch},
};

/// What a new runner says when it takes work.
type Ready<P> = (Isolate<P>, RunnerPort<P>);

/// The URI of the program that every runner runs.
const RUNNER: &str = "insula:runner";

/// Something that runs functions elsewhere.
///
/// Source: [`Runner`](https://pub.dev/documentation/isolate/latest/isolate.runner/Runner-class.html).
pub trait Runner<P: Platform> {
    /// Runs `function(argument)`.
    ///
    /// # Errors
    /// The task fails when the function panics, when argument or value can't be sent, and when the
    /// isolate is lost meanwhile.
    fn run<M: Message, R: Message>(&self, function: fn(M) -> R, argument: M) -> Task<P, R>;

    /// As [`run`](Self::run), for a function that awaits.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R>;

    /// Stops taking work; completes when what was given before has been taken.
    ///
    /// # Errors
    /// The isolate was lost before it had acknowledged.
    fn close(&self) -> Task<P, ()>;
}

/// An isolate that runs one function after the other, and any number of futures at once.
///
/// Dropping the last handle closes it. An error of a function is the error of its task and ends
/// nothing; where a panic can't be caught it ends the isolate, and every task in flight fails with
/// `IsolateLost`.
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
    watch: Arc<Watch>,
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
    pub fn builder() -> IsolateRunnerBuilder<P> {
        IsolateRunnerBuilder {
            isolate: Isolate::builder().errors_are_fatal(false),
        }
    }

    /// The isolate that runs the functions.
    #[must_use]
    pub fn isolate(&self) -> &Isolate<P> {
        &self.inner.isolate
    }

    /// Whether the isolate is known to have ended.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.inner.watch.is_lost()
    }

    /// Attaches to an isolate that was spawned by hand and has made a [`RunnerRemote`].
    #[must_use]
    pub fn attach(isolate: Isolate<P>, port: RunnerPort<P>) -> Self {
        let watch = Arc::new(Watch::default());
        let lost = watch.clone();
        let exit =
            SendPort::<P, ()>::from_address(EventLoop::<P>::open_unref(Once::new(move |_| {
                lost.lose();
            })));
        // `()` always packs.
        let _ = isolate.watch(&exit, ());
        Self {
            inner: Arc::new(Inner {
                isolate,
                jobs: port.0.address().clone(),
                watch,
            }),
        }
    }

    /// Pauses the isolate: jobs wait. Ended by [`resume`](Self::resume).
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
    pub async fn ping(&self, timeout: Duration) -> bool {
        let reply = Reply::<P, (), ()>::open(Ok);
        let answer = SendPort::from_address(reply.address());
        let task = reply.task();
        if self.submit_watched(&reply).is_ok() {
            // `()` always packs.
            let _ = self.inner.isolate.ping(&answer, (), Priority::Immediate);
        }
        task.timeout(timeout).await.is_ok()
    }

    /// Completes when the isolate has ended; at once when it has already.
    ///
    /// # Errors
    /// Never.
    pub fn on_exit(&self) -> Task<P, ()> {
        let completion = Completion::new();
        let exited = Arc::new(OnExit(completion.clone()));
        if self.inner.watch.add(exited).is_err() {
            completion.complete(Ok(()));
        }
        Task::new(completion)
    }

    /// The isolate's uncaught errors, from now on; ends when the isolate does.
    #[must_use]
    pub fn errors(&self) -> Errors<P> {
        let errors = self.inner.isolate.errors();
        let closer = errors.closer();
        if self.inner.watch.add(closer.clone()).is_err() {
            closer.fail(TaskError::Closed);
        }
        errors
    }

    /// Closes the runner, and kills the isolate when it has not ended after `timeout`, or at once when
    /// that is zero. Completes when it has ended.
    ///
    /// # Errors
    /// Never.
    pub fn kill(&self, timeout: Duration) -> Task<P, ()> {
        let exit = self.on_exit();
        if timeout.is_zero() {
            self.inner.isolate.kill(Priority::Immediate);
            return exit;
        }
        drop(self.close());
        let isolate = self.inner.isolate.clone();
        let call_off = deadline::<P>(timeout, move || isolate.kill(Priority::Immediate));
        let completion = Completion::new();
        let done = completion.clone();
        exit.then(move |outcome| {
            call_off();
            done.complete(outcome);
        });
        Task::new(completion)
    }

    fn submit_watched(&self, reply: &Arc<Reply<P, (), ()>>) -> Result<(), String> {
        let watch = &self.inner.watch;
        let ticket = watch.add(reply.clone()).inspect_err(|cause| {
            reply.fail(TaskError::IsolateLost {
                cause: cause.clone(),
            });
        })?;
        let watch = Arc::downgrade(watch);
        reply.when_done(move || Watch::remove(&watch, ticket));
        Ok(())
    }

    /// Gives a prepared job to the isolate, or fails it when that is gone.
    pub(crate) fn submit<R: Message>(&self, job: Job<P, R>) {
        let reply = job.reply.clone();
        if let Err(cause) = self.inner.submit(job) {
            reply.fail(TaskError::IsolateLost { cause });
        }
    }
}

impl<P: Platform> Runner<P> for IsolateRunner<P> {
    fn run<M: Message, R: Message>(&self, function: fn(M) -> R, argument: M) -> Task<P, R> {
        match Job::new(function, argument) {
            Ok((job, task)) => {
                self.submit(job);
                task
            }
            Err(error) => Task::ready(Err(error)),
        }
    }

    fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R> {
        match Job::new_async(function, argument) {
            Ok((job, task)) => {
                self.submit(job);
                task
            }
            Err(error) => Task::ready(Err(error)),
        }
    }

    fn close(&self) -> Task<P, ()> {
        self.inner.close()
    }
}

impl<P: Platform> Inner<P> {
    fn close(&self) -> Task<P, ()> {
        let jobs = SendPort::<P, ()>::from_address(self.jobs.clone());
        let Ok((job, task)) = Job::new(close_jobs::<P>, jobs) else {
            return Task::ready(Err(TaskError::Closed));
        };
        if self.submit(job).is_err() {
            // An isolate that is gone is closed.
            return Task::ready(Ok(()));
        }
        let completion = Completion::new();
        let done = completion.clone();
        task.then(move |outcome| {
            done.complete(match outcome {
                Err(TaskError::Closed) => Ok(()),
                outcome => outcome,
            });
        });
        Task::new(completion)
    }

    /// Posts a job and watches over it; the cause when the isolate is lost already.
    fn submit<R: Message>(&self, job: Job<P, R>) -> Result<(), String> {
        let Job {
            invoke,
            parcel,
            reply,
        } = job;
        let ticket = self.watch.add(reply.clone())?;
        let watch = Arc::downgrade(&self.watch);
        reply.when_done(move || Watch::remove(&watch, ticket));
        let Address { mailbox, port } = &self.jobs;
        // A job that was cancelled meanwhile is not begun.
        if let Some(reply) = reply.open_address() {
            mailbox.post(Event::Job {
                port: *port,
                invoke,
                parcel,
                reply,
            });
        }
        Ok(())
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

/// The far side of a runner, for an isolate that was spawned by hand: takes jobs as long as it exists.
#[derive(Debug)]
pub struct RunnerRemote<P: Platform> {
    port: RunnerPort<P>,
}

/// Where a [`RunnerRemote`] takes jobs; a message for [`IsolateRunner::attach`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct RunnerPort<P: Platform>(SendPort<P, ()>);

impl<P: Platform> RunnerRemote<P> {
    /// Opens a port for jobs in the calling isolate, which it keeps alive.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "opening a port is an act, not a default"
    )]
    pub fn new() -> Self {
        let here = EventLoop::<P>::current();
        let port = here.ports().open(Target::Jobs);
        Self {
            port: RunnerPort(SendPort::from_address(Address {
                mailbox: here.mailbox().clone(),
                port,
            })),
        }
    }

    /// Where it takes jobs.
    #[must_use]
    pub fn port(&self) -> RunnerPort<P> {
        self.port.clone()
    }

    /// Takes no more jobs.
    pub fn close(self) {}

    fn detach(self) -> RunnerPort<P> {
        let port = self.port.clone();
        std::mem::forget(self);
        port
    }
}

impl<P: Platform> Drop for RunnerRemote<P> {
    fn drop(&mut self) {
        EventLoop::close(self.port.0.address());
    }
}

/// The options of a new runner; made by [`IsolateRunner::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing before `spawn`"]
pub struct IsolateRunnerBuilder<P: Platform> {
    isolate: IsolateBuilder<P>,
}

impl<P: Platform> IsolateRunnerBuilder<P> {
    /// Sets the name that people see; otherwise `runner`.
    pub fn debug_name(mut self, name: impl Into<String>) -> Self {
        self.isolate = self.isolate.debug_name(name);
        self
    }

    /// Makes the runner end with the isolate that spawns it.
    pub fn linked(mut self, linked: bool) -> Self {
        self.isolate = self.isolate.linked(linked);
        self
    }

    /// Starts the runner; completes when it takes work.
    ///
    /// # Errors
    /// As [`IsolateBuilder::spawn_uri`]; `Failed` when the isolate ended before it took work.
    pub fn spawn(self) -> Task<P, IsolateRunner<P>, SpawnError> {
        let completion = Completion::new();
        let watch = Arc::new(Watch::default());
        let errors = EventLoop::<P>::open_unref(Arc::new(ErrorWatch(watch.clone())));
        let exit = {
            let (watch, completion, errors) = (watch.clone(), completion.clone(), errors.clone());
            EventLoop::<P>::open_unref(Once::new(move |_| {
                let error = watch.lose();
                EventLoop::close(&errors);
                completion.complete(Err(SpawnError::Failed(error)));
            }))
        };
        let ready = {
            let (watch, completion) = (watch.clone(), completion.clone());
            EventLoop::<P>::open(Once::new(move |parcel| {
                let runner = P::unpack::<Ready<P>>(parcel).map(|(isolate, port)| IsolateRunner {
                    inner: Arc::new(Inner {
                        isolate,
                        jobs: port.0.address().clone(),
                        watch,
                    }),
                });
                completion.complete(
                    runner.map_err(|error| SpawnError::Failed(RemoteError::from_error(&error))),
                );
            }))
        };
        let entry = Entry::from_parts(
            enter_runner::<P>,
            P::ship(enter_runner_nothing as fn(()) -> ()),
        );
        let message = P::pack(SendPort::<P, Ready<P>>::from_address(ready.clone()));
        let response = P::pack(());
        let (Ok(message), Ok(response)) = (message, response) else {
            unreachable!("a send port and `()` always pack");
        };
        let builder = self
            .isolate
            .respond_at_exit(exit.clone(), response)
            .on_error(SendPort::from_address(errors.clone()));
        let code = Code::Program {
            uri: RUNNER.to_owned(),
            entry: Some(entry),
            args: Vec::new(),
            message,
        };
        let failed = completion.clone();
        builder.start("runner", code).then(move |started| {
            if let Err(error) = started {
                for port in [&ready, &exit, &errors] {
                    EventLoop::close(port);
                }
                failed.complete(Err(error));
            }
        });
        Task::new(completion)
    }
}

/// A runner's entry point: opens the port for jobs and says where it is.
fn enter_runner<P: Platform>(_: &P::Function, _: Vec<String>, message: P::Parcel) {
    let here = EventLoop::<P>::current();
    match P::unpack::<SendPort<P, Ready<P>>>(message) {
        Ok(ready) => {
            let port = RunnerRemote::new().detach();
            let _ = ready.send((here.handle(), port));
        }
        Err(error) => here.uncaught(&RemoteError::from_error(&error)),
    }
}

fn enter_runner_nothing((): ()) {}

/// Closes a runner's port for jobs, so that it ends when nothing else keeps it alive.
fn close_jobs<P: Platform>(jobs: SendPort<P, ()>) {
    EventLoop::close(jobs.address());
}
