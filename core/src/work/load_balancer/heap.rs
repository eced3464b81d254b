//! The heap of loads: who gets the next job.

use super::Shared;
use crate::{Platform, task::Load};

impl<P: Platform> Shared<P> {
    fn load_at(&self, position: usize) -> u128 {
        self.slots[self.heap[position]].load
    }

    fn put(&mut self, position: usize, slot: usize) {
        self.heap[position] = slot;
        self.slots[slot].position = position;
    }

    pub(super) fn add_to_first(&mut self, load: u64) -> usize {
        let slot = self.heap[0];
        self.slots[slot].load += u128::from(load);
        self.bubble_down(slot, 0, self.heap.len());
        slot
    }

    /// The `count` smallest, with `load` added to each.
    pub(super) fn choose(&mut self, count: usize, load: u64) -> Vec<usize> {
        let len = self.heap.len();
        if count == 1 {
            return vec![self.add_to_first(load)];
        }
        if count == len {
            // All keep their order, so the heap stays one.
            for slot in &mut self.slots {
                slot.load += u128::from(load);
            }
            return self.heap.clone();
        }
        let kept = len - count;
        for removed in 0..count {
            self.remove_first(len - removed);
        }
        let chosen: Vec<_> = self.heap[kept..].to_vec();
        for position in kept..len {
            let slot = self.heap[position];
            self.slots[slot].load += u128::from(load);
            self.bubble_up(slot, position);
        }
        chosen
    }

    /// Moves the smallest of the first `len` entries to the end of them.
    fn remove_first(&mut self, len: usize) {
        let (first, last) = (self.heap[0], self.heap[len - 1]);
        if len > 1 {
            self.bubble_down(last, 0, len - 1);
        }
        self.put(len - 1, first);
    }

    pub(super) fn release(&mut self, load: Load) {
        let Some(entry) = self
            .slots
            .get_mut(load.slot)
            .filter(|entry| entry.generation == load.generation)
        else {
            return;
        };
        let weight = u128::from(load.weight);
        debug_assert!(entry.load >= weight, "a load is released once");
        entry.load = entry.load.saturating_sub(weight);
        let position = entry.position;
        if !self.heap.is_empty() {
            self.bubble_up(load.slot, position);
        }
    }

    /// Gives a slot a new life, loaded only with the job that found it lost.
    pub(super) fn reset(&mut self, slot: usize, load: u64) {
        let entry = &mut self.slots[slot];
        entry.generation += 1;
        entry.load = load.into();
        let position = entry.position;
        self.bubble_up(slot, position);
    }

    /// Equal elements move up.
    fn bubble_up(&mut self, slot: usize, mut position: usize) {
        while position > 0 {
            let parent = (position - 1) / 2;
            if self.slots[slot].load > self.load_at(parent) {
                break;
            }
            let moved = self.heap[parent];
            self.put(position, moved);
            position = parent;
        }
        self.put(position, slot);
    }

    /// Equal elements stay; the left child goes first unless the right is smaller.
    fn bubble_down(&mut self, slot: usize, mut position: usize, len: usize) {
        loop {
            let left = 2 * position + 1;
            if left >= len {
                break;
            }
            let right = left + 1;
            let child = if right < len && self.load_at(right) < self.load_at(left) {
                right
            } else {
                left
            };
            if self.slots[slot].load <= self.load_at(child) {
                break;
            }
            let moved = self.heap[child];
            self.put(position, moved);
            position = child;
        }
        self.put(position, slot);
    }
}
