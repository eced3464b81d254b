//! [`Isolate`]: a handle to an isolate, and what can be asked of it.

mod builder;
mod current;
mod errors;
mod requests;

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Capability, Message, Platform, SendPort, SpawnError, Task,
    contract::{Address, Identity, Mailbox, PortId},
};

pub use builder::{IsolateBuilder, start_with};
pub use errors::Errors;

/// The port number of an isolate's control port, which takes no messages.
const CONTROL: PortId = PortId(u64::MAX);

/// A handle to an isolate.
///
/// Dropping it changes nothing; it is a message itself and can be handed on. What it may do depends
/// on the capabilities it holds: without the right one a request is ignored, silently.
///
/// ```
/// use insula::{Isolate, Priority, ReceivePort, SendPort};
/// # insula::main(async || {
/// async fn clock(to: SendPort<u32>) {
///     for second in 1.. {
///         insula::sleep(std::time::Duration::from_millis(1)).await;
///         let _ = to.send(second);
///     }
/// }
///
/// let (mut ticks, mut ended) = (ReceivePort::new(), ReceivePort::new());
/// let isolate = Isolate::spawn_async(clock, ticks.send_port()).await?;
/// isolate.add_exit_listener(&ended.send_port(), ())?;
/// assert_eq!(ticks.next().await, Some(1));
/// isolate.kill(Priority::Immediate);
/// ended.next().await;
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`Isolate`](https://api.dart.dev/dart-isolate/Isolate-class.html).
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Isolate<P: Platform> {
    control_port: SendPort<P, ()>,
    pause_capability: Option<Capability<P>>,
    terminate_capability: Option<Capability<P>>,
    #[serde(serialize_with = "write_name", deserialize_with = "read_name")]
    debug_name: Arc<str>,
}

fn write_name<S: Serializer>(name: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name)
}

fn read_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    String::deserialize(deserializer).map(Into::into)
}

// Making handles.
impl<P: Platform> Isolate<P> {
    /// Builds a handle from parts, restricted to what they allow.
    ///
    /// ```
    /// use insula::{Isolate, Priority, ReceivePort};
    /// # insula::main(async || {
    /// let isolate = Isolate::spawn(|()| ReceivePort::<()>::new().detach(), ()).await?;
    /// let harmless = Isolate::from_parts(isolate.control_port().clone(), None, None);
    /// assert_eq!(harmless.terminate_capability(), None);
    /// harmless.kill(Priority::Immediate); // ignored, silently
    ///
    /// let mut pong = ReceivePort::new();
    /// harmless.ping(&pong.send_port(), (), Priority::BeforeNextEvent)?;
    /// assert_eq!(pong.next().await, Some(()));
    /// isolate.kill(Priority::Immediate);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`Isolate`](https://api.dart.dev/dart-isolate/Isolate/Isolate.html).
    #[must_use]
    pub fn from_parts(
        control_port: SendPort<P, ()>,
        pause_capability: Option<Capability<P>>,
        terminate_capability: Option<Capability<P>>,
    ) -> Self {
        Self {
            control_port,
            pause_capability,
            terminate_capability,
            debug_name: Arc::default(),
        }
    }

    pub(crate) fn from_identity(identity: Identity<P>) -> Self {
        let Identity {
            mailbox,
            pause,
            terminate,
            debug_name,
        } = identity;
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

    /// The options of a new isolate, then its start.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// let isolate = Isolate::builder().debug_name("idle").paused(true).spawn(|()| {}, ()).await?;
    /// assert_eq!(isolate.debug_name(), Some("idle"));
    /// # isolate.kill(insula::Priority::Immediate);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn builder() -> IsolateBuilder<P> {
        IsolateBuilder::default()
    }

