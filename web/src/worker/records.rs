//! What the code of this worker writes with `log` and `tracing`, on its way to the root.
//!
//! Each record is posted at once, so what a worker has written before it hangs or traps can be read. What it had sent to other
//! isolates by the root goes out before. A worker that writes without end must not drown the root: it has a budget, and
//! says how much it has dropped.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use insula_core::logs::{Budget, Facade, Record};
use wasm_bindgen::prelude::*;

use super::parent;
use crate::{
    clock,
    ids::ROOT,
    js,
    protocol::{frame::Frame, head::Head},
};

/// How often it is told at most that records were dropped.
const TOLD_EVERY: Duration = Duration::from_secs(1);

thread_local! {
    static BUDGET: RefCell<Budget> = RefCell::new(Budget::new(clock::now()));
    /// Whose record was dropped last.
    static DROPPED: Cell<Facade> = const { Cell::new(Facade::Log) };
    /// When it is to be told that records were dropped.
    static TOLD_AT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// What was written before the root has heard what this worker is. `None` from then on.
    static EARLY: RefCell<Option<Vec<Record>>> = const { RefCell::new(Some(Vec::new())) };
    static TELL: Closure<dyn FnMut()> = Closure::new(tell_dropped);
}

/// Posts a record to the root.
pub(crate) fn write(record: Record) {
    if parent::is_over() {
        return;
    }
    let now = clock::now();
    let (was_kept, may_pass) =
        BUDGET.with_borrow_mut(|budget| (budget.is_kept(), budget.take(now)));
    if may_pass {
        // While the worker is busy no timeout fires.
        if !was_kept && now >= TOLD_AT.get() {
            tell_dropped();
        }
        return post(record);
    }
    DROPPED.set(record.facade);
    if was_kept {
        TOLD_AT.set(now + TOLD_EVERY);
        let after_ms = i32::try_from(TOLD_EVERY.as_millis()).unwrap_or(i32::MAX);
        TELL.with(|tell| js::set_timeout(tell.as_ref().unchecked_ref(), after_ms));
    }
}

/// Says how many records were dropped, if any were.
pub(super) fn tell_dropped() {
    let count = BUDGET.with_borrow_mut(Budget::take_dropped);
    if count > 0 && !parent::is_over() {
        post(Record::dropped(DROPPED.get(), count));
    }
}

fn post(record: Record) {
    let record = EARLY.with_borrow_mut(|early| match early {
        Some(early) => {
            early.push(record);
            None
        }
        None => Some(record),
    });
    if let Some(record) = record {
        parent::post(ROOT, Frame::new(Head::Log { record }));
    }
}

/// The root listens to this worker: posts what was written before.
pub(super) fn ready() {
    let early = EARLY.take();
    for record in early.into_iter().flatten() {
        post(record);
    }
}
