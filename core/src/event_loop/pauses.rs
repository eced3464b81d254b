//! The reasons for which an isolate is paused.

use crate::{Capability, table::Table};

/// A set of capabilities, by the half of their bits that finds one. Others may share it.
pub(super) struct Pauses<P> {
    reasons: Table<u64, Vec<Capability<P>>>,
    /// How many there are; counting them takes long where they are many.
    len: usize,
}

impl<P> Default for Pauses<P> {
    fn default() -> Self {
        Self {
            reasons: Table::new(),
            len: 0,
        }
    }
}

impl<P> Pauses<P> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn add(&mut self, reason: Capability<P>) {
        let reasons = self.reasons.get_or_default(reason.half());
        if !reasons.contains(&reason) {
            reasons.push(reason);
            self.len += 1;
        }
    }

    pub(super) fn remove(&mut self, reason: Capability<P>) {
        let Some(reasons) = self.reasons.get_mut(reason.half()) else {
            return;
        };
        if let Some(place) = reasons.iter().position(|known| *known == reason) {
            reasons.swap_remove(place);
            self.len -= 1;
        }
        if reasons.is_empty() {
            self.reasons.remove(reason.half());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_that_share_half_of_their_bits_are_two() {
        let (one, other) = (1 << 64 | 7, 2 << 64 | 7);
        let [one, other] = [one, other].map(Capability::<()>::from_random);
        let mut pauses = Pauses::default();
        pauses.add(one);
        pauses.add(one);
        pauses.add(other);
        assert_eq!(pauses.len(), 2);
        pauses.remove(one);
        assert_eq!(pauses.len(), 1);
        pauses.remove(one);
        pauses.remove(other);
        assert!(pauses.is_empty());
    }
}
