//! [`Table`]: values by number.
//!
//! A `BTreeMap` or a `HashMap` is compiled for each type of value, and a module for the web is what its users download. Here
//! one map from numbers to places serves all types, and each adds little more than a `Vec` does.

use std::{collections::BinaryHeap, fmt};

use crate::index::Index;

/// A key that is a number.
pub trait Number: Copy {
    /// Equal for equal keys only.
    fn number(self) -> u64;
}

impl Number for u64 {
    fn number(self) -> u64 {
        self
    }
}

impl Number for usize {
    fn number(self) -> u64 {
        self as u64
    }
}

/// From this size on, the memory of a table is given back when it is empty.
const LARGE: usize = 64;

/// Values by number, found without a search.
pub struct Table<K, V> {
    places: Places,
    slots: Vec<Option<(K, V)>>,
}

/// Where the value of each number is.
#[derive(Clone)]
struct Places {
    /// The number in place 0, where that is the only one: many tables never have more.
    only: Option<u64>,
    of: Index,
    free: Vec<usize>,
}

impl Places {
    /// A place for a number that has none, and whether it is a new one behind all others.
    fn add(&mut self, number: u64) -> (usize, bool) {
        let free = self.free.pop();
        let place = free.unwrap_or(self.len());
        if place == 0 && self.of.len() == 0 {
            self.only = Some(number);
        } else {
            if let Some(only) = self.only.take() {
                self.of.add(only, 0);
            }
            self.of.add(number, place);
        }
        (place, free.is_none())
    }

    fn len(&self) -> usize {
        self.of.len() + usize::from(self.only.is_some())
    }

    fn remove(&mut self, number: u64) -> Option<usize> {
        if self.only == Some(number) {
            self.only = None;
            self.free.push(0);
            return Some(0);
        }
        let place = self.find(number)?;
        self.of.remove(number, place);
        self.free.push(place);
        Some(place)
    }

    fn find(&self, number: u64) -> Option<usize> {
        if self.only.is_some() {
            return (self.only == Some(number)).then_some(0);
        }
        self.of.find(number, |_| true)
    }
}

/// Places in the order of their numbers. A heap is less code than the standard library's sort.
pub(crate) fn in_order(places: Vec<(u64, usize)>) -> Vec<(u64, usize)> {
    BinaryHeap::from(places).into_sorted_vec()
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Table<K, V> {
    /// A table of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            places: Places {
                only: None,
                of: Index::new(),
                free: Vec::new(),
            },
            slots: Vec::new(),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slots.iter().flatten()).finish()
    }
}

impl<K: Clone, V: Clone> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self {
            places: self.places.clone(),
            slots: self.slots.clone(),
        }
    }
}

impl<K: Number, V> Table<K, V> {
    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a value, and gives back the one that it replaces.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let place = self.place(key);
        let old = self.slots[place].replace((key, value));
        old.map(|(_, value)| value)
    }

    /// The place of a key, a new one for a key that has none.
    fn place(&mut self, key: K) -> usize {
        if let Some(place) = self.places.find(key.number()) {
            return place;
        }
        let (place, is_new) = self.places.add(key.number());
        if is_new {
            if self.slots.is_empty() {
                // Many never have a second one.
                self.slots.reserve_exact(1);
            }
            self.slots.push(None);
        }
        place
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: K) -> Option<V> {
        let place = self.places.remove(key.number())?;
        let entry = self.slots[place].take();
        if self.is_empty() && self.slots.len() >= LARGE {
            *self = Self::default();
        }
        entry.map(|(_, value)| value)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: K) -> Option<&V> {
        let place = self.places.find(key.number())?;
        self.slots[place].as_ref().map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    #[must_use]
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        let place = self.places.find(key.number())?;
        self.slots[place].as_mut().map(|(_, value)| value)
    }

    /// The value of a key, made when there is none.
    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let place = self.place(key);
        let (_, value) = self.slots[place].get_or_insert_with(|| (key, V::default()));
        value
    }

    /// All keys and values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.slots
            .iter()
            .flatten()
            .map(|(key, value)| (*key, value))
    }

    /// All keys and values, in no order, the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (K, &mut V)> {
        let entries = self.slots.iter_mut().flatten();
        entries.map(|(key, value)| (*key, value))
    }

    /// Takes everything out, in the order of the numbers.
    pub fn take(&mut self) -> impl Iterator<Item = (K, V)> + use<K, V> {
        let mut slots = std::mem::take(self).slots;
        let mut places = Vec::new();
        for (place, entry) in slots.iter().enumerate() {
            if let Some((key, _)) = entry {
                places.push((key.number(), place));
            }
        }
        let places = in_order(places).into_iter();
        places.filter_map(move |(_, place)| slots[place].take())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn it_holds_what_a_map_holds() {
        let (mut table, mut map) = (Table::default(), BTreeMap::new());
        let mut number = 1_u64;
        for step in 0..20_000 {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let key = (number >> 33) % 500;
            if (number >> 60) < 8 {
                assert_eq!(table.insert(key, step), map.insert(key, step));
            } else {
                assert_eq!(table.remove(key), map.remove(&key));
            }
            assert_eq!(table.get(key), map.get(&key));
            assert_eq!(table.len(), map.len());
        }
        let mut entries: Vec<_> = table.iter().map(|(key, value)| (key, *value)).collect();
        entries.sort_unstable();
        assert_eq!(entries, Vec::from_iter(map.clone()));
        assert_eq!(Vec::from_iter(table.take()), Vec::from_iter(map));
        assert!(table.is_empty());
    }

    #[test]
    fn a_few_are_found_and_taken() {
        for (first, second) in [(7_u64, 9), (9, 7)] {
            let mut table = Table::default();
            assert_eq!(table.insert(first, 'a'), None);
            assert_eq!(table.insert(first, 'b'), Some('a'));
            assert_eq!(table.get(second), None);
            assert_eq!(table.remove(second), None);
            assert_eq!(*table.get_or_default(second), '\0');
            assert_eq!((table.len(), table.get(first)), (2, Some(&'b')));
            assert_eq!(table.remove(first), Some('b'));
            assert_eq!((table.len(), table.get(second)), (1, Some(&'\0')));
            assert_eq!(table.insert(first, 'c'), None);
            assert_eq!(table.clone().take().map(|(key, _)| key).min(), Some(7));
            assert_eq!(table.remove(second), Some('\0'));
            assert_eq!(table.remove(first), Some('c'));
            assert!(table.is_empty() && table.slots.len() == 2);
            assert_eq!(table.insert(second, 'd'), None);
            assert_eq!(Vec::from_iter(table.take()), [(second, 'd')]);
        }
    }

    #[test]
    fn an_empty_table_gives_its_memory_back() {
        let mut table = Table::default();
        for key in 0..1_000_u64 {
            table.insert(key, ());
        }
        for key in 0..1_000_u64 {
            table.remove(key);
        }
        assert_eq!((table.slots.capacity(), table.places.of.capacity()), (0, 0));
    }

    #[test]
    fn places_are_used_again() {
        let mut table = Table::default();
        for key in 0..1_000_u64 {
            table.insert(key, ());
            table.insert(key + 1, ());
            table.remove(key);
        }
        assert!(table.slots.len() <= 3, "{}", table.slots.len());
    }
}
