//! The ports by which a pool is told what happens.

use std::sync::{Arc, Weak};

use super::Shared;
use crate::{
    Platform, TaskError,
    completion::FailureSink,
    contract::{Deliver, Delivery},
    sync::{AtomicBool, Ordering},
    work::worker_pool::{queue::MemberId, scheduler::Scheduler},
};

/// The port at which a pool's home is reached.
pub(super) struct AtHome<P: Platform>(pub(super) Weak<Shared<P>>);

impl<P: Platform> Deliver<P> for AtHome<P> {
    fn deliver(&self, _: P::Parcel) -> Delivery {
        if let Some(shared) = self.0.upgrade() {
            shared.look_after_here();
        }
        Delivery::Open
    }

    /// The isolate that made the pool is over.
    fn closed(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.tell(Scheduler::abandon);
        }
    }

    fn is_internal(&self) -> bool {
        true
    }
}

/// The port at which one isolate answers.
pub(super) struct Answers<P: Platform> {
    shared: Weak<Shared<P>>,
    member: MemberId,
    /// Whether its first message has come, in which it says that it takes work.
    has_greeted: AtomicBool,
}

impl<P: Platform> Answers<P> {
    pub(super) fn new(shared: &Arc<Shared<P>>, member: MemberId) -> Self {
        Self {
            shared: Arc::downgrade(shared),
            member,
            has_greeted: AtomicBool::new(false),
        }
    }
}

impl<P: Platform> Deliver<P> for Answers<P> {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        if let Some(shared) = self.shared.upgrade() {
            // An isolate answers from one thread.
            let has_greeted = self.has_greeted.load(Ordering::Relaxed);
            shared.at_home(|shared| {
                if has_greeted {
                    shared.answered(self.member, parcel);
                } else {
                    self.has_greeted.store(true, Ordering::Relaxed);
                    shared.greeted(self.member, parcel);
                }
            });
        }
        Delivery::Open
    }

    fn is_internal(&self) -> bool {
        true
    }
}

/// Is told when one isolate has ended.
pub(super) struct Loss<P: Platform> {
    pub(super) shared: Weak<Shared<P>>,
    pub(super) member: MemberId,
}

impl<P: Platform> FailureSink for Loss<P> {
    fn fail(&self, error: TaskError) {
        if let Some(shared) = self.shared.upgrade() {
            shared.at_home(|shared| shared.lost(self.member, error));
        }
    }
}
