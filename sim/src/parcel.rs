//! Messages on their way: always encoded, so that ordinary tests find what a worker could not receive.

use std::{
    any::Any,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use insula_core::{
    DecodeError, EncodeError, Message,
    function::FnPointer,
    transferable::{Shared, Transfer},
    wire::{self, Encoded},
};

use crate::{Kind, Simulated};

/// A message on its way.
#[derive(Debug)]
pub struct Parcel(Encoded);

impl Parcel {
    pub(crate) fn pack<K: Kind, M: Message>(message: M) -> Result<Self, (EncodeError, M)> {
        match wire::encode(&message) {
            Ok(mut encoded) => {
                detach::<K>(&mut encoded);
                Ok(Self(encoded))
            }
            Err(error) => Err((error, message)),
        }
    }

    pub(crate) fn unpack<M: Message>(self) -> Result<M, DecodeError> {
        wire::decode(self.0)
    }
}

/// Takes transferable bytes away from the sender's clones. Two handles of one buffer still share it.
fn detach<K: Kind>(encoded: &mut Encoded) {
    let mut taken: Vec<[Shared<Simulated<K>>; 2]> = Vec::new();
    for attachment in &mut encoded.attachments {
        let Some(Transfer(shared)) = attachment.downcast_mut::<Transfer<Simulated<K>>>() else {
            continue;
        };
        let known = taken.iter().find(|[before, _]| Arc::ptr_eq(before, shared));
        let sent = known.map(|[_, sent]| sent.clone()).unwrap_or_else(|| {
            let buffer = shared.lock().unwrap_or_else(PoisonError::into_inner).take();
            let sent = Arc::new(Mutex::new(buffer));
            taken.push([shared.clone(), sent.clone()]);
            sent
        });
        *shared = sent;
    }
}

/// A function on its way: the pointer itself, with its type.
#[derive(Clone)]
pub struct ShippedFunction(Arc<dyn Any + Send + Sync>);

impl ShippedFunction {
    pub(crate) fn new<F: FnPointer>(function: F) -> Self {
        Self(Arc::new(function))
    }

    pub(crate) fn get<F: FnPointer>(&self) -> Option<F> {
        self.0.downcast_ref().copied()
    }
}

impl fmt::Debug for ShippedFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShippedFunction")
    }
}
