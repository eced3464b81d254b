//! Starting isolates: what a platform is given, and the options an application has.

use std::{future::Future, sync::Arc};

use crate::{
    Capability, ExitReason, Isolate, Message, Platform, RemoteError, SendPort, SpawnError, Task,
    Unsupported,
    contract::{Address, Code, ExitMessage, Identity, Launch, Started, To},
    departures::{self, Departures},
    event_loop::EventLoop,
    program,
};

/// The options of a new isolate; made by [`Isolate::builder`].
///
/// ```
/// use insula::{Isolate, ReceivePort};
/// # insula::main(async || {
/// let (mut failed, mut ended) = (ReceivePort::new(), ReceivePort::new());
/// let isolate = Isolate::builder()
///     .debug_name("worker")
///     .paused(true) // nothing runs before it is resumed
///     .errors_fatal(true)
///     .linked(true) // it ends with the isolate that spawns it
///     .on_error(failed.send_port())
///     .on_exit(ended.send_port())
///     .spawn(|()| panic!("boom"), ())
///     .await?;
/// isolate.resume(isolate.pause_capability().expect("a spawner's handle has it"));
/// assert_eq!(failed.next().await.map(|error| error.to_string()).as_deref(), Some("boom"));
/// assert_eq!(ended.next().await, Some(()));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`Isolate.spawn`](https://api.dart.dev/dart-isolate/Isolate/spawn.html).
#[derive(Debug)]
#[must_use = "a builder does nothing before `spawn`"]
pub struct IsolateBuilder<P: Platform> {
    paused: bool,
    errors_fatal: bool,
    on_exit: Option<SendPort<P, ()>>,
    exit_responses: Vec<(Address<P>, ExitMessage<P>)>,
    on_error: Option<SendPort<P, RemoteError>>,
    also_on_error: Option<Address<P>>,
    debug_name: Option<String>,
    linked: bool,
    stack_size: Option<usize>,
    light: Option<bool>,
    pause_capability: Capability<P>,
    terminate_capability: Capability<P>,
}

impl<P: Platform> Default for IsolateBuilder<P> {
    fn default() -> Self {
        Self {
            paused: false,
            errors_fatal: true,
            on_exit: None,
            exit_responses: Vec::new(),
            on_error: None,
            also_on_error: None,
            debug_name: None,
            linked: false,
            stack_size: None,
            light: None,
            pause_capability: Capability::new(),
            terminate_capability: Capability::new(),
        }
    }
}

impl<P: Platform> IsolateBuilder<P> {
    /// As `on_error`, beside whatever the application has asked for.
    pub(crate) fn also_on_error(mut self, port: Address<P>) -> Self {
        self.also_on_error = Some(port);
        self
    }

    /// The name that was given, if one was.
    pub(crate) fn name(&self) -> Option<&str> {
        self.debug_name.as_deref()
    }

    /// What makes a handle to the isolate, called `name` unless it was given another, once it is known where that is
    /// reached.
    pub(crate) fn handle(&self, name: &str) -> impl FnOnce(P::Mailbox) -> Isolate<P> + use<P> {
        let (pause, terminate) = (self.pause_capability, self.terminate_capability);
        let debug_name = self.name().unwrap_or(name).into();
        move |mailbox| {
            Isolate::from_identity(Identity {
                mailbox,
                pause: Some(pause),
                terminate: Some(terminate),
                debug_name,
            })
        }
    }

    /// Starts paused: nothing runs before `isolate.resume(isolate.pause_capability())`.
    pub fn paused(mut self, paused: bool) -> Self {
        self.paused = paused;
        self
    }

    /// Says whether an uncaught error ends the isolate; it does unless told otherwise.
    pub fn errors_fatal(mut self, fatal: bool) -> Self {
        self.errors_fatal = fatal;
        self
    }

    /// Asks for `()` at the isolate's end, race-free.
    pub fn on_exit(mut self, port: SendPort<P, ()>) -> Self {
        self.on_exit = Some(port);
        self
    }

