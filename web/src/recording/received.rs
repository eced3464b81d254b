//! What an isolate that is not the root has had the root read, and the answers.

use std::cell::RefCell;

use insula_core::trace::Part;

use crate::{
    asking::{self, Answers},
    ids::IsolateId,
};

thread_local! {
    static ASKED: RefCell<Answers<Vec<Part>>> = const { RefCell::new(Answers::new()) };
}

/// Looks at what was asked.
pub(super) fn with<R>(look: impl FnOnce(&mut Answers<Vec<Part>>) -> R) -> R {
    ASKED.with_borrow_mut(look)
}

/// The root has answered. Called by it.
pub(super) fn hear(_: IsolateId, bytes: Vec<u8>) {
    if let Some((number, parts)) = asking::read(bytes) {
        with(|asked| asked.come(number, parts));
        asking::wake();
    }
}
