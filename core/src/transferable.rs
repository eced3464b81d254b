//! [`TransferableTypedData`]: bytes that change their owner instead of being copied.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    AlreadyMaterialized, Platform,
    contract::{BufferOf, Carrier},
    wire::{self, Attach},
};

/// The place of a buffer; empty when it was materialized or transferred.
pub type Shared<P> = Arc<Mutex<Option<BufferOf<P>>>>;

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
            shared: Arc::new(Mutex::new(Some(buffer))),
        }
    }

    /// Takes the platform's own buffer out, once.
    ///
    /// # Errors
    /// It was taken or transferred before.
    pub fn into_buffer(self) -> Result<BufferOf<P>, AlreadyMaterialized> {
        take::<P>(&self.shared).ok_or(AlreadyMaterialized)
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

fn take<P: Platform>(shared: &Shared<P>) -> Option<BufferOf<P>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner).take()
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