    /// Asks for the reason of the isolate's end, race-free.
    ///
    /// ```
    /// use insula::{ExitReason, Isolate, ReceivePort};
    /// # insula::main(async || {
    /// let mut ended = ReceivePort::new();
    /// Isolate::builder().on_exit_reason(ended.send_port()).spawn(|()| panic!("boom"), ()).await?;
    /// let reason = ended.next().await.ok_or(insula::Error::Closed)?;
    /// assert!(matches!(reason, ExitReason::Failed(error) if error.description() == "boom"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn on_exit_reason(self, port: SendPort<P, ExitReason>) -> Self {
        self.respond_at_exit(port.address().clone(), ExitMessage::Reason)
    }

    /// As `on_exit`, with any response.
    pub(crate) fn respond_at_exit(mut self, to: Address<P>, response: ExitMessage<P>) -> Self {
        self.exit_responses.push((to, response));
        self
    }

    /// Asks for the isolate's uncaught errors, race-free.
    pub fn on_error(mut self, port: SendPort<P, RemoteError>) -> Self {
        self.on_error = Some(port);
        self
    }

    /// Sets the name that people see; otherwise the name of the entry point.
    pub fn debug_name(mut self, name: impl Into<String>) -> Self {
        self.debug_name = Some(name.into());
        self
    }

    /// Makes the isolate end with the one that spawns it; otherwise it survives.
    pub fn linked(mut self, linked: bool) -> Self {
        self.linked = linked;
        self
    }

    /// Sets how large the isolate's stack is, in bytes. What needs more than it has ends the process.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// fn depth(left: u32) -> u32 {
    ///     if left == 0 { 0 } else { std::hint::black_box(1) + depth(left - 1) }
    /// }
    ///
    /// let deep = |()| assert_eq!(depth(100_000), 100_000);
    /// Isolate::builder().stack_size(256 << 20).spawn(deep, ()).await?;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Platform
    /// Native: 2 MiB otherwise, or what the environment variable `RUST_MIN_STACK` says. Web: nothing, as a worker's
    /// stack is that of the module.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Makes the isolate light: it shares a thread with other light ones, so that there can be a million.
    ///
    /// It does what any isolate does, and a blocking wait holds up no other. Code that computes for long, or waits by
    /// other means than this library's, holds up the isolates of its thread. `docs/light.md` has the rules.
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort, SendPort};
    /// # insula::main(async || {
    /// let mut sums = ReceivePort::new();
    /// let add = |(to, n): (SendPort<u32>, u32)| drop(to.send(n + 1));
    /// for n in 0..1_000 {
    ///     Isolate::builder().light().spawn(add, (sums.send_port(), n)).await?;
    /// }
    /// let mut sum = 0;
    /// for _ in 0..1_000 {
    ///     sum += sums.next().await.ok_or(insula::Error::Closed)?;
    /// }
    /// assert_eq!(sum, 500_500);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Platform
    /// Native: as said, on x86-64 and AArch64; one with a [`stack_size`](Self::stack_size) has a thread of its own.
    /// Elsewhere nothing: the isolate is as any other.
    pub fn light(mut self) -> Self {
        self.light = Some(true);
        self
    }

    /// Gives the isolate a thread of its own, whatever the platform does by itself.
    pub(crate) fn never_light(mut self) -> Self {
        self.light = Some(false);
        self
    }

    /// Starts an isolate that calls `entry(message)` as its first event.
    ///
    /// Completes when the entry is enqueued; it may have run or not.
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort, SendPort};
    /// # insula::main(async || {
    /// let mut port = ReceivePort::new();
    /// let entry = |to: SendPort<bool>| drop(to.send(insula::is_host()));
    /// Isolate::builder().debug_name("probe").spawn(entry, port.send_port()).await?;
    /// assert_eq!(port.next().await, Some(false));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `Unsupported` where memory is not shared; `Failed` where the host gives no thread.
    ///
    /// # Platform
    /// Web: always `Unsupported`; use [`spawn_uri`](Self::spawn_uri) or an `IsolateRunner`.
    pub fn spawn<M: Send + 'static>(
        self,
        entry: impl FnOnce(M) + Send + 'static,
        message: M,
    ) -> Task<P, Isolate<P>, SpawnError> {
        let name = std::any::type_name_of_val(&entry);
        self.spawn_closure(name, Box::new(move || entry(message)), Departures::none())
    }

    /// As [`spawn`](Self::spawn) with an entry point that awaits. Its future alone does not keep the
    /// isolate alive; what it waits for does.
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort, SendPort};
    /// # insula::main(async || {
    /// let mut port = ReceivePort::new();
    /// let entry = async |to: SendPort<u32>| {
    ///     insula::sleep(std::time::Duration::from_millis(1)).await;
    ///     let _ = to.send(1);
    /// };
    /// Isolate::builder().spawn_async(entry, port.send_port()).await?;
    /// assert_eq!(port.next().await, Some(1));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn).
    pub fn spawn_async<M: Send + 'static, F: Future<Output = ()> + 'static>(
        self,
        entry: impl FnOnce(M) -> F + Send + 'static,
        message: M,
    ) -> Task<P, Isolate<P>, SpawnError> {
        let name = std::any::type_name_of_val(&entry);
        self.spawn_closure(
            name,
            Box::new(move || EventLoop::<P>::current().spawn_local(entry(message))),
            Departures::none(),
        )
    }

    /// Starts an isolate that runs `code`, in which there is a packed message with these departures.
    pub(crate) fn spawn_closure(
        self,
        name: &str,
        code: Box<dyn FnOnce() + Send>,
        departures: Departures,
    ) -> Task<P, Isolate<P>, SpawnError> {
        if !P::abilities().can_spawn {
            let unsupported = Unsupported {
                operation: "Isolate::spawn",
                reason: P::SPAWN_UNSUPPORTED,
            };
            return Task::ready(Err(SpawnError::Unsupported(unsupported)));
        }
        self.start(name, Code::Closure(code), departures)
    }

    /// Starts the program at `uri`: `insula:name` for a program of this build, or a script.
    ///
    /// Completes when the program's entry is enqueued. Any strings can be its `args`; `None::<&str>` is
    /// none at all.
    ///
    /// ```
    /// use insula::{Isolate, SpawnError};
    /// # insula::main(async || {
    /// let missing = Isolate::builder().linked(true).spawn_uri("insula:nothing", ["--now"], ());
    /// assert!(matches!(missing.await, Err(SpawnError::NotFound { .. })));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `NotFound` when there is none; `Encode` when `message` can't be sent; `TimedOut`,
    /// `BuildMismatch` or `Failed` when it did not come up.
    ///
    /// # Platform
    /// Native: only programs of this build. Web: a Web Worker; with the cargo feature `js` also of a JavaScript
    /// module, whose URL is relative to the page, and to which the message goes as a JavaScript value.
    ///
    /// Source: [`Isolate.spawnUri`](https://api.dart.dev/dart-isolate/Isolate/spawnUri.html).
    pub fn spawn_uri<M: Message>(
        self,
        uri: &str,
        args: impl IntoIterator<Item: Into<String>>,
        message: M,
    ) -> Task<P, Isolate<P>, SpawnError> {
        let entry = match program::resolve(uri) {
            Ok(entry) => entry,
            Err(error) => return Task::ready(Err(error)),
        };
        let (packed, departures) = departures::collect(|| match entry {
            Some(_) => P::pack(message),
            None => P::pack_for(message, To::Script),
        });
        match packed {
            Ok(message) => self.start(
                "main",
                Code::Program {
                    uri: uri.to_owned(),
                    entry,
                    args: args.into_iter().map(Into::into).collect(),
                    message,
                },
                departures,
            ),
            Err((error, _)) => Task::ready(Err(SpawnError::Encode(error))),
        }
    }

    /// Starts an isolate; `departures` are of the message in `code`.
    pub(crate) fn start(
        self,
        name: &str,
        code: Code<P>,
        departures: Departures,
    ) -> Task<P, Isolate<P>, SpawnError> {
        let start = |launch, started| P::start(launch, code, started);
        start_carrying(self, name, departures, start)
    }
}

