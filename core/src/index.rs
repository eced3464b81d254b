//! [`Index`]: where the entries of a map are.
//!
//! A `HashMap` is compiled for each type of key, and a module for the web is what its users download. Here keys are numbers,
//! so that one table serves all.

/// Places by number, in an open table: an entry is in the first slot from that of its number on that was free.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// A power of two, or none.
    slots: Vec<Slot>,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    number: u64,
    place: usize,
}

/// In the place of a free slot.
const FREE: usize = usize::MAX;

/// How many slots there are at least.
const FEWEST: usize = 4;

impl Index {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The place of a number, the first one that `is` it: keys may share a number.
    #[inline]
    pub(crate) fn find(&self, number: u64, is: impl Fn(usize) -> bool) -> Option<usize> {
        let mut at = self.home(number)?;
        loop {
            let slot = self.slots[at];
            if slot.place == FREE {
                return None;
            }
            if slot.number == number && is(slot.place) {
                return Some(slot.place);
            }
            at = self.next(at);
        }
    }

    /// Adds a place, which is not there yet.
    pub(crate) fn add(&mut self, number: u64, place: usize) {
        // One slot in four is free at least, so that a search ends soon.
        if 4 * (self.len + 1) > 3 * self.slots.len() {
            let count = FEWEST.max(2 * self.slots.len());
            let free = Slot {
                number,
                place: FREE,
            };
            let before = std::mem::replace(&mut self.slots, vec![free; count]);
            for slot in before {
                if slot.place != FREE {
                    self.put(slot);
                }
            }
        }
        self.put(Slot { number, place });
        self.len += 1;
    }

    fn put(&mut self, slot: Slot) {
        let Some(mut at) = self.home(slot.number) else {
            return;
        };
        while self.slots[at].place != FREE {
            at = self.next(at);
        }
        self.slots[at] = slot;
    }

    /// Removes a place; nothing where it is not there.
    pub(crate) fn remove(&mut self, number: u64, place: usize) {
        let Some(mut at) = self.home(number) else {
            return;
        };
        while self.slots[at].place != place {
            if self.slots[at].place == FREE {
                return;
            }
            at = self.next(at);
        }
        self.len -= 1;
        // What comes behind moves up, so that it is found without what was here.
        let mut behind = self.next(at);
        while self.slots[behind].place != FREE {
            let home = self.home(self.slots[behind].number).unwrap_or(behind);
            // Whether it would be found at `at`.
            if self.distance(home, behind) >= self.distance(at, behind) {
                self.slots[at] = self.slots[behind];
                at = behind;
            }
            behind = self.next(behind);
        }
        self.slots[at].place = FREE;
    }

    /// How many slots there are.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    /// The slot of a number; none where there are no slots.
    #[inline]
    fn home(&self, number: u64) -> Option<usize> {
        // Of a product only the high bits depend on all bits of the number.
        let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        Some(scattered as usize & self.slots.len().checked_sub(1)?)
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// How many slots it is from one to another that comes behind it.
    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_a_map_finds() {
        let (mut index, mut map) = (Index::new(), std::collections::BTreeMap::new());
        let mut random = 1_u64;
        for place in 0..20_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = (random >> 33) % 300;
            match map.remove(&number) {
                Some(place) => index.remove(number, place),
                None => {
                    index.add(number, place);
                    map.insert(number, place);
                }
            }
            assert_eq!(index.len(), map.len());
            let other = (random >> 40) % 300;
            assert_eq!(index.find(other, |_| true), map.get(&other).copied());
        }
    }

    #[test]
    fn keys_may_share_a_number() {
        let mut index = Index::new();
        for place in 0..10 {
            index.add(7, place);
        }
        index.remove(7, 3);
        index.remove(7, 3);
        assert_eq!(index.len(), 9);
        assert_eq!(index.find(7, |place| place == 9), Some(9));
        assert_eq!(index.find(7, |place| place == 3), None);
        assert_eq!(index.find(8, |_| true), None);
    }
}
