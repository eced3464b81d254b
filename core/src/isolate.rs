//! [`Isolate`]: a handle to an isolate, and what can be asked of it.

use std::{
    convert::Infallible,
    fmt,
    hash::{Hash, Hasher},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use serde::{Deserialize, Serialize};

use crate::{
    Capability, ExitError, IsolateBuilder, Message, Platform, Priority, ReceivePort, RemoteError,
    SendError, SendPort, SpawnError, Task, Unsupported,
    control::Control,
    error::ExitResult,
    event_loop::EventLoop,
    panics,
    platform::Mailbox,
    port::{Address, PortId},
    reply::Fail,
};

/// The port number of an isolate's control port, which takes no messages.
const CONTROL: PortId = PortId(u64::MAX);

/// A handle to an isolate.
///
/// Dropping it changes nothing; it is a message itself and can be handed on. What it may do depends
/// on the capabilities it holds: without the right one a request is ignored, silently.
///
/// Source: [`Isolate`](https://api.dart.dev/dart-isolate/Isolate-class.html).
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Isolate<P: Platform> {
    control_port: SendPort<P, ()>,
    pause_capability: Option<Capability>,
    terminate_capability: Option<Capability>,
    debug_name: String,
}

// Making handles.
impl<P: Platform> Isolate<P> {
    /// Builds a handle from parts, restricted to what they allow.
    #[must_use]
    pub fn from_parts(
        control_port: SendPort<P, ()>,
        pause_capability: Option<Capability>,
        terminate_capability: Option<Capability>,
    ) -> Self {
        Self {
            control_port,
            pause_capability,
            terminate_capability,
            debug_name: String::new(),
        }
    }

    pub(crate) fn from_mailbox(
        mailbox: P::Mailbox,
        pause: Option<Capability>,
        terminate: Option<Capability>,
        debug_name: String,
    ) -> Self {
        let control_port = SendPort::from_address(Address {
            mailbox,
            port: CONTROL,
        });
        Self {
            control_port,
            pause_capability: pause,
            terminate_capability: terminate,
            debug_name,
        }
    }

    /// The running isolate, with all its capabilities; outside isolates the host.
    #[must_use]
    pub fn current() -> Self {
        EventLoop::<P>::current().handle()
    }

    /// The options of a new isolate, then its start.
    pub fn builder() -> IsolateBuilder<P> {
        IsolateBuilder::default()
    }

    /// Starts an isolate that calls `entry(message)`; see [`IsolateBuilder::spawn`].
    ///
    /// # Errors
    /// As [`IsolateBuilder::spawn`].
    pub fn spawn<M: Send + 'static>(
        entry: impl FnOnce(M) + Send + 'static,
        message: M,
    ) -> Task<P, Self, SpawnError> {
        Self::builder().spawn(entry, message)
    }

    /// Starts an isolate whose entry point awaits; see [`IsolateBuilder::spawn_async`].
    ///
    /// # Errors
    /// As [`IsolateBuilder::spawn_async`].
    pub fn spawn_async<M: Send + 'static, F: Future<Output = ()> + 'static>(
        entry: impl FnOnce(M) -> F + Send + 'static,
        message: M,
    ) -> Task<P, Self, SpawnError> {
        Self::builder().spawn_async(entry, message)
    }

    /// Starts the program at `uri`; see [`IsolateBuilder::spawn_uri`].
    ///
    /// # Errors
    /// As [`IsolateBuilder::spawn_uri`].
    pub fn spawn_uri<M: Message>(
        uri: &str,
        args: Vec<String>,
        message: M,
    ) -> Task<P, Self, SpawnError> {
        Self::builder().spawn_uri(uri, args, message)
    }
}

// What a handle is made of.
impl<P: Platform> Isolate<P> {
    /// Identifies the isolate; takes no messages.
    #[must_use]
    pub fn control_port(&self) -> &SendPort<P, ()> {
        &self.control_port
    }

    /// What `pause` and `resume` need.
    #[must_use]
    pub fn pause_capability(&self) -> Option<Capability> {
        self.pause_capability
    }

    /// What `kill` and `set_errors_fatal` need.
    #[must_use]
    pub fn terminate_capability(&self) -> Option<Capability> {
        self.terminate_capability
    }

    /// The name given at spawn; `None` for a handle made from parts, and once the isolate is gone.
    ///
    /// # Platform
    /// Web: a worker does not hear of the end of others, so there the name stays.
    #[must_use]
    pub fn debug_name(&self) -> Option<&str> {
        let known = !self.debug_name.is_empty() && !self.mailbox().is_gone();
        known.then_some(self.debug_name.as_str())
    }

