//! What the root has asked its workers, and has heard from them.

use std::{cell::RefCell, time::Duration};

use insula_core::table::Table;

use super::said::Said;
use crate::{asking, ids::IsolateId};

/// What a worker was asked, and has said.
#[derive(Default)]
pub(super) struct Heard {
    /// What it has not answered.
    pub(super) asked: Option<Asked>,
    pub(super) last: Option<Said>,
}

/// A question that was not answered.
pub(super) struct Asked {
    pub(super) since: Duration,
    /// How many messages of events were posted before it.
    pub(super) posted: u32,
    /// How many messages had come by then.
    pub(super) received: u32,
}

thread_local! {
    static HEARD: RefCell<Table<IsolateId, Heard>> = RefCell::default();
}

/// Looks at what was heard.
pub(super) fn with<R>(look: impl FnOnce(&mut Table<IsolateId, Heard>) -> R) -> R {
    HEARD.with_borrow_mut(look)
}

/// A worker has answered. Called by it.
pub(super) fn hear(from: IsolateId, bytes: Vec<u8>) {
    if let Some(said) = asking::read(bytes) {
        with(|heard| {
            let heard = heard.get_or_default(from);
            heard.asked = None;
            heard.last = Some(said);
        });
        asking::wake();
    }
}
