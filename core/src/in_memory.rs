//! What platforms have in common whose isolates share one memory.

use std::{any::Any, fmt, sync::Arc};

use crate::{
    EncodeError, Message, Platform,
    contract::Carrier,
    fn_pointer::FnPointer,
    transferable::{Shared, Transfer},
    wire::{self, Encoded},
};

/// Encodes a message although it could be moved, so that ordinary tests find what a worker could not
/// receive.
///
/// # Errors
/// What can't be encoded, with the message.
pub fn encode<P: Platform, M: Message>(message: M) -> Result<Encoded, (EncodeError, M)> {
    match wire::encode(&message) {
        Ok(mut encoded) => {
            detach::<P>(&mut encoded);
            Ok(encoded)
        }
        Err(error) => Err((error, message)),
    }
}

/// Takes transferable bytes away from the sender's clones. Two handles of one buffer still share it.
fn detach<P: Platform>(encoded: &mut Encoded) {
    let mut taken: Vec<[Shared<P>; 2]> = Vec::new();
    for attachment in &mut encoded.attachments {
        let Some(Transfer(shared)) = attachment.downcast_mut::<Transfer<P>>() else {
            continue;
        };
        let known = taken.iter().find(|[before, _]| before.is_same(shared));
        let sent = known.map(|[_, sent]| sent.clone()).unwrap_or_else(|| {
            let sent = Shared::new(shared.take());
            taken.push([shared.clone(), sent.clone()]);
            sent
        });
        *shared = sent;
    }
}

/// How functions and bytes travel where memory is shared: as they are.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "it has no values")]
pub enum InMemory {}

impl Carrier for InMemory {
    type Function = ShippedFunction;
    type Buffer = Vec<u8>;

    fn ship<F: FnPointer>(function: F) -> ShippedFunction {
        ShippedFunction(Arc::new(function))
    }

    fn resolve<F: FnPointer>(function: &ShippedFunction) -> Option<F> {
        function.0.downcast_ref().copied()
    }

    fn buffer_from_slices(slices: &[&[u8]]) -> Vec<u8> {
        slices.concat()
    }

    fn buffer_to_vec(buffer: Vec<u8>) -> Vec<u8> {
        buffer
    }
}

/// A function on its way: the pointer itself, with its type.
#[derive(Clone)]
pub struct ShippedFunction(Arc<dyn Any + Send + Sync>);

impl fmt::Debug for ShippedFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShippedFunction")
    }
}
