//! The root starts and ends recordings, and reads them.

use std::time::Duration;

use insula_core::trace::Part;

use super::{
    member, own,
    workers::{self, Recorded},
};
use crate::{
    asking, clock,
    ids::IsolateId,
    protocol::{call::Callee, frame::Frame},
    recorder::{self, Calls},
    root::{look, route::route},
};

/// Records all isolates for `holder`, which holds that by this number of its own.
pub(super) fn hold(holder: IsolateId, number: u64, events: usize, calls: &'static Calls) {
    let is_more = workers::with(|recorded| {
        let recorded = recorded.get_or_insert_with(|| Recorded {
            events: 0,
            holders: Vec::new(),
            workers: Vec::new(),
        });
        recorded.holders.push((holder, number));
        let is_more = events > recorded.events;
        recorded.events = recorded.events.max(events);
        is_more || recorded.holders.len() == 1
    });
    if is_more {
        own::begin(events, calls);
        look::programs().into_iter().for_each(begun);
    }
}

/// A worker was made, or is to record more: its program records itself.
pub(super) fn begun(id: IsolateId) {
    let Some(name) = look::program_name(id) else {
        return;
    };
    let events = workers::with(|recorded| {
        let recorded = recorded.as_mut()?;
        if recorded.worker(id).is_none() {
            recorded.add(id, name);
        }
        Some(recorded.events)
    });
    if let (Some(events), Some(calls)) = (events, recorder::calls()) {
        call(id, calls.begin, asking::write(&events));
    }
}

fn call(id: IsolateId, callee: Callee, bytes: Vec<u8>) {
    route(id, Frame::call(callee, bytes));
}

/// A worker is over, and what it holds with it.
pub(super) fn over(id: IsolateId) {
    workers::with(|recorded| {
        if let Some(worker) = recorded.as_mut().and_then(|recorded| recorded.worker(id)) {
            worker.over = Some(clock::now());
        }
    });
    let_go(|(holder, _)| holder == id);
    asking::wake();
}

/// A recording is held no longer.
pub(super) fn release(holder: IsolateId, number: u64) {
    let_go(|held| held == (holder, number));
}

/// Takes holders away. Without any nothing is recorded.
fn let_go(goes: impl Fn((IsolateId, u64)) -> bool) {
    let ended = workers::with(|recorded| {
        recorded.as_mut()?.holders.retain(|held| !goes(*held));
        recorded.take_if(|recorded| recorded.holders.is_empty())
    });
    let Some(ended) = ended else { return };
    own::end();
    for worker in ended.workers {
        call(worker.id, member::end, Vec::new());
    }
}

/// What was recorded, as soon as the workers have answered, and within `limit`.
pub(super) async fn gather(limit: Duration) -> Vec<Part> {
    ask();
    let have_answered =
        || workers::with(|recorded| recorded.as_ref().is_none_or(Recorded::have_answered));
    asking::until(have_answered, limit).await;
    let now = clock::now();
    let mut parts = vec![own::part()];
    workers::with(|recorded| {
        parts.extend(recorded.iter().flat_map(|recorded| recorded.parts(now)));
    });
    parts
}

/// Asks those that have started, and need not answer yet.
fn ask() {
    let now = clock::now();
    let asked: Vec<_> = workers::with(|recorded| {
        let workers = recorded
            .iter_mut()
            .flat_map(|recorded| &mut recorded.workers);
        let free = workers.filter(|worker| worker.asked.is_none() && look::runs(worker.id));
        free.map(|worker| {
            worker.asked = Some(now);
            worker.id
        })
        .collect()
    });
    for id in asked {
        call(id, member::tell, Vec::new());
    }
}
