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
    #[inline]
    pub(crate) fn pack<M: Message>(message: M) -> Result<Self, (EncodeError, M)> {
        if *ENCODE {
            Self::encode(message)
        } else {
            Ok(Self(Content::Moved(Inline::new(message))))
        }
    }

    #[cold]
    fn encode<M: Message>(message: M) -> Result<Self, (EncodeError, M)> {
        let encoded = in_memory::encode::<Native, M>(message)?;
        Ok(Self(Content::Encoded(Box::new(encoded))))
    }

    pub(crate) fn unpack<M: Message>(self) -> Result<M, DecodeError> {
        match self.0 {
            Content::Moved(message) => message
                .take()
                .map_err(|_| DecodeError::refused::<M>("the port takes messages of another type")),
            Content::Encoded(encoded) => wire::decode(*encoded),
        }
    }

    /// Whether an `M` was moved here.
    #[inline]
    pub(crate) fn is_moved<M: Message>(&self) -> bool {
        matches!(&self.0, Content::Moved(message) if message.is::<M>())
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
