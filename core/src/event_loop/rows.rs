//! Messages in a row: a future that awaits the message which is the next event anyway gets it without a turn.
//!
//! It makes no difference but in time, as nothing would come in between: no control, no microtask, no timer, no pause.

use std::cell::Cell;

use super::{EventLoop, Phase};
use crate::contract::{Inbox, Platform, PortId};

/// How many messages a future gets within one event, at most. What is polled together with it, in one task, waits so long.
const LONGEST: u32 = 128;

/// How many more messages the running event may take.
#[derive(Default)]
pub(super) struct Row {
    left: Cell<u32>,
    longest: Cell<u32>,
}

impl Row {
    /// Allows rows, for a loop that is not turned event by event.
    pub(super) fn allow(&self) {
        self.longest.set(LONGEST);
    }

    /// An event begins.
    pub(super) fn begin(&self) {
        self.left.set(self.longest.get());
    }
}

impl<P: Platform> EventLoop<P> {
    /// The next message for `port` of this loop, where the next turn would begin with it and a future asks.
    pub(crate) fn next_in_row(&self, port: PortId) -> Option<P::Parcel> {
        let left = self.row.left.get().checked_sub(1)?;
        let is_last_step = self.executing.get()
            && self.phase.get() == Phase::Running
            && self.executor.is_polling()
            && !self.executor.has_microtasks()
            && self.known_rare().is_none_or(|rare| {
                rare.deferred.borrow().is_empty() && rare.pauses.borrow().is_empty()
            });
        if !is_last_step || self.has_due_timer() {
            return None;
        }
        let parcel = self.inbox.borrow_mut().next_message(port)?;
        self.row.left.set(left);
        Some(parcel)
    }

    fn has_due_timer(&self) -> bool {
        let due = self.timers.deadline();
        due.is_some_and(|due| due <= P::now())
    }
}
