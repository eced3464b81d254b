//! The end of a worker. Its listeners are told once, however it came.

use insula_core::{Listeners, Platform, RemoteError};

use super::{
    channels,
    guest::Upshot,
    record::{self, Record},
    route::answer,
};
use crate::{Web, ids::IsolateId, protocol::head::Failure};

/// A worker did not come up. Those who wait for its end are told as well.
pub(super) fn give_up(id: IsolateId, failure: impl FnOnce(&Record) -> Failure) {
    let Some(record) = record::take(id) else {
        return;
    };
    let failure = failure(&record);
    if let Some(from) = record.starting() {
        answer(id, from, Some(failure));
    }
    over(id, record, false, None);
}

fn report(listeners: &Listeners<Web>, name: &str, error: &RemoteError) {
    if !listeners.notify_error(error) {
        Web::report(name, error);
    }
}

/// The code of an isolate has failed after it had started, and no event loop of ours has caught that.
pub(super) fn failed_by_itself(id: IsolateId, error: &RemoteError) {
    match record::with(id, |record| record.guest.on_error()) {
        None => {}
        Some(Upshot::Lost) => lose(id, error, false),
        Some(upshot) => {
            report_of(id, error);
            if matches!(upshot, Upshot::Ended) {
                end(id, false);
            }
        }
    }
}

/// Tells the listeners of an isolate that may go on.
fn report_of(id: IsolateId, error: &RemoteError) {
    let listening = record::with(id, |record| {
        (std::mem::take(&mut record.listeners), record.name.clone())
    });
    let Some((listeners, name)) = listening else {
        return;
    };
    // The listeners may be the workers of this very table.
    report(&listeners, &name, error);
    record::with(id, |record| record.listeners = listeners);
}

/// An isolate was lost: its listeners hear the error, then the end.
///
/// `has_told`: whether it has told how many events it has sent on its channels.
pub(super) fn lose(id: IsolateId, error: &RemoteError, has_told: bool) {
    if record::find(id, |record| record.starting()).is_some() {
        return give_up(id, |_| Failure::from(error));
    }
    if let Some(record) = record::take(id) {
        over(id, record, has_told, Some(error));
    }
}

/// An isolate has ended or was killed.
///
/// `has_told`: whether it has told how many events it has sent on its channels.
pub(super) fn end(id: IsolateId, has_told: bool) {
    let Some(record) = record::take(id) else {
        return;
    };
    if let Some(from) = record.starting() {
        answer(
            id,
            from,
            Some(Failure::failed("it was killed before it was ready")),
        );
    }
    over(id, record, has_told, None);
}

/// Tells the listeners, and ends what was linked to the isolate.
fn over(id: IsolateId, mut record: Record, has_told: bool, error: Option<&RemoteError>) {
    let channels = std::mem::take(&mut record.channels);
    channels::last_words(id, channels, has_told, || {
        if let Some(error) = error {
            report(&record.listeners, &record.name, error);
        }
        record.listeners.notify_exit();
    });
    drop(record);
    let linked: Vec<IsolateId> = record::with_all(|workers| {
        let linked = workers
            .iter()
            .filter(|(_, record)| record.linked_to == Some(id));
        linked.map(|(id, _)| *id).collect()
    });
    for child in linked {
        end(child, false);
    }
}