/// Starts an isolate by a way of the platform's own, which keeps to what [`Platform::start`] has to.
/// `name` is its debug name where no other was set.
pub fn start_with<P: Platform>(
    builder: IsolateBuilder<P>,
    name: &str,
    start: impl FnOnce(Launch<P>, Started<P>),
) -> Task<P, Isolate<P>, SpawnError> {
    start_carrying(builder, name, Departures::none(), start)
}

fn start_carrying<P: Platform>(
    builder: IsolateBuilder<P>,
    name: &str,
    departures: Departures,
    start: impl FnOnce(Launch<P>, Started<P>),
) -> Task<P, Isolate<P>, SpawnError> {
    let on_exit = match builder
        .on_exit
        .map(|port| {
            let address = port.address().clone();
            let response = P::pack_for((), To::Isolate(&address.mailbox))?;
            Ok((address, ExitMessage::Response(response)))
        })
        .transpose()
    {
        Ok(on_exit) => on_exit,
        Err((error, ())) => return Task::ready(Err(SpawnError::Encode(error))),
    };
    let is_named = builder.debug_name.is_some();
    let debug_name: Arc<str> = builder.debug_name.as_deref().unwrap_or(name).into();
    let status = EventLoop::<P>::list(debug_name.clone(), is_named);
    let mut at_exit = builder.exit_responses;
    if let Some(on_exit) = on_exit {
        at_exit.insert(0, on_exit);
    }
    let mut on_error = Vec::new();
    if let Some(port) = &builder.on_error {
        on_error.push(port.address().clone());
    }
    on_error.extend(builder.also_on_error);
    let launch = Launch {
        has_outer_listeners: false,
        debug_name: debug_name.clone(),
        is_named,
        pause_capability: builder.pause_capability,
        terminate_capability: builder.terminate_capability,
        paused: builder.paused,
        errors_fatal: builder.errors_fatal,
        linked: builder.linked,
        stack_size: builder.stack_size,
        light: builder.light,
        on_exit: at_exit,
        on_error,
        status,
    };
    let (pause, terminate) = (launch.pause_capability, launch.terminate_capability);
    let parent = builder.linked.then(EventLoop::<P>::current);
    let (completer, task) = Task::channel();
    let started = Box::new(move |outcome: Result<P::Mailbox, SpawnError>| {
        let child = outcome.map(|mailbox| Identity {
            mailbox,
            pause: Some(pause),
            terminate: Some(terminate),
            debug_name,
        });
        if let Ok(child) = &child {
            departures.went_to(&child.mailbox);
        }
        if let (Some(parent), Ok(child)) = (parent, &child) {
            parent.link(child.clone());
        }
        completer.complete(child.map(Isolate::from_identity));
    });
    start(launch, started);
    task
}
