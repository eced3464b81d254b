//! [`Capability`]: something that can be held, compared and passed on, but not guessed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An unforgeable object: equal only to itself, also after a journey through other isolates.
///
/// Capabilities guard what is dangerous: a handle without the right one can't pause or kill its
/// isolate. The identity is 128 random bits from the platform's cryptographic source.
///
/// ```
/// # insula::main(async || {
/// let key = insula::capability();
/// assert_ne!(key, insula::capability());
/// let returned = insula::compute(|key: insula::Capability| key, key).await?;
/// assert_eq!(returned, key);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`Capability`](https://api.dart.dev/dart-isolate/Capability-class.html).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Capability(u128);

impl Capability {
    /// The capability whose identity is `bits`; they must come from a source that can't be guessed.
    pub(crate) const fn from_random(bits: u128) -> Self {
        Self(bits)
    }
}

/// Shows eight digits: enough to tell two apart, too few to forge one.
impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capability({:08x}…)", self.0 >> 96)
    }
}
