//! A map that keeps the order of its insertions.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    hash::Hash,
};

/// Found by key without a search, and read in the order in which the keys came.
#[derive(Clone)]
pub(crate) struct Ordered<K, V> {
    places: HashMap<K, u64>,
    entries: BTreeMap<u64, (K, V)>,
    next: u64,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            entries: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Ordered<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.entries.values().map(|(key, value)| (key, value)))
            .finish()
    }
}

impl<K: Clone + Eq + Hash, V> Ordered<K, V> {
    /// Adds a value at the end, or replaces that of the same key in its place.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if let Some(place) = self.places.get(&key) {
            self.entries.insert(*place, (key, value));
            return;
        }
        self.places.insert(key.clone(), self.next);
        self.entries.insert(self.next, (key, value));
        self.next += 1;
    }

    /// Removes a key; unknown ones are ignored.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.places.remove(key)?;
        self.entries.remove(&place).map(|(_, value)| value)
    }

    /// The keys, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.values().map(|(key, _)| key)
    }

    /// The values, in order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.values().map(|(_, value)| value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes everything out, in order.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = (K, V)> + use<K, V> {
        self.places.clear();
        std::mem::take(&mut self.entries).into_values()
    }
}
