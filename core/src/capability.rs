//! [`Capability`]: something that can be held, compared and passed on, but not guessed.

use std::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    num::NonZeroU128,
};

use serde::{Deserialize, Serialize};

/// An unforgeable object: equal only to itself, also after a journey through other isolates.
///
/// Capabilities guard what is dangerous: a handle without the right one can't pause or kill its
/// isolate. The identity is 128 random bits from the platform's cryptographic source.
///
/// ```
/// # insula::main(async || {
/// use insula::Capability;
///
/// let key = Capability::new();
/// assert_ne!(key, Capability::new());
/// let returned = insula::compute(|key: Capability| key, key).await?;
/// assert_eq!(returned, key);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`Capability`](https://api.dart.dev/dart-isolate/Capability-class.html).
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Capability<P> {
    /// None of them is zero, so that an `Option` of one is no larger.
    bits: NonZeroU128,
    platform: PhantomData<fn() -> P>,
}

impl<P> Capability<P> {
    /// The capability whose identity is `bits`; they must come from a source that can't be guessed.
    pub(crate) const fn from_random(bits: u128) -> Self {
        let bits = match NonZeroU128::new(bits) {
            Some(bits) => bits,
            None => NonZeroU128::MAX,
        };
        Self {
            bits,
            platform: PhantomData,
        }
    }

    /// Half of its bits, by which it may be found.
    pub(crate) const fn half(self) -> u64 {
        self.bits.get() as u64
    }
}

/// The identity of a capability, for a platform that writes its own messages.
#[must_use]
pub fn capability_to_bits<P>(capability: Capability<P>) -> u128 {
    capability.bits.get()
}

/// The capability that [`capability_to_bits`] was given.
#[must_use]
pub fn capability_from_bits<P>(bits: u128) -> Capability<P> {
    Capability::from_random(bits)
}

impl<P> Clone for Capability<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Capability<P> {}

impl<P> PartialEq for Capability<P> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl<P> Eq for Capability<P> {}

impl<P> Hash for Capability<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits.hash(state);
    }
}

/// Shows eight digits: enough to tell two apart, too few to forge one.
impl<P> fmt::Debug for Capability<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capability({:08x}…)", self.bits.get() >> 96)
    }
}
