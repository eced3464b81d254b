//! [`IsolateRunnerBuilder`]: starting runners.

use std::sync::Arc;

use super::{
    Inner, IsolateRunner, RunnerRemote,
    watches::{Watches, own_place},
};
use crate::{
    ExitReason, Isolate, Platform, RemoteError, SendPort, SpawnError, Task,
    completion::Completer,
    contract::{Address, Carrier, Code, Control, Entry, Exit, ExitMessage, FunctionOf},
    departures::Departures,
    event_loop::EventLoop,
    isolate::IsolateBuilder,
    sync::Mutex,
    task::{LossWatch, OneShotPort, Watched},
    texts::text_of,
};

/// What a new runner says when it takes work: where it takes it, and where it hears that its starter is gone and has not
/// heard this. Addresses alone, because each type in a message is code of its own.
type Ready<P> = (Address<P>, Address<P>);

/// The URI of the program that every runner runs.
const RUNNER: &str = "insula:runner";

/// The debug name of a runner that was given none.
const NAME: &str = "runner";

/// The options of a new runner; made by [`IsolateRunner::builder`].
///
/// ```
/// use insula::{IsolateRunner, ReceivePort};
/// # insula::main(async || {
/// let (mut failed, mut ended) = (ReceivePort::new(), ReceivePort::new());
/// let runner = IsolateRunner::builder()
///     .debug_name("parser")
///     .linked(true) // it ends with the isolate that spawns it
///     .paused(true) // no job begins before it is resumed
///     .errors_fatal(true)
///     .on_error(failed.send_port())
///     .on_exit(ended.send_port())
///     .spawn()
///     .await?;
/// assert_eq!(runner.isolate().debug_name(), Some("parser"));
/// let job = runner.run(|(): ()| insula::schedule_microtask(|| panic!("boom")), ());
/// runner.resume();
/// assert_eq!(failed.next().await.map(|error| error.to_string()).as_deref(), Some("boom"));
/// assert_eq!(ended.next().await, Some(()));
/// # drop(job);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing before `spawn`"]
pub struct IsolateRunnerBuilder<P: Platform> {
    isolate: IsolateBuilder<P>,
    paused: bool,
}

impl<P: Platform> IsolateRunnerBuilder<P> {
    pub(super) fn new() -> Self {
        Self {
            isolate: Isolate::builder().errors_fatal(false),
            paused: false,
        }
    }

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

