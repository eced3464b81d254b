//! A map that keeps the order of its insertions.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use crate::index::Index;

/// How many times as many places as entries are too many.
const MANY_GAPS: usize = 4;

/// Found by key without a search, and read in the order in which the keys came.
#[derive(Clone)]
pub(crate) struct Ordered<K, V> {
    places: Index,
    /// Those that were removed leave a gap.
    entries: Vec<Option<(K, V)>>,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self {
            places: Index::new(),
            entries: Vec::new(),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Ordered<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(
                self.entries
                    .iter()
                    .flatten()
                    .map(|(key, value)| (key, value)),
            )
            .finish()
    }
}

impl<K: Eq + Hash, V> Ordered<K, V> {
    /// Adds a value at the end, or replaces that of the same key in its place; gives back what was there.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        let number = number(&key);
        if let Some(place) = self.find(number, &key) {
            return self.entries[place].replace((key, value));
        }
        self.places.add(number, self.entries.len());
        self.entries.push(Some((key, value)));
        None
    }

    /// Removes a key and gives it back; unknown ones are ignored.
    pub(crate) fn remove(&mut self, key: &K) -> Option<(K, V)> {
        let number = number(key);
        let place = self.find(number, key)?;
        self.places.remove(number, place);
        let entry = self.entries[place].take();
        if self.entries.len() > MANY_GAPS * (1 + self.places.len()) {
            self.close_gaps();
        }
        entry
    }

    fn find(&self, number: u64, key: &K) -> Option<usize> {
        let is = |place: usize| matches!(&self.entries[place], Some((known, _)) if known == key);
        self.places.find(number, is)
    }

    fn close_gaps(&mut self) {
        self.entries.retain(Option::is_some);
        self.entries.shrink_to_fit();
        self.places = Index::new();
        for (place, (key, _)) in self.entries.iter().flatten().enumerate() {
            self.places.add(number(key), place);
        }
    }

    /// The keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().flatten().map(|(key, _)| key)
    }

    /// The values, in order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().flatten().map(|(_, value)| value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.len() == 0
    }

    /// Takes everything out, in order.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = (K, V)> + use<K, V> {
        self.places = Index::new();
        std::mem::take(&mut self.entries).into_iter().flatten()
    }
}

/// The number of a key in the index.
fn number(key: &impl Hash) -> u64 {
    let mut scatter = Scatter(0);
    key.hash(&mut scatter);
    scatter.finish()
}

/// Spreads keys that nobody outside chooses: numbers of isolates and ports, which mostly count up.
struct Scatter(u64);

impl Hasher for Scatter {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::Ordered;

    #[test]
    fn entries_keep_their_order_however_many_were_removed() {
        let mut ordered = Ordered::default();
        for key in 0..1_000_u64 {
            ordered.insert(key, key);
        }
        assert_eq!(ordered.insert(7, 70), Some((7, 7)));
        for key in (0..1_000).filter(|key| key % 10 != 7) {
            assert_eq!(ordered.remove(&key), Some((key, key)));
        }
        assert!(ordered.entries.len() < 500, "{}", ordered.entries.len());
        ordered.insert(3, 30);
        assert_eq!(ordered.remove(&17), Some((17, 17)));
        let kept: Vec<_> = ordered.keys().copied().collect();
        assert_eq!(kept[..3], [7, 27, 37]);
        assert_eq!(ordered.take().last(), Some((3, 30)));
        assert!(ordered.is_empty());
    }
}
