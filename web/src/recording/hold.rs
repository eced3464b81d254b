//! A recording, as who has started it holds it.

use std::{cell::Cell, time::Duration};

use insula_core::trace::Part;

use super::{calls::CALLS, own, relay, root, worker};
use crate::{
    asking,
    ids::{self, ROOT},
    protocol::frame::Frame,
    side,
};

/// A recording that goes on as long as this is kept.
#[derive(Debug)]
pub struct Hold {
    number: u64,
}

thread_local! {
    static LAST: Cell<u64> = const { Cell::new(0) };
}

impl Hold {
    pub(super) fn new(events: usize) -> Self {
        let number = LAST.get() + 1;
        LAST.set(number);
        if side::is_root() {
            root::hold(ids::own(), number, events, &CALLS);
        } else {
            // This isolate need not wait for the root to hear of it.
            own::begin(events, &CALLS);
            let asked = asking::write(&(number, events));
            side::send(ROOT, Frame::call(relay::hold, asked));
        }
        Self { number }
    }

    pub(super) async fn read(&self, limit: Duration) -> Vec<Part> {
        if side::is_root() {
            root::gather(limit).await
        } else {
            worker::gather(limit).await
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if side::is_root() {
            root::release(ids::own(), self.number);
        } else {
            let released = asking::write(&self.number);
            side::send(ROOT, Frame::call(relay::release, released));
        }
    }
}