    pub(crate) fn name(&self) -> &str {
        &self.debug_name
    }

    pub(crate) fn mailbox(&self) -> &P::Mailbox {
        &self.control_port.address().mailbox
    }
}

// What can be asked of an isolate.
impl<P: Platform> Isolate<P> {
    /// Asks the isolate to pause with a new resume capability; events wait until it is resumed with it.
    ///
    /// Takes effect between events. Each capability counts once.
    #[must_use = "only this capability ends the pause"]
    pub fn pause(&self) -> Capability {
        let resume = Capability::on::<P>();
        self.pause_with(resume);
        resume
    }

    /// As [`pause`](Self::pause), with a resume capability of the caller's.
    pub fn pause_with(&self, resume: Capability) {
        self.ask(Control::Pause {
            key: self.pause_capability,
            resume,
        });
    }

    /// Ends the pause that was begun with `resume`; the isolate runs when no pause is left.
    pub fn resume(&self, resume: Capability) {
        self.ask(Control::Resume {
            key: self.pause_capability,
            resume,
        });
    }

    /// Asks for `response`; the only probe of whether an isolate lives. One that is gone never answers.
    ///
    /// # Errors
    /// The response could not be encoded.
    pub fn ping<R: Message>(
        &self,
        port: &SendPort<P, R>,
        response: R,
        priority: Priority,
    ) -> Result<(), SendError<R>> {
        let response = pack::<P, R>(response)?;
        self.ask(Control::Ping {
            to: port.address().clone(),
            response,
            priority,
        });
        Ok(())
    }

    /// Ends the isolate; exit listeners are told, error listeners are not.
    ///
    /// # Platform
    /// Native: `Immediate` takes effect at the next await, blocking receive or
    /// [`checkpoint`](Self::checkpoint); a loop that never reaches one can't be stopped. Web: it is
    /// `Worker.terminate()`. On the current isolate `Immediate` does not return where panics unwind.
    pub fn kill(&self, priority: Priority) {
        self.ask(Control::Kill {
            key: self.terminate_capability,
            priority,
        });
        if P::CAN_KILL_AT_ONCE
            && priority == Priority::Immediate
            && self.terminate_capability.is_some()
        {
            self.mailbox().terminate(self.terminate_capability);
        }
    }

    /// Asks for `response` at the isolate's end. A port that asks again replaces its response.
    ///
    /// # Errors
    /// The response could not be encoded.
    pub fn add_exit_listener<R: Message>(
        &self,
        port: &SendPort<P, R>,
        response: R,
    ) -> Result<(), SendError<R>> {
        let response = pack::<P, R>(response)?;
        self.ask(Control::AddExitListener {
            to: port.address().clone(),
            response,
        });
        Ok(())
    }

    /// Takes back [`add_exit_listener`](Self::add_exit_listener).
    pub fn remove_exit_listener<R>(&self, port: &SendPort<P, R>) {
        self.ask(Control::RemoveExitListener {
            to: port.address().clone(),
        });
    }

    /// Asks for every uncaught error of the isolate. A second time makes no difference.
    pub fn add_error_listener(&self, port: &SendPort<P, RemoteError>) {
        self.ask(Control::AddErrorListener {
            to: port.address().clone(),
        });
    }

    /// Takes back [`add_error_listener`](Self::add_error_listener).
    pub fn remove_error_listener(&self, port: &SendPort<P, RemoteError>) {
        self.ask(Control::RemoveErrorListener {
            to: port.address().clone(),
        });
    }

    /// Says whether an uncaught error ends the isolate.
    pub fn set_errors_fatal(&self, fatal: bool) {
        self.ask(Control::SetErrorsFatal {
            key: self.terminate_capability,
            fatal,
        });
    }

    /// The isolate's uncaught errors, from now on; each call gives a stream of its own.
    #[must_use]
    pub fn errors(&self) -> Errors<P> {
        let port = ReceivePort::new();
        self.add_error_listener(&port.send_port());
        Errors {
            isolate: self.clone(),
            port,
        }
    }

    pub(crate) fn watch<R: Message>(
        &self,
        port: &SendPort<P, R>,
        response: R,
    ) -> Result<(), SendError<R>> {
        let response = pack::<P, R>(response)?;
        self.ask(Control::Watch {
            to: port.address().clone(),
            response,
        });
        Ok(())
    }

