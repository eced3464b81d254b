//! The isolates that code of this thread has asked for, until the root has answered.

use std::cell::RefCell;

use insula_core::{contract::Started, table::Table};

use crate::{Web, ids::IsolateId, protocol::head::Failure};

thread_local! {
    static STARTING: RefCell<Table<IsolateId, Started<Web>>> = const { RefCell::new(Table::new()) };
}

/// Calls `started` when the root has answered.
pub(crate) fn expect(id: IsolateId, started: Started<Web>) {
    STARTING.with_borrow_mut(|starting| starting.insert(id, started));
}

/// The root says what has become of a worker.
pub(crate) fn answered(id: IsolateId, failure: Option<Failure>) {
    let started = STARTING.with_borrow_mut(|starting| starting.remove(id));
    if let Some(started) = started {
        started(match failure {
            None => Ok(id.into()),
            Some(failure) => Err(failure.into()),
        });
    }
}
