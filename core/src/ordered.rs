//! A map that keeps the order of its insertions.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hash},
};

use crate::table::Scatter;

/// How many times as many places as entries are too many.
const MANY_GAPS: usize = 4;

/// Found by key without a search, and read in the order in which the keys came.
#[derive(Clone)]
pub(crate) struct Ordered<K, V> {
    places: HashMap<K, usize, BuildHasherDefault<Scatter>>,
    /// Those that were removed leave a gap.
    entries: Vec<Option<(K, V)>>,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self {
            places: HashMap::default(),
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

impl<K: Clone + Eq + Hash, V> Ordered<K, V> {
    /// Adds a value at the end, or replaces that of the same key in its place; gives back what was there.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        if let Some(place) = self.places.get(&key) {
            return self.entries[*place].replace((key, value));
        }
        self.places.insert(key.clone(), self.entries.len());
        self.entries.push(Some((key, value)));
        None
    }

    /// Removes a key and gives it back; unknown ones are ignored.
    pub(crate) fn remove(&mut self, key: &K) -> Option<(K, V)> {
        let place = self.places.remove(key)?;
        let entry = self.entries[place].take();
        if self.entries.len() > MANY_GAPS * (1 + self.places.len()) {
            self.close_gaps();
        }
        entry
    }

    fn close_gaps(&mut self) {
        self.entries.retain(Option::is_some);
        self.entries.shrink_to_fit();
        for (place, (key, _)) in self.entries.iter().flatten().enumerate() {
            if let Some(known) = self.places.get_mut(key) {
                *known = place;
            }
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
        self.places.is_empty()
    }

    /// Takes everything out, in order.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = (K, V)> + use<K, V> {
        self.places.clear();
        std::mem::take(&mut self.entries).into_iter().flatten()
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
