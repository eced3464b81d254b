//! [`IsolateRunnerBuilder`]: starting runners.

use std::sync::Arc;

use super::{Inner, IsolateRunner, RunnerPort, RunnerRemote};
use crate::{
    Isolate, Platform, RemoteError, SendPort, SpawnError, Task,
    contract::{Carrier, Code, Entry, FunctionOf},
    event_loop::EventLoop,
    isolate::IsolateBuilder,
    task::{ErrorWatch, LossWatch, OneShotPort},
};

/// What a new runner says when it takes work.
type Ready<P> = (Isolate<P>, RunnerPort<P>);

/// The URI of the program that every runner runs.
const RUNNER: &str = "insula:runner";

/// The options of a new runner; made by [`IsolateRunner::builder`].
///
/// ```
/// use insula::{IsolateRunner, Runner};
/// # insula::main(async || {
/// let runner = IsolateRunner::builder().debug_name("parser").linked(true).spawn().await?;
/// assert_eq!(runner.isolate().debug_name(), Some("parser"));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing before `spawn`"]
pub struct IsolateRunnerBuilder<P: Platform> {
    isolate: IsolateBuilder<P>,
}

impl<P: Platform> IsolateRunnerBuilder<P> {
    pub(super) fn new() -> Self {
        Self {
            isolate: Isolate::builder().errors_fatal(false),
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

    /// Starts the runner; completes when it takes work.
    ///
    /// # Errors
    /// As [`IsolateBuilder::spawn_uri`]; `Failed` when the isolate ended before it took work.
    pub fn spawn(self) -> Task<P, IsolateRunner<P>, SpawnError> {
        let (completer, task) = Task::channel();
        let watch = Arc::new(LossWatch::default());
        let errors = EventLoop::<P>::open_unref(Arc::new(ErrorWatch(watch.clone())));
        let exit = {
            let (watch, completer, errors) = (watch.clone(), completer.clone(), errors.clone());
            EventLoop::<P>::open_unref(OneShotPort::new(move |_| {
                let cause = watch.lose();
                let error = cause.unwrap_or_else(|| RemoteError::new("it has ended", ""));
                EventLoop::close(&errors);
                completer.complete(Err(SpawnError::Failed(error)));
            }))
        };
        let ready = {
            let (watch, completer) = (watch.clone(), completer.clone());
            EventLoop::<P>::open(OneShotPort::new(move |parcel| {
                let runner = P::unpack::<Ready<P>>(parcel).map(|(isolate, port)| IsolateRunner {
                    inner: Arc::new(Inner {
                        isolate,
                        jobs: port.address().clone(),
                        watch,
                    }),
                });
                completer.complete(
                    runner.map_err(|error| SpawnError::Failed(RemoteError::from_error(&error))),
                );
            }))
        };
        let entry = Entry::from_parts(
            enter_runner::<P>,
            P::Carrier::ship(enter_runner_nothing as fn(()) -> ()),
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
        let task = task.at(ready.clone());
        builder.start("runner", code).then(move |started| {
            if let Err(error) = started {
                for port in [&ready, &exit, &errors] {
                    EventLoop::close(port);
                }
                completer.complete(Err(error));
            }
        });
        task
    }
}

/// A runner's entry point: opens the port for jobs and says where it is.
fn enter_runner<P: Platform>(_: &FunctionOf<P>, _: Vec<String>, message: P::Parcel) {
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
