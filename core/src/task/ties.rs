//! [`Ties`]: what a task has beside its value. The type of that does not show, so that this is compiled once.

use std::{sync::Arc, task::Waker};

use crate::{
    Platform, TaskError,
    completion::{FailureSink, Hook},
    contract::Address,
    event_loop::EventLoop,
};

/// Where the value of a task comes from, and who hears that it is not wanted any more.
pub(crate) struct Ties<P: Platform> {
    /// Where the value arrives, for a thread that waits; none when it is made on this thread.
    pub(super) address: Option<Address<P>>,
    pub(super) cancel: Hook,
    pub(super) on_drop: OnDrop,
    /// What waits on the other side of the completion; told when this side gives up.
    pub(super) waiting: Option<Arc<dyn FailureSink>>,
}

/// What it means that a task is dropped before its value has come.
#[derive(Default)]
pub(super) enum OnDrop {
    /// The work goes on.
    #[default]
    Nothing,
    /// The task is cancelled.
    Cancel,
    /// What waits for the value is told that nobody wants it.
    Fail,
    /// What waits for the value is unregistered.
    Call(Hook),
}

impl<P: Platform> Default for Ties<P> {
    fn default() -> Self {
        Self {
            address: None,
            cancel: Hook::default(),
            on_drop: OnDrop::Nothing,
            waiting: None,
        }
    }
}

impl<P: Platform> Ties<P> {
    /// Gives the work up.
    pub(super) fn give_up(&mut self) {
        let waiting = self.waiting.take();
        if let Some(cancel) = self.cancel.take() {
            cancel();
        } else if let Some(waiting) = waiting {
            waiting.fail(TaskError::Cancelled);
        }
    }

    /// The task is dropped, and its value has not come.
    pub(super) fn dropped(&mut self) {
        match std::mem::take(&mut self.on_drop) {
            OnDrop::Nothing => {}
            OnDrop::Cancel => self.give_up(),
            OnDrop::Fail => {
                if let Some(waiting) = self.waiting.take() {
                    waiting.fail(TaskError::Cancelled);
                }
            }
            OnDrop::Call(mut unregister) => {
                if let Some(unregister) = unregister.take() {
                    unregister();
                }
            }
        }
    }

    /// The value is awaited, with this waker.
    pub(super) fn awaited(&self, waker: &Waker) {
        if EventLoop::<P>::is_own(self.address.as_ref()) {
            EventLoop::<P>::expect_own_executor(waker);
        }
    }
}
