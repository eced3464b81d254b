//! What isolates of one build tell each other, as bytes.

use insula_core::{
    Message,
    wire::{self, Encoded},
};

/// What is read by [`read`] in another isolate of this build. It holds no handle.
pub(crate) fn write<M: Message>(message: &M) -> Vec<u8> {
    let encoded = wire::encode(message);
    encoded
        .expect("these types have no handles, and each value of them encodes")
        .bytes
}

/// What [`write`] has written.
pub(crate) fn read<M: Message>(bytes: Vec<u8>) -> Option<M> {
    let attachments = Vec::new();
    wire::decode(Encoded { bytes, attachments }).ok()
}
