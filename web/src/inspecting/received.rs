//! What an isolate that is not the root has had the root ask, and the answers.

use std::cell::{Cell, RefCell};

use insula_core::{inspect::Inspection, table::Table};

use super::{said, wait};
use crate::ids::IsolateId;

thread_local! {
    static LAST: Cell<u64> = const { Cell::new(0) };
    /// What was asked, and the answers that have come.
    static ASKED: RefCell<Table<u64, Option<Inspection>>> = RefCell::default();
}

/// The number of a new question.
pub(super) fn expect() -> u64 {
    LAST.set(LAST.get() + 1);
    ASKED.with_borrow_mut(|asked| asked.insert(LAST.get(), None));
    LAST.get()
}

pub(super) fn has_come(number: u64) -> bool {
    ASKED.with_borrow(|asked| asked.get(number).is_some_and(Option::is_some))
}

/// The answer to a question that is not waited for any more.
pub(super) fn take(number: u64) -> Option<Inspection> {
    ASKED
        .with_borrow_mut(|asked| asked.remove(number))
        .flatten()
}

/// The root has answered. Called by it.
pub(super) fn hear(_: IsolateId, bytes: Vec<u8>) {
    if let Some((number, inspection)) = said::read::<(u64, Inspection)>(bytes) {
        ASKED.with_borrow_mut(|asked| {
            if let Some(place) = asked.get_mut(number) {
                *place = Some(inspection);
            }
        });
        wait::wake();
    }
}
