//! [`TransferableTypedData`]: bytes that change their owner instead of being copied.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    AlreadyMaterialized, Platform,
    contract::{BufferOf, Carrier},
    sync::Mutex,
    wire::{self, Attach},
};

/// The place of a buffer, which handles share; empty when it was materialized or transferred.
pub struct Shared<P: Platform>(Arc<Mutex<Option<BufferOf<P>>>>);

impl<P: Platform> Shared<P> {
    /// A place of `buffer`, or an empty one.
    pub fn new(buffer: Option<BufferOf<P>>) -> Self {
        Self(Arc::new(Mutex::new(buffer)))
    }

    /// Takes the buffer out, if it is there.
    pub fn take(&self) -> Option<BufferOf<P>> {
        self.0.lock().take()
    }

    /// Whether both are one place.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<P: Platform> Clone for Shared<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: Platform> fmt::Debug for Shared<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

/// Bytes that are sent in constant time and materialized once.
///
/// Clones share the bytes: the first [`materialize`](Self::materialize) wins, in whichever isolate.
///
/// ```
/// use insula::{Isolate, TransferableTypedData};
/// # insula::main(async || {
/// let data = TransferableTypedData::from_slices(&[b"one, ".as_slice(), b"two"]);
/// let again = data.clone();
/// let len = Isolate::run(move || data.materialize().map(|bytes| bytes.len())).await?;
/// assert_eq!(len, Ok(8));
/// assert!(again.materialize().is_err(), "the bytes are somewhere else");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Web: the bytes live outside wasm memory until they are materialized, so a page can pass on what
/// it has fetched without holding it itself.
///
/// Source: [`TransferableTypedData`](https://api.dart.dev/dart-isolate/TransferableTypedData-class.html).
pub struct TransferableTypedData<P: Platform> {
    shared: Shared<P>,
}

impl<P: Platform> TransferableTypedData<P> {
    /// Concatenates n slices of lᵢ bytes into one buffer of Σlᵢ bytes; the slices stay usable.
    ///
    /// Source: [`TransferableTypedData.fromList`](https://api.dart.dev/dart-isolate/TransferableTypedData/TransferableTypedData.fromList.html).
    #[must_use]
    pub fn from_slices(slices: &[&[u8]]) -> Self {
        Self::from_buffer(P::Carrier::buffer_from_slices(slices))
    }

    /// Wraps a platform's own buffer.
    ///
    /// ```
    /// // Natively a buffer is a `Vec<u8>`.
    /// let data = insula::TransferableTypedData::from_buffer(vec![0; 1 << 20]);
    /// assert_eq!(data.into_buffer().unwrap().len(), 1 << 20);
    /// ```
    pub fn from_buffer(buffer: BufferOf<P>) -> Self {
        Self {
            shared: Shared::new(Some(buffer)),
        }
    }

    /// Takes the platform's own buffer out, once.
    ///
    /// # Errors
    /// It was taken or transferred before.
    pub fn into_buffer(self) -> Result<BufferOf<P>, AlreadyMaterialized> {
        self.shared.take().ok_or(AlreadyMaterialized)
    }

    /// Takes the bytes out, once. Natively in constant time; in a worker they are copied into its
    /// memory.
    ///
    /// # Errors
    /// They were taken or transferred before.
    ///
    /// Source: [`TransferableTypedData.materialize`](https://api.dart.dev/dart-isolate/TransferableTypedData/materialize.html).
    pub fn materialize(self) -> Result<Vec<u8>, AlreadyMaterialized> {
        self.into_buffer().map(P::Carrier::buffer_to_vec)
    }
}

impl<P: Platform> Clone for TransferableTypedData<P> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<P: Platform> fmt::Debug for TransferableTypedData<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransferableTypedData")
    }
}

/// Data on its way beside the bytes of a message.
#[derive(Debug)]
pub struct Transfer<P: Platform>(pub Shared<P>);

impl<P: Platform> Attach for Transfer<P> {
    const KIND: &'static str = "transferable data";

    fn stand_in() -> Option<Self> {
        Some(Self(Shared::new(None)))
    }
}

impl<P: Platform> Serialize for TransferableTypedData<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shared = self.shared.clone();
        wire::serialize_attachment(serializer, move || Transfer::<P>(shared))
    }
}

impl<'de, P: Platform> Deserialize<'de> for TransferableTypedData<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Transfer(shared) = wire::deserialize_attachment::<Transfer<P>, D>(deserializer)?;
        Ok(Self { shared })
    }
}
