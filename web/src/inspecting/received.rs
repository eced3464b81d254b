//! What an isolate that is not the root has had the root ask, and the answers.

use std::cell::RefCell;

use insula_core::inspect::Inspection;

use crate::{
    asking::{self, Answers},
    ids::IsolateId,
};

thread_local! {
    static ASKED: RefCell<Answers<Inspection>> = const { RefCell::new(Answers::new()) };
}

/// Looks at what was asked.
pub(super) fn with<R>(look: impl FnOnce(&mut Answers<Inspection>) -> R) -> R {
    ASKED.with_borrow_mut(look)
}

/// The root has answered. Called by it.
pub(super) fn hear(_: IsolateId, bytes: Vec<u8>) {
    if let Some((number, inspection)) = asking::read(bytes) {
        with(|asked| asked.come(number, inspection));
        asking::wake();
    }
}