    /// Starts an isolate that calls `entry(message)`; see [`IsolateBuilder::spawn`].
    ///
    /// ```
    /// use insula::{Isolate, ReceivePort};
    /// # insula::main(async || {
    /// let mut port = ReceivePort::new();
    /// let (to, factor) = (port.send_port(), 3);
    /// let multiply = move |n: u32| drop(to.send(n * factor)); // takes what it captures along
    /// Isolate::spawn(multiply, 14).await?;
    /// assert_eq!(port.next().await, Some(42));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
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
    /// ```
    /// use insula::{Isolate, ReceivePort, SendPort};
    /// # insula::main(async || {
    /// async fn add(reply: SendPort<SendPort<u32>>) {
    ///     let mut numbers = ReceivePort::new();
    ///     let _ = reply.send(numbers.send_port());
    ///     while let Some(n) = numbers.next().await {
    ///         assert_eq!(n, 5); // it lives as long as its port is open
    ///     }
    /// }
    ///
    /// let mut port = ReceivePort::new();
    /// let isolate = Isolate::spawn_async(add, port.send_port()).await?;
    /// port.next().await.ok_or(insula::Error::Closed)?.send(5)?;
    /// # isolate.kill(insula::Priority::Immediate);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
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
    /// ```
    /// use insula::{Isolate, ReceivePort, SendPort, Start};
    /// # insula::main(async || {
    /// async fn shout(Start { args, message: reply }: Start<SendPort<String>>) {
    ///     let _ = reply.send(args.concat().to_uppercase());
    /// }
    ///
    /// insula::register_program("shout", shout); // before `main`, where workers pass too
    /// let mut port = ReceivePort::<String>::new();
    /// Isolate::spawn_uri("insula:shout", ["land!"], port.send_port()).await?;
    /// assert_eq!(port.next().await.as_deref(), Some("LAND!"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`IsolateBuilder::spawn_uri`].
    ///
    /// Source: [`Isolate.spawnUri`](https://api.dart.dev/dart-isolate/Isolate/spawnUri.html).
    pub fn spawn_uri<M: Message>(
        uri: &str,
        args: impl IntoIterator<Item: Into<String>>,
        message: M,
    ) -> Task<P, Self, SpawnError> {
        Self::builder().spawn_uri(uri, args, message)
    }
}

// What a handle is made of.
impl<P: Platform> Isolate<P> {
    /// Identifies the isolate; takes no messages.
    ///
    /// Source: [`Isolate.controlPort`](https://api.dart.dev/dart-isolate/Isolate/controlPort.html).
    #[must_use]
    pub fn control_port(&self) -> &SendPort<P, ()> {
        &self.control_port
    }

    /// What `pause` and `resume` need.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// let host = Isolate::current();
    /// let copy = Isolate::from_parts(
    ///     host.control_port().clone(),
    ///     host.pause_capability(),
    ///     host.terminate_capability(),
    /// );
    /// assert_eq!(copy, host);
    /// assert_eq!((host.debug_name(), copy.debug_name()), (Some("main"), None));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// Source: [`Isolate.pauseCapability`](https://api.dart.dev/dart-isolate/Isolate/pauseCapability.html).
    #[must_use]
    pub fn pause_capability(&self) -> Option<Capability<P>> {
        self.pause_capability
    }

    /// What `kill` and `set_errors_fatal` need.
    ///
    /// Source: [`Isolate.terminateCapability`](https://api.dart.dev/dart-isolate/Isolate/terminateCapability.html).
    #[must_use]
    pub fn terminate_capability(&self) -> Option<Capability<P>> {
        self.terminate_capability
    }

    /// The name given at spawn; `None` for a handle made from parts, and once the isolate is gone.
    ///
    /// # Platform
    /// Web: a worker does not hear of the end of others, so there the name stays.
    ///
    /// Source: [`Isolate.debugName`](https://api.dart.dev/dart-isolate/Isolate/debugName.html).
    #[must_use]
    pub fn debug_name(&self) -> Option<&str> {
        let known = !self.debug_name.is_empty() && !self.mailbox().is_gone();
        known.then_some(&*self.debug_name)
    }

    pub(crate) fn identity(&self) -> Identity<P> {
        Identity {
            mailbox: self.mailbox().clone(),
            pause: self.pause_capability,
            terminate: self.terminate_capability,
            debug_name: self.debug_name.clone(),
        }
    }

    pub(crate) fn mailbox(&self) -> &P::Mailbox {
        &self.control_port.address().mailbox
    }
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
