//! Many small events in a row are one message.
//!
//! Posting costs some microseconds, however little is posted. So once a few events of one turn have gone to the same
//! isolate, each within a millisecond of the last, those that follow are kept and go together: when they are many or a
//! millisecond old, when the turn or the browser's task is over, at a checkpoint, and before anything else is posted. The
//! first of a row never wait, nor do those between which the sender does something else.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use wasm_bindgen::prelude::*;
use web_sys::{MessagePort, Worker};

use crate::{
    clock,
    frame::{Batch, Frame, Posted},
    js, link,
    mailbox::ROOT,
};

/// How many events of a row go at once.
const FIRST: u32 = 4;
/// Not where panics unwind: after a trap such a module refuses to be called, so nobody could post what it has kept.
const KEEPS: bool = cfg!(panic = "abort");
/// How soon after the last an event has to be sent to be of its row, and how long one is kept while more follow.
const SOON: Duration = Duration::from_millis(1);
/// From how many bytes on nothing more is added.
const MANY: usize = 8 * 1024;

/// How a message leaves this thread.
#[derive(Clone)]
pub(crate) enum Way {
    /// To the root, of which this worker is one.
    Root,
    /// To a worker of the root's.
    Worker(Worker),
    /// On a direct link.
    Port(MessagePort),
}

impl Way {
    pub(crate) fn post(&self, posted: &Posted) {
        link::post(posted, |message, transfer| match self {
            Self::Root => link::post_to_root(message, transfer),
            Self::Worker(worker) => worker.post_message_with_transfer(message, transfer),
            Self::Port(port) => port.post_message_with_transferable(message, transfer),
        });
    }
}

/// Where the last event went, and after how many others.
#[derive(Clone, Copy)]
struct Row {
    to: u64,
    length: u32,
    last: Duration,
}

impl Row {
    /// The last was too long ago for any.
    const NONE: Self = Self {
        to: ROOT,
        length: 0,
        last: Duration::ZERO,
    };
}

struct Kept {
    way: Way,
    to: u64,
    batch: Batch,
    since: Duration,
}

thread_local! {
    static ROW: Cell<Row> = const {
        Cell::new(Row::NONE)
    };
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
    static FLUSH: Closure<dyn FnMut()> = Closure::new(flush);
}

/// Posts a frame to `to`, by itself or with those that follow.
pub(crate) fn post(way: &Way, to: u64, frame: Frame) {
    if !KEEPS || !frame.is_small_event() || !is_in_a_row(to) {
        flush();
        return way.post(&frame.into_js(to));
    }
    let now = ROW.get().last;
    let is_full = KEPT.with_borrow_mut(|kept| {
        let kept = match kept {
            Some(kept) if kept.to == to => kept,
            _ => {
                let other = kept.replace(Kept {
                    way: way.clone(),
                    to,
                    batch: Batch::default(),
                    since: now,
                });
                if let Some(other) = other {
                    other.post();
                }
                FLUSH.with(|flush| js::queue_microtask(flush.as_ref().unchecked_ref()));
                kept.as_mut().expect("it was put there")
            }
        };
        kept.batch.push(frame);
        kept.batch.len() >= MANY || now.saturating_sub(kept.since) >= SOON
    });
    if is_full {
        flush();
    }
}

/// Whether enough events have gone to `to` just now.
fn is_in_a_row(to: u64) -> bool {
    let (row, now) = (ROW.get(), clock::now());
    let goes_on = row.to == to && now.saturating_sub(row.last) < SOON;
    let length = if goes_on {
        row.length.saturating_add(1)
    } else {
        0
    };
    ROW.set(Row {
        to,
        length,
        last: now,
    });
    length >= FIRST
}

/// Has what is kept posted when this worker traps, before the root hears of that.
pub(crate) fn flush_on_error() {
    // It throws nothing.
    let _ = FLUSH.with(|flush| js::flush_on_error(flush.as_ref().unchecked_ref()));
}

/// The turn is over: posts what is kept, and what comes is of another row.
pub(crate) fn end_row() {
    ROW.set(Row::NONE);
    flush();
}

/// Posts what is kept.
pub(crate) fn flush() {
    // After a trap in the middle of `post` what was kept is lost with the rest.
    let kept = KEPT.try_with(|kept| kept.try_borrow_mut().ok()?.take());
    if let Ok(Some(kept)) = kept {
        kept.post();
    }
}

impl Kept {
    fn post(self) {
        self.way.post(&self.batch.into_js(self.to));
    }
}
