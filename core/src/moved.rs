//! [`Moved`]: a value that is handed over as it is.

use std::{any::Any, fmt, marker::PhantomData, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Platform,
    sync::Mutex,
    wire::{self, Attach},
};

/// A value that is handed over as it is: a socket, an `Arc`, anything that is `Send`.
///
/// ```
/// use insula::{Moved, ReceivePort};
/// use std::sync::Arc;
/// # insula::main(async || {
/// let shared = Arc::new(5); // has no serde form that keeps it shared
/// let mut port = ReceivePort::new();
/// port.send_port().send(Moved::new(shared.clone()))?;
/// let moved = port.next().await.ok_or(insula::Error::Closed)?;
/// assert!(Arc::ptr_eq(&moved.into_inner(), &shared));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Only where memory is shared; elsewhere sending it is an error that gives it back.
pub struct Moved<P, T> {
    cell: Arc<Mutex<Option<T>>>,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform, T: Send + 'static> Moved<P, T> {
    /// Makes a value ready to be sent.
    pub fn new(value: T) -> Self {
        Self {
            cell: Arc::new(Mutex::new(Some(value))),
            platform: PhantomData,
        }
    }

    /// Takes the value out.
    ///
    /// # Panics
    /// Never: the value is in the one handle that was not sent.
    #[must_use]
    pub fn into_inner(self) -> T {
        let value = self.cell.lock().take();
        value.expect("a moved value leaves its handle only when that is sent or consumed")
    }
}

impl<P, T> fmt::Debug for Moved<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moved<{}>", std::any::type_name::<T>())
    }
}

impl<P: Platform, T: Send + 'static> Serialize for Moved<P, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !P::abilities().can_spawn {
            return Err(serde::ser::Error::custom(
                "a moved value needs memory that both isolates share",
            ));
        }
        let cell = self.cell.clone();
        wire::serialize_attachment(serializer, move || {
            let value = cell.lock().take();
            MovedValue(Box::new(value))
        })
    }
}

impl<'de, P: Platform, T: Send + 'static> Deserialize<'de> for Moved<P, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stand_in = || {
            Some(Self {
                cell: Arc::default(),
                platform: PhantomData,
            })
        };
        wire::deserialize_handle(deserializer, stand_in, |MovedValue(value)| {
            let value = value.downcast::<Option<T>>().ok().and_then(|value| *value);
            value.map(Self::new).ok_or("a moved value of another type")
        })
    }
}

/// A value on its way beside the bytes of a message.
struct MovedValue(Box<dyn Any + Send>);

impl Attach for MovedValue {
    const KIND: &'static str = "a moved value";
}
