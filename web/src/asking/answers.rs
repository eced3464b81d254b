//! What this isolate has asked, and the answers that have come.

use insula_core::table::Table;

/// Questions by their numbers, with the answers that have come.
pub(crate) struct Answers<T> {
    last: u64,
    asked: Table<u64, Option<T>>,
}

impl<T> Answers<T> {
    pub(crate) const fn new() -> Self {
        Self {
            last: 0,
            asked: Table::new(),
        }
    }

    /// The number of a new question.
    pub(crate) fn expect(&mut self) -> u64 {
        self.last += 1;
        self.asked.insert(self.last, None);
        self.last
    }

    pub(crate) fn has_come(&self, number: u64) -> bool {
        self.asked.get(number).is_some_and(Option::is_some)
    }

    /// The answer to a question that is not waited for any more.
    pub(crate) fn take(&mut self, number: u64) -> Option<T> {
        self.asked.remove(number).flatten()
    }

    /// An answer has come. One that is not waited for is dropped.
    pub(crate) fn come(&mut self, number: u64, answer: T) {
        if let Some(place) = self.asked.get_mut(number) {
            *place = Some(answer);
        }
    }
}