    /// Sets how large the runner's stack is, in bytes; see [`IsolateBuilder::stack_size`].
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::builder().stack_size(64 << 20).spawn().await?;
    /// assert_eq!(runner.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.isolate = self.isolate.stack_size(bytes);
        self
    }

    /// Makes the runner's isolate light; see [`IsolateBuilder::light`].
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::builder().light().spawn().await?;
    /// assert_eq!(runner.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn light(mut self) -> Self {
        self.isolate = self.isolate.light();
        self
    }

    /// Starts paused: the runner takes jobs and begins none before [`resume`](IsolateRunner::resume).
    pub fn paused(mut self, paused: bool) -> Self {
        self.paused = paused;
        self
    }

    /// Says whether an uncaught error ends the runner; it does not unless told so. The panic of a job is its task's
    /// error and no uncaught one.
    pub fn errors_fatal(mut self, fatal: bool) -> Self {
        self.isolate = self.isolate.errors_fatal(fatal);
        self
    }

    /// Asks for `()` at the runner's end, race-free.
    pub fn on_exit(mut self, port: SendPort<P, ()>) -> Self {
        self.isolate = self.isolate.on_exit(port);
        self
    }

    /// Asks for the reason of the runner's end, race-free; see [`IsolateBuilder::on_exit_reason`].
    ///
    /// ```
    /// use insula::{ExitReason, IsolateRunner, ReceivePort};
    /// # insula::main(async || {
    /// let mut ended = ReceivePort::new();
    /// let runner = IsolateRunner::builder().on_exit_reason(ended.send_port()).spawn().await?;
    /// runner.close().await?;
    /// assert_eq!(ended.next().await, Some(ExitReason::Finished));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn on_exit_reason(mut self, port: SendPort<P, ExitReason>) -> Self {
        self.isolate = self.isolate.on_exit_reason(port);
        self
    }

    /// Asks for the runner's uncaught errors, race-free.
    pub fn on_error(mut self, port: SendPort<P, RemoteError>) -> Self {
        self.isolate = self.isolate.on_error(port);
        self
    }

    /// Starts the runner; completes when it takes work.
    ///
    /// # Errors
    /// As [`IsolateBuilder::spawn_uri`]; `Failed` when the isolate ended before it took work.
    pub fn spawn(self) -> Task<P, IsolateRunner<P>, SpawnError> {
        let (completer, task) = Task::channel();
        // What is told, once; nothing when the task was dropped meanwhile.
        let told = Arc::new(Mutex::new(Some(completer)));
        let watched = Watched::new(self.isolate.name().unwrap_or(NAME));
        let watch = Arc::new(LossWatch::new(watched.clone()));
        let place = own_place::<P>();
        let handle = self.isolate.handle(NAME);
        let ready = {
            let (watch, told, paused) = (watch.clone(), told.clone(), self.paused);
            let place = place.clone();
            EventLoop::<P>::open(OneShotPort::or_closed(move |parcel| {
                let unpacked = match parcel {
                    Some(parcel) => P::unpack::<Ready<P>>(parcel)
                        .map_err(|error| RemoteError::new(text_of(&error), "")),
                    None => Err(starter_ended()),
                };
                let runner = unpacked.map(|(jobs, orphaned)| {
                    if let Some(starter) = &place {
                        let to = orphaned.clone();
                        EventLoop::request(starter, Control::RemoveExitListener { to });
                    }
                    EventLoop::close(&orphaned);
                    let watches = Watches::new(jobs.mailbox.clone(), watched);
                    watches.adopt(place.clone(), watch);
                    IsolateRunner {
                        inner: Arc::new(Inner {
                            isolate: handle(jobs.mailbox.clone()),
                            jobs,
                            watches,
                            closing: Arc::default(),
                        }),
                    }
                });
                // Control overtakes events, so the pause comes before the first job.
                if let (Ok(runner), true) = (&runner, paused) {
                    runner.pause();
                }
                tell_starter(place.as_ref(), &told, runner.map_err(SpawnError::Failed));
            }))
        };
        let exit = {
            let (watch, told) = (watch.clone(), told.clone());
            let ready = ready.clone();
            EventLoop::<P>::open_unref(OneShotPort::or_closed(move |exit| {
                let error = match exit {
                    Some(exit) => as_error(watch.lose::<P>(Exit::read::<P>(exit))),
                    None => {
                        watch.give_up();
                        starter_ended()
                    }
                };
                // It says nothing any more, and its port would keep this isolate alive.
                EventLoop::close(&ready);
                tell_starter(place.as_ref(), &told, Err(SpawnError::Failed(error)));
            }))
        };
        let entry = Entry::from_parts(
            enter_runner::<P>,
            P::Carrier::ship(enter_runner_nothing as fn(()) -> ()),
        );
        let Ok(message) = P::pack(ready.clone()) else {
            unreachable!("an address always packs");
        };
        let builder = self
            .isolate
            .respond_at_exit(exit.clone(), ExitMessage::Exit);
        let code = Code::Program {
            uri: RUNNER.to_owned(),
            entry: Some(entry),
            args: Vec::new(),
            message,
        };
        let (failed, awaited) = (told.clone(), ready.clone());
        builder
            .start(NAME, code, Departures::none())
            .then(move |started| {
                if let Err(error) = started {
                    tell(&failed, Err(error));
                    for port in [&ready, &exit] {
                        EventLoop::close(port);
                    }
                }
            });
        task.at(awaited).on_drop(move || drop(told.lock().take()))
    }
}

type Told<P> = Arc<Mutex<Option<Completer<Started<P>>>>>;

/// What a start comes to.
type Started<P> = Result<IsolateRunner<P>, SpawnError>;

/// Tells what the start came to. A runner whose task was dropped is dropped, and so closed.
fn tell<P: Platform>(told: &Told<P>, outcome: Started<P>) {
    let completer = told.lock().take();
    if let Some(completer) = completer {
        completer.complete(outcome);
    }
}

/// As [`tell`], by a port of the starter's. Outside isolates that runs on the thread of the new isolate, and what is done
/// with the runner then is not that isolate's doing.
fn tell_starter<P: Platform>(place: Option<&P::Mailbox>, told: &Told<P>, outcome: Started<P>) {
    if place.is_some() || P::HOST_HAS_LOOP {
        tell(told, outcome);
    } else {
        EventLoop::<P>::outside(|| tell(told, outcome));
    }
}

/// Why a start has failed, from how its isolate has ended.
fn as_error(reason: ExitReason) -> RemoteError {
    match reason {
        ExitReason::Failed(error) | ExitReason::Lost(error) => error,
        reason => RemoteError::new(format!("it takes no jobs: {reason}"), ""),
    }
}

fn starter_ended() -> RemoteError {
    RemoteError::new("the isolate that started it has ended", "")
}

/// A runner's entry point: opens the port for jobs and says where it is.
fn enter_runner<P: Platform>(_: &FunctionOf<P>, _: Vec<String>, message: P::Parcel) {
    match P::unpack::<Address<P>>(message) {
        Ok(starter) => {
            let jobs = RunnerRemote::new().detach();
            let closed = jobs.clone();
            let orphaned =
                EventLoop::<P>::open_unref(OneShotPort::new(move |_| EventLoop::close(&closed)));
            let (to, response) = (orphaned.clone(), ExitMessage::Exit);
            EventLoop::<P>::request(&starter.mailbox, Control::Watch { to, response });
            if let Ok(ready) = P::pack::<Ready<P>>((jobs, orphaned)) {
                starter.post(ready);
            }
        }
        Err(error) => {
            EventLoop::<P>::current().uncaught(&RemoteError::new(text_of(&error), ""));
        }
    }
}

fn enter_runner_nothing((): ()) {}
