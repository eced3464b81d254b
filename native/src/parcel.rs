//! Messages on their way: moved, or encoded when `INSULA_ENCODE=1`.

use std::{fmt, sync::LazyLock};

use insula_core::{
    DecodeError, EncodeError, Message, in_memory,
    wire::{self, Encoded},
};

use crate::{Native, inline::Inline};

/// Whether messages are encoded although they could be moved: it finds what a worker could not receive.
static ENCODE: LazyLock<bool> =
    LazyLock::new(|| std::env::var_os("INSULA_ENCODE").is_some_and(|value| value == "1"));

/// A message on its way.
pub struct Parcel(Content);

enum Content {
    Moved(Inline),
    Encoded(Box<Encoded>),
}

impl Parcel {
    pub(crate) fn pack<M: Message>(message: M) -> Result<Self, (EncodeError, M)> {
        if !*ENCODE {
            return Ok(Self(Content::Moved(Inline::new(message))));
        }
        let encoded = in_memory::encode::<Native, M>(message)?;
        Ok(Self(Content::Encoded(Box::new(encoded))))
    }

    pub(crate) fn unpack<M: Message>(self) -> Result<M, DecodeError> {
        match self.0 {
            Content::Moved(message) => message.take().ok_or_else(|| {
                DecodeError::refused::<M>("the port takes messages of another type")
            }),
            Content::Encoded(encoded) => wire::decode(*encoded),
        }
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Moved(_) => f.write_str("Parcel(moved)"),
            Content::Encoded(encoded) => f.debug_tuple("Parcel").field(encoded).finish(),
        }
    }
}
