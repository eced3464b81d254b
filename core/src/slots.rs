//! Values in slots that are used again.

use crate::table::in_order;

/// A value's place, until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    slot: usize,
    /// Tells the value from later ones in its slot.
    number: u64,
}

/// Adds and removes without a search, and knows in which order the values came.
pub(crate) struct Slots<T> {
    slots: Vec<Option<(u64, T)>>,
    free: Vec<usize>,
    next: u64,
}

/// How many empty slots are kept.
const KEPT: usize = 64;

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            next: 0,
        }
    }
}

impl<T> Slots<T> {
    pub(crate) fn add(&mut self, value: T) -> Ticket {
        let number = self.next;
        self.next += 1;
        let entry = Some((number, value));
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = entry;
                slot
            }
            None => {
                self.slots.push(entry);
                self.slots.len() - 1
            }
        };
        Ticket { slot, number }
    }

    /// Removes a value; nothing when it was removed before.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<T> {
        let entry = self.slots.get_mut(ticket.slot)?;
        let (_, value) = entry.take_if(|(number, _)| *number == ticket.number)?;
        self.free.push(ticket.slot);
        if self.free.len() == self.slots.len() && self.slots.len() > KEPT {
            // A burst is over, and gives its memory back.
            self.slots = Vec::new();
            self.free = Vec::new();
        }
        Some(value)
    }

    /// Takes everything out, in the order in which it came.
    pub(crate) fn take(&mut self) -> Vec<T> {
        let mut slots = std::mem::take(&mut self.slots);
        self.free = Vec::new();
        let mut numbers = Vec::new();
        for (slot, entry) in slots.iter().enumerate() {
            if let Some((number, _)) = entry {
                numbers.push((*number, slot));
            }
        }
        let order = in_order(numbers).into_iter();
        order
            .filter_map(|(_, slot)| slots[slot].take())
            .map(|(_, value)| value)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Slots};

    #[test]
    fn a_slot_is_used_again_and_an_old_ticket_is_not() {
        let mut slots = Slots::default();
        let first = slots.add("first");
        let second = slots.add("second");
        assert_eq!(slots.remove(first), Some("first"));
        let third = slots.add("third");
        assert_eq!(slots.slots.len(), 2);
        assert_eq!(slots.remove(first), None, "the third is in its slot");
        assert_eq!(slots.remove(second), Some("second"));
        assert_eq!(slots.remove(third), Some("third"));
    }

    #[test]
    fn values_are_taken_in_the_order_in_which_they_came() {
        let mut slots = Slots::default();
        let first = slots.add(1);
        slots.add(2);
        slots.remove(first);
        slots.add(3);
        assert_eq!(slots.take(), [2, 3]);
        slots.add(4);
        assert_eq!(slots.take(), [4]);
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let mut slots = Slots::default();
        let tickets: Vec<_> = (0..10 * KEPT).map(|n| slots.add(n)).collect();
        for (n, ticket) in tickets.iter().enumerate() {
            assert_eq!(slots.remove(*ticket), Some(n));
        }
        assert_eq!(slots.slots.capacity() + slots.free.capacity(), 0);
        let late = slots.add(7);
        assert_eq!(slots.remove(tickets[0]), None);
        assert_eq!(slots.remove(late), Some(7));
    }
}
