//! Ports: [`SendPort`], and what it has in common with [`ReceivePort`](crate::ReceivePort), where its
//! messages arrive.
//!
//! All ports of an isolate share its one queue: messages of one sender arrive in the order in which
//! they were sent, whichever ports they are for (M1). Outside isolates a `ReceivePort` has a buffer
//! of its own, so that awaiting it works under any executor.

use std::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Message, Platform, SendError,
    event::Event,
    event_loop::EventLoop,
    platform::{Mailbox, To},
    port_table::Target,
    wire::{self, Attach},
};

/// A port's number in its isolate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PortId(pub u64);

/// An isolate and a port in it, without the type of its messages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address<P: Platform> {
    /// The isolate.
    pub mailbox: P::Mailbox,
    /// The port.
    pub port: PortId,
}

impl<P: Platform> Attach for Address<P> {
    const KIND: &'static str = "a send port";
}

impl<P: Platform> Serialize for Address<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let address = self.clone();
        wire::serialize_attachment(serializer, move || address)
    }
}

impl<'de, P: Platform> Deserialize<'de> for Address<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize_attachment(deserializer)
    }
}

/// How ports show themselves: `SendPort(#3:1 "jobs")`.
pub(crate) fn describe<P: Platform>(
    f: &mut fmt::Formatter<'_>,
    kind: &str,
    address: &Address<P>,
    name: Option<&Name>,
) -> fmt::Result {
    write!(f, "{kind}({:?}:{}", address.mailbox, address.port.0)?;
    if let Some(name) = name {
        write!(f, " {name:?}")?;
    }
    f.write_str(")")
}

/// Whether a port stays open after a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a port is open or it isn't")]
pub enum Delivery {
    /// It waits for more.
    Open,
    /// It has got what it waited for.
    Closed,
}

/// What a parcel is handed to at its destination.
pub trait Deliver<P: Platform>: Send + Sync {
    /// Takes one parcel. Runs no code of the application but wakers.
    fn deliver(&self, parcel: P::Parcel) -> Delivery;

    /// Whether parcels may be handed over while the isolate waits for another port: true for what
    /// no application code can observe.
    fn is_internal(&self) -> bool {
        false
    }
}

/// The sending side of a port.
///
/// It is a message itself: it can be sent anywhere inside any message, and leads to the same port
/// from everywhere. Two send ports are equal when they lead to the same port, also after it was
/// closed.
///
/// ```
/// use insula::{ReceivePort, SendPort};
/// # insula::main(async || {
/// let mut port = ReceivePort::new();
/// let to: SendPort<u32> = port.send_port();
/// to.clone().send(7)?;
/// assert_eq!(port.next().await, Some(7));
/// assert_eq!(to, port.send_port()); // all of them lead to the same port
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`SendPort`](https://api.dart.dev/dart-isolate/SendPort-class.html).
pub struct SendPort<P: Platform, T> {
    address: Address<P>,
    name: Option<Name>,
    message: PhantomData<fn(T)>,
}

/// What people call a port.
pub(crate) type Name = Arc<str>;

impl<P: Platform, T> SendPort<P, T> {
    pub(crate) fn from_address(address: Address<P>) -> Self {
        Self::with_name(address, None)
    }

    pub(crate) fn with_name(address: Address<P>, name: Option<Name>) -> Self {
        Self {
            address,
            name,
            message: PhantomData,
        }
    }

    pub(crate) fn address(&self) -> &Address<P> {
        &self.address
    }
}

impl<P: Platform, T> SendPort<P, T> {
    /// Sends a message; never blocks.
    ///
    /// Where memory is shared the message is moved, whatever its size; to a worker it is encoded,
    /// once. A message to a port that is closed or whose isolate is gone is dropped.
    ///
    /// ```
    /// # insula::main(async || {
    /// let mut port = insula::ReceivePort::new();
    /// let to = port.send_port();
    /// to.send("kept".to_owned())?;
    /// port.close();
    /// to.send("dropped".to_owned())?; // no error: the sender can't know
    /// assert_eq!(port.next().await.as_deref(), Some("kept"));
    /// assert_eq!(port.next().await, None);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The message could not be encoded; it comes back, and nothing in it was consumed.
    ///
    /// Source: [`SendPort.send`](https://api.dart.dev/dart-isolate/SendPort/send.html).
    pub fn send(&self, message: T) -> Result<(), SendError<T>>
    where
        T: Message,
    {
        match P::pack_for(message, To::Isolate(&self.address.mailbox)) {
            Ok(parcel) => {
                self.address.post(parcel);
                Ok(())
            }
            Err((error, message)) => Err(SendError { message, error }),
        }
    }
}

impl<P: Platform, T> Clone for SendPort<P, T> {
    fn clone(&self) -> Self {
        Self::with_name(self.address.clone(), self.name.clone())
    }
}

impl<P: Platform, T> PartialEq for SendPort<P, T> {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl<P: Platform, T> Eq for SendPort<P, T> {}

impl<P: Platform, T> Hash for SendPort<P, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address.hash(state);
    }
}

impl<P: Platform, T> fmt::Debug for SendPort<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "SendPort", &self.address, self.name.as_ref())
    }
}

impl<P: Platform, T> Serialize for SendPort<P, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.address.serialize(serializer);
        }
        (&self.address, self.name.as_deref()).serialize(serializer)
    }
}

impl<'de, P: Platform, T> Deserialize<'de> for SendPort<P, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Address::deserialize(deserializer).map(Self::from_address);
        }
        let (address, name) = <(Address<P>, Option<String>)>::deserialize(deserializer)?;
        Ok(Self::with_name(address, name.map(Name::from)))
    }
}

/// A message that does not decode is an error of the receiver, never fatal, and not in the stream.
pub(crate) fn unpack<P: Platform, T: Message>(parcel: P::Parcel) -> Option<T> {
    match P::unpack::<T>(parcel) {
        Ok(message) => Some(message),
        Err(error) => {
            EventLoop::<P>::report_here(&crate::RemoteError::from_error(&error));
            None
        }
    }
}

impl<P: Platform> EventLoop<P> {
    /// Opens a port for `target` where the caller runs.
    pub(crate) fn open(target: Arc<dyn Deliver<P>>) -> Address<P> {
        if Self::is_host()
            && let Some(mailbox) = P::direct(target.clone())
        {
            return Address {
                mailbox,
                port: PortId(0),
            };
        }
        let here = Self::current();
        let port = here.ports().open(Target::Shared(target));
        Address {
            mailbox: here.mailbox().clone(),
            port,
        }
    }

    /// As [`open`](Self::open), but the port does not keep its isolate alive.
    pub(crate) fn open_unref(target: Arc<dyn Deliver<P>>) -> Address<P> {
        let address = Self::open(target);
        if let Some(here) = Self::try_current().filter(|here| *here.mailbox() == address.mailbox) {
            here.ports().set_keeps_alive(address.port, false);
        }
        address
    }

    /// Closes a port of this isolate or of another.
    pub(crate) fn close(address: &Address<P>) {
        match Self::try_current() {
            Some(here) if *here.mailbox() == address.mailbox => here.ports().close(address.port),
            _ => address.mailbox.post(Event::Close(address.port)),
        }
    }
}