    fn ask(&self, control: Control<P>) {
        self.mailbox().control(control);
        // On itself it is handled before the call returns.
        if let Some(here) =
            EventLoop::<P>::try_current().filter(|here| here.mailbox() == self.mailbox())
        {
            here.checkpoint();
        }
    }
}

// What the running isolate can do to itself.
impl<P: Platform> Isolate<P> {
    /// Ends the running isolate: posts `message` to `port` as its last act, before the exit listeners
    /// are told.
    ///
    /// Destructors run, and no `catch_unwind` in between revives the isolate.
    ///
    /// # Errors
    /// The message could not be encoded, or this is the host, or panics don't unwind here; the
    /// isolate runs on.
    pub fn exit<M: Message>(port: &SendPort<P, M>, message: M) -> ExitResult<M> {
        if let Err(unsupported) = may_exit::<P>() {
            return Err(ExitError::Unsupported(unsupported, message));
        }
        port.send(message).map_err(ExitError::Send)?;
        leave::<P>()
    }

    /// As [`exit`](Self::exit), without a last message.
    ///
    /// # Errors
    /// This is the host, or panics don't unwind here; the isolate runs on.
    pub fn exit_silently() -> Result<Infallible, Unsupported> {
        may_exit::<P>()?;
        leave::<P>()
    }

    /// Handles control messages in the middle of synchronous work: a ping is answered, a kill unwinds.
    ///
    /// A long loop calls it now and then, or it can't be stopped.
    ///
    /// # Panics
    /// Unwinds, silently, when the isolate was killed.
    pub fn checkpoint() {
        if let Some(here) = EventLoop::<P>::try_current() {
            here.checkpoint();
        }
    }
}

/// Whether the running code can be left.
fn may_exit<P: Platform>() -> Result<(), Unsupported> {
    let reason = if EventLoop::<P>::is_host() {
        "code outside isolates belongs to the host, which ends with the process or page"
    } else if !P::CATCHES_PANICS {
        "a panic does not unwind in this build, so the running code can't be left; return from it instead"
    } else {
        return Ok(());
    };
    Err(Unsupported {
        operation: "Isolate::exit",
        reason,
    })
}

fn leave<P: Platform>() -> ! {
    EventLoop::<P>::current().begin_end();
    panics::unwind()
}

fn pack<P: Platform, M: Message>(message: M) -> Result<P::Parcel, SendError<M>> {
    P::pack(message).map_err(|(error, message)| SendError { message, error })
}

impl<P: Platform> Clone for Isolate<P> {
    fn clone(&self) -> Self {
        Self {
            control_port: self.control_port.clone(),
            pause_capability: self.pause_capability,
            terminate_capability: self.terminate_capability,
            debug_name: self.debug_name.clone(),
        }
    }
}

/// Two handles are equal when they lead to the same isolate with the same capabilities.
impl<P: Platform> PartialEq for Isolate<P> {
    fn eq(&self, other: &Self) -> bool {
        self.control_port == other.control_port
            && self.pause_capability == other.pause_capability
            && self.terminate_capability == other.terminate_capability
    }
}

impl<P: Platform> Eq for Isolate<P> {}

impl<P: Platform> Hash for Isolate<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.control_port.hash(state);
    }
}

impl<P: Platform> fmt::Debug for Isolate<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Isolate({:?} \"{}\")", self.mailbox(), self.debug_name)
    }
}

/// The uncaught errors of an isolate; made by [`Isolate::errors`]. It never ends by itself.
#[derive(Debug)]
pub struct Errors<P: Platform> {
    isolate: Isolate<P>,
    port: ReceivePort<P, RemoteError>,
}

impl<P: Platform> Errors<P> {
    /// What ends the stream from outside.
    pub(crate) fn closer(&self) -> Arc<dyn Fail> {
        self.port.closer()
    }

    /// The next error. Waits for ever when the isolate makes none.
    pub async fn next(&mut self) -> Option<RemoteError> {
        self.port.next().await
    }
}

impl<P: Platform> Stream for Errors<P> {
    type Item = RemoteError;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<RemoteError>> {
        Pin::new(&mut self.port).poll_next(context)
    }
}

// Nothing in it is pinned.
impl<P: Platform> Unpin for Errors<P> {}

impl<P: Platform> Drop for Errors<P> {
    fn drop(&mut self) {
        self.isolate.remove_error_listener(&self.port.send_port());
    }
}
