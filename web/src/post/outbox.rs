//! A burst of small events is posted as few messages.
//!
//! Posting costs some microseconds, however little is posted. A burst begins when a few events of one turn have gone to
//! the same isolate, each within a millisecond of the last. The events that follow are buffered and go together: when
//! they are many or a millisecond old, when the turn or the browser's task is over, at a checkpoint, and before another
//! event is posted elsewhere. The first events never wait, nor do those between which the sender does something else.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use wasm_bindgen::prelude::*;

use super::endpoint::Endpoint;
use crate::{
    clock,
    ids::IsolateId,
    js,
    protocol::{batch::Batch, frame::Frame},
};

/// How many events of a burst go at once.
const FIRST: u32 = 4;
/// Not where panics unwind: after a trap such a module refuses every call, so what it has buffered would be lost.
const BUFFERS: bool = cfg!(panic = "abort");
/// How soon after the last an event has to be sent to be of its burst, and how long one is buffered while more follow.
const SOON: Duration = Duration::from_millis(1);
/// From how many bytes on nothing more is added.
const MANY: usize = 8 * 1024;

/// Where the last event went, and after how many others.
#[derive(Clone, Copy)]
struct Burst {
    to: Option<IsolateId>,
    length: u32,
    /// Not known of the first in a turn: most turns send one event, and the clock takes as long as the event.
    last: Option<Duration>,
}

impl Burst {
    const NONE: Self = Self {
        to: None,
        length: 0,
        last: None,
    };
}

struct Buffered {
    endpoint: Rc<dyn Endpoint>,
    to: IsolateId,
    batch: Batch,
    since: Duration,
}

thread_local! {
    static BURST: Cell<Burst> = const {
        Cell::new(Burst::NONE)
    };
    static BUFFERED: RefCell<Option<Buffered>> = const { RefCell::new(None) };
    static FLUSH: Closure<dyn FnMut()> = Closure::new(flush);
}

/// Posts a frame to `to`, by itself or with those that follow.
pub(crate) fn post(endpoint: &Rc<dyn Endpoint>, to: IsolateId, frame: Frame) {
    let now = if BUFFERS && frame.is_small_event() {
        in_burst(to)
    } else {
        None
    };
    let Some(now) = now else {
        flush();
        if frame.is_bare() {
            return endpoint.post_frames(Batch::of(frame), to);
        }
        return endpoint.post(&frame.into_js(to));
    };
    let is_full = BUFFERED.with_borrow_mut(|buffered| {
        let buffered = match buffered {
            Some(buffered) if buffered.to == to => buffered,
            _ => {
                let other = buffered.replace(Buffered {
                    endpoint: endpoint.clone(),
                    to,
                    batch: Batch::default(),
                    since: now,
                });
                if let Some(other) = other {
                    other.post();
                }
                FLUSH.with(|flush| js::queue_microtask(flush.as_ref().unchecked_ref()));
                buffered.as_mut().expect("it was put there")
            }
        };
        buffered.batch.push(frame);
        buffered.batch.len() >= MANY || now.saturating_sub(buffered.since) >= SOON
    });
    if is_full {
        flush();
    }
}

/// The time, where enough events have gone to `to` just now.
fn in_burst(to: IsolateId) -> Option<Duration> {
    let burst = BURST.get();
    if burst.to != Some(to) {
        BURST.set(Burst {
            to: Some(to),
            ..Burst::NONE
        });
        return None;
    }
    let now = clock::now();
    let goes_on = burst
        .last
        .is_none_or(|last| now.saturating_sub(last) < SOON);
    let length = if goes_on {
        burst.length.saturating_add(1)
    } else {
        0
    };
    BURST.set(Burst {
        to: Some(to),
        length,
        last: Some(now),
    });
    (length >= FIRST).then_some(now)
}

/// Has what is buffered posted when this worker traps, before the root hears of that.
pub(crate) fn flush_on_error() {
    // It throws nothing.
    let _ = FLUSH.with(|flush| js::flush_on_error(flush.as_ref().unchecked_ref()));
}

/// The turn is over: posts what is buffered, and what comes is of another burst.
pub(crate) fn end_burst() {
    BURST.set(Burst::NONE);
    flush();
}

/// Posts what is buffered.
pub(crate) fn flush() {
    // After a trap in the middle of `post` what was buffered is lost with the rest.
    let buffered = BUFFERED.try_with(|buffered| buffered.try_borrow_mut().ok()?.take());
    if let Ok(Some(buffered)) = buffered {
        buffered.post();
    }
}

impl Buffered {
    fn post(self) {
        self.endpoint.post_frames(self.batch, self.to);
    }
}
