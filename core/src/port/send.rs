//! [`SendPort`]: the sending side of a port.

use std::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Message, Platform, SendError,
    contract::{Address, To},
    departures,
    port::lease::Route,
};

/// What people call a port.
pub(crate) type Name = Arc<str>;

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
    route: Route<P>,
    name: Option<Name>,
    message: PhantomData<fn(T)>,
}

impl<P: Platform, T> SendPort<P, T> {
    pub(crate) fn from_address(address: Address<P>) -> Self {
        Self::with_name(address, None)
    }

    pub(crate) fn with_name(address: Address<P>, name: Option<Name>) -> Self {
        let lease = None;
        Self::along(Route { address, lease }, name)
    }

    pub(super) fn along(route: Route<P>, name: Option<Name>) -> Self {
        Self {
            route,
            name,
            message: PhantomData,
        }
    }

    pub(crate) fn address(&self) -> &Address<P> {
        &self.route.address
    }
}

impl<P: Platform, T> SendPort<P, T> {
    /// Sends a message; never blocks, however many wait at the port: its queue has no limit.
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
        let mailbox = &self.address().mailbox;
        let (packed, departures) =
            departures::collect(|| P::pack_for(message, To::Isolate(mailbox)));
        match packed {
            Ok(parcel) => {
                self.address().post(parcel);
                departures.went_to(mailbox);
                Ok(())
            }
            Err((error, message)) => Err(SendError { message, error }),
        }
    }
}

impl<P: Platform, T> Clone for SendPort<P, T> {
    fn clone(&self) -> Self {
        Self::along(self.route.clone(), self.name.clone())
    }
}

impl<P: Platform, T> PartialEq for SendPort<P, T> {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl<P: Platform, T> Eq for SendPort<P, T> {}

impl<P: Platform, T> Hash for SendPort<P, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl<P: Platform, T> fmt::Debug for SendPort<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "SendPort", self.address(), self.name.as_ref())
    }
}

impl<P: Platform, T> Serialize for SendPort<P, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.route.serialize(serializer);
        }
        (&self.route, self.name.as_deref()).serialize(serializer)
    }
}

impl<'de, P: Platform, T> Deserialize<'de> for SendPort<P, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Ok(Self::along(Route::deserialize(deserializer)?, None));
        }
        let (route, name) = <(Route<P>, Option<String>)>::deserialize(deserializer)?;
        Ok(Self::along(route, name.map(Name::from)))
    }
}
