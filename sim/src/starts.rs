//! The starts of one isolate that were not answered yet.

use std::collections::BTreeMap;

/// Tells the isolate the outcome of a start.
type Answer = Box<dyn FnOnce()>;

/// The starts of one isolate that were not answered yet, by number.
#[derive(Default)]
pub(crate) struct Starts {
    next: u64,
    pending: BTreeMap<u64, Answer>,
}

impl Starts {
    pub(crate) fn keep(&mut self, answer: Answer) -> u64 {
        let number = self.next;
        self.next += 1;
        self.pending.insert(number, answer);
        number
    }

    pub(crate) fn take(&mut self, number: u64) -> Option<Answer> {
        self.pending.remove(&number)
    }

    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = Answer> + use<> {
        std::mem::take(&mut self.pending).into_values()
    }
}
