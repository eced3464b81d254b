//! Messages on their way: always encoded, so that ordinary tests find what a worker could not receive.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use insula_core::{
    DecodeError, EncodeError, Message, in_memory,
    wire::{self, Encoded},
};

use crate::Sim;

/// A message on its way.
pub struct Parcel(Arc<Mutex<Option<Encoded>>>);

impl Parcel {
    pub(crate) fn pack<M: Message>(message: M) -> Result<Self, (EncodeError, M)> {
        let encoded = in_memory::encode::<Sim, M>(message)?;
        Ok(Self(Arc::new(Mutex::new(Some(encoded)))))
    }

    pub(crate) fn unpack<M: Message>(self) -> Result<M, DecodeError> {
        let encoded = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        wire::decode(
            encoded.expect("of the two holders of a response one tells of an isolate's end"),
        )
    }

    /// The same message for a second holder, of which one unpacks it: the isolate tells of its end, or the world
    /// does when the isolate has died.
    pub(crate) fn share(&self) -> Self {
        Self(self.0.clone())
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Parcel").field(&self.0).finish()
    }
}
