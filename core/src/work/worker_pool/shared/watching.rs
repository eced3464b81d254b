//! Who is told what happens in a pool, and how its isolates are asked whether they come to their event loops.

use std::sync::Arc;

use super::{PoolEvents, Shared};
use crate::{
    Platform, Priority,
    work::worker_pool::{events::PoolEvent, queue::MemberId, work::Work},
};

impl<P: Platform> Shared<P> {
    /// A stream of what happens from now on.
    pub(in crate::work::worker_pool) fn listen(self: &Arc<Self>) -> PoolEvents {
        let events = self.listeners.listen();
        let is_closed = self.tell(|scheduler, _| {
            scheduler.listen(true);
            scheduler.is_closed()
        });
        if is_closed {
            self.listeners.end();
        }
        events
    }

    pub(super) fn tell_listeners(&self, event: PoolEvent, job: Option<&dyn Work<P>>) {
        let label = job.and_then(Work::label);
        if !self.listeners.tell(&event.labelled(label)) {
            self.state.lock().scheduler.listen(false);
        }
    }

    /// Has an isolate answer from its event loop.
    pub(super) fn ask(self: &Arc<Self>, member: MemberId) {
        let Some(runner) = self.hand(member, |hand| hand.runner.clone()) else {
            return;
        };
        let shared = Arc::downgrade(self);
        runner
            .answer(Priority::BeforeNextEvent)
            .then(move |outcome| {
                if let (Ok(()), Some(shared)) = (outcome, shared.upgrade()) {
                    shared.at_home(|shared| {
                        shared.tell(|scheduler, now| scheduler.heard(now, member));
                    });
                }
            });
    }
}
