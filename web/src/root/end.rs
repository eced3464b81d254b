//! The end of a worker. Its listeners are told once, however it came.

use insula_core::{
    ExitReason, Listeners, RemoteError, SpawnError, contract::Exit, logs::unheard_of,
    texts::text_of,
};

use super::{
    channels,
    guest::Upshot,
    record::{self, Record},
    route::answer,
};
use crate::{Web, ids::IsolateId, protocol::head::Failure, recorder};

/// Who has heard the error that ended a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Error {
    /// Its error listeners, or whoever has asked for the worker: they were told before.
    Told,
    /// Nobody yet.
    Untold,
}

/// A worker did not come up. Those who wait for its end are told as well.
pub(super) fn give_up(id: IsolateId, failure: impl FnOnce(&Record) -> Failure) {
    let Some(record) = record::take(id) else {
        return;
    };
    let failure = failure(&record);
    if let Some(from) = record.starting() {
        answer(id, from, Some(failure.clone()));
    }
    let error = RemoteError::new(text_of(&SpawnError::from(failure)), "");
    over(id, record, false, ExitReason::Lost(error), Error::Told);
}

fn report(listeners: &Listeners<Web>, name: &str, error: &RemoteError) {
    if !listeners.notify_error(error) {
        unheard_of::<Web>(name, error);
    }
}

/// The code of an isolate has failed after it had started, and no event loop of ours has caught that.
pub(super) fn failed_by_itself(id: IsolateId, error: RemoteError) {
    match record::with(id, |record| record.guest.on_error()) {
        None => {}
        Some(Upshot::Lost) => lose(id, ExitReason::Lost(error), false),
        Some(Upshot::Ended) => lose(id, ExitReason::Failed(error), false),
        Some(Upshot::GoesOn) => report_of(id, &error),
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

/// An error has ended an isolate: its listeners hear the error, then the end.
///
/// `has_told`: whether it has told how many events it has sent on its channels.
pub(super) fn lose(id: IsolateId, reason: ExitReason, has_told: bool) {
    if let Some(error) = reason.error()
        && record::find(id, |record| record.starting()).is_some()
    {
        return give_up(id, |_| Failure::from(error));
    }
    if let Some(record) = record::take(id) {
        over(id, record, has_told, reason, Error::Untold);
    }
}

/// An isolate has ended or was killed. It has told its error listeners itself.
///
/// `has_told`: whether it has told how many events it has sent on its channels.
pub(super) fn end(id: IsolateId, reason: ExitReason, has_told: bool) {
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
    over(id, record, has_told, reason, Error::Told);
}

/// Tells the listeners, and ends what was linked to the isolate.
fn over(id: IsolateId, mut record: Box<Record>, has_told: bool, reason: ExitReason, error: Error) {
    if let Some(calls) = recorder::calls() {
        (calls.over)(id);
    }
    let channels = std::mem::take(&mut record.channels);
    channels::last_words(id, channels, has_told, || {
        let is_heard = match reason.error() {
            Some(untold) if error == Error::Untold => record.listeners.notify_error(untold),
            _ => true,
        };
        let exit = Exit::new(&record.name, reason, is_heard);
        let is_heard = record.listeners.notify_exit(&exit);
        if let (false, Some(error)) = (is_heard, exit.reason.error()) {
            unheard_of::<Web>(&record.name, error);
        }
    });
    drop(record);
    let linked: Vec<IsolateId> = record::with_all(|workers| {
        let linked = workers
            .iter()
            .filter(|(_, record)| record.linked_to == Some(id));
        linked.map(|(id, _)| id).collect()
    });
    for child in linked {
        end(child, ExitReason::Killed, false);
    }
}
