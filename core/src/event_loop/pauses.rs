//! The reasons for which an isolate is paused.

use crate::{Capability, table::Table};

/// A set of capabilities, by the half of their bits that finds one. Others may share it.
pub(super) struct Pauses<P>(Table<u64, Vec<Capability<P>>>);

impl<P> Default for Pauses<P> {
    fn default() -> Self {
        Self(Table::default())
    }
}

impl<P> Pauses<P> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|(_, reasons)| reasons.len()).sum()
    }

    pub(super) fn add(&mut self, reason: Capability<P>) {
        let reasons = self.0.get_or_default(reason.half());
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }

    pub(super) fn remove(&mut self, reason: Capability<P>) {
        if let Some(reasons) = self.0.get_mut(reason.half()) {
            reasons.retain(|known| *known != reason);
            if reasons.is_empty() {
                self.0.remove(reason.half());
            }
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
        pauses.remove(one);
        assert_eq!(pauses.len(), 1);
        pauses.remove(one);
        pauses.remove(other);
        assert!(pauses.is_empty());
    }
}
