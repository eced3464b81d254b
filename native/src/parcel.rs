//! Messages on their way: moved, or encoded when `INSULA_ENCODE=1`.

use std::{any::Any, fmt, sync::Arc, sync::LazyLock};

use insula_core::{
    DecodeError, EncodeError, Message,
    function::FnPointer,
    wire::{self, Encoded},
};

/// Whether messages are encoded although they could be moved: it finds what a worker could not receive.
static ENCODE: LazyLock<bool> =
    LazyLock::new(|| std::env::var_os("INSULA_ENCODE").is_some_and(|value| value == "1"));

/// A message on its way.
pub struct Parcel(Content);

enum Content {
    Moved(Box<dyn Any + Send>),
    Encoded(Encoded),
}

impl Parcel {
    pub(crate) fn pack<M: Message>(message: M) -> Result<Self, (EncodeError, M)> {
        if !*ENCODE {
            return Ok(Self(Content::Moved(Box::new(message))));
        }
        match wire::encode(&message) {
            Ok(encoded) => Ok(Self(Content::Encoded(encoded))),
            Err(error) => Err((error, message)),
        }
    }

    pub(crate) fn unpack<M: Message>(self) -> Result<M, DecodeError> {
        match self.0 {
            Content::Moved(message) => match message.downcast() {
                Ok(message) => Ok(*message),
                Err(_) => Err(DecodeError::refused::<M>(
                    "the port takes messages of another type",
                )),
            },
            Content::Encoded(encoded) => wire::decode(encoded),
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
