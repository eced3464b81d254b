//! Messages on their way: always encoded, so that ordinary tests find what a worker could not receive.

use insula_core::{
    DecodeError, EncodeError, Message, in_memory,
    wire::{self, Encoded},
};

use crate::Sim;

/// A message on its way.
#[derive(Debug)]
pub struct Parcel(Encoded);

impl Parcel {
    pub(crate) fn pack<M: Message>(message: M) -> Result<Self, (EncodeError, M)> {
        in_memory::encode::<Sim, M>(message).map(Self)
    }

    pub(crate) fn unpack<M: Message>(self) -> Result<M, DecodeError> {
        wire::decode(self.0)
    }
}
