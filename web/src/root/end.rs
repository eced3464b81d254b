//! The end of a worker: whichever way it came, its listeners are told once.

use insula_core::{Listeners, RemoteError};

use super::{Record, WORKERS, links};
use crate::{Web, frame::Failure, spawner::answer};

/// The record of a worker that is over.
pub(super) fn take(id: u64) -> Option<Record> {
    WORKERS.with_borrow_mut(|workers| {
        let record = workers.remove(&id);
        if workers.is_empty() {
            // What a crowd has needed is not kept for ever.
            workers.shrink_to_fit();
        }
        record
    })
}

/// A worker did not come up. Those who wait for its end are told as well.
pub(super) fn give_up(id: u64, failure: impl FnOnce(String) -> Failure) {
    let Some(mut record) = take(id) else {
        return;
    };
    let failure = failure(std::mem::take(&mut record.uri));
    if let Some(from) = record.starting() {
        answer(id, from, Some(failure));
    }
    over(id, record, false, None);
}

pub(super) fn report(listeners: &Listeners<Web>, uri: &str, error: &RemoteError) {
    if !listeners.notify_error(error) {
        <Web as insula_core::Platform>::report(uri, error);
    }
}

/// An isolate was lost: its listeners hear the error, then the end.
///
/// `has_told`: how many events it has sent on its links.
pub(super) fn lose(id: u64, error: &RemoteError, has_told: bool) {
    let starting = WORKERS.with_borrow(|workers| {
        workers
            .get(&id)
            .is_some_and(|record| record.starting().is_some())
    });
    if starting {
        return give_up(id, |_| failed_with(error));
    }
    let Some(record) = take(id) else {
        return;
    };
    over(id, record, has_told, Some(error));
}

/// An isolate has ended or was killed.
///
/// `has_told`: how many events it has sent on its links.
pub(super) fn end(id: u64, has_told: bool) {
    let Some(record) = take(id) else {
        return;
    };
    if let Some(from) = record.starting() {
        answer(id, from, Some(failed("it was killed before it was ready")));
    }
    over(id, record, has_told, None);
}

/// Tells the listeners, and ends what was linked to the isolate.
fn over(id: u64, mut record: Record, has_told: bool, error: Option<&RemoteError>) {
    let peers = std::mem::take(&mut record.peers);
    links::last_words(id, peers, has_told, || {
        if let Some(error) = error {
            report(&record.listeners, &record.uri, error);
        }
        record.listeners.notify_exit();
    });
    drop(record);
    let linked: Vec<u64> = WORKERS.with_borrow(|workers| {
        let linked = workers
            .iter()
            .filter(|(_, record)| record.linked_to == Some(id));
        linked.map(|(id, _)| *id).collect()
    });
    for child in linked {
        end(child, false);
    }
}

pub(super) fn failed(reason: &str) -> Failure {
    Failure::Failed {
        description: reason.to_owned(),
        stack_trace: String::new(),
    }
}

pub(super) fn failed_with(error: &RemoteError) -> Failure {
    Failure::Failed {
        description: error.description().to_owned(),
        stack_trace: error.stack_trace().to_owned(),
    }
}
