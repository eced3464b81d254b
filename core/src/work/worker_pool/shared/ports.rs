//! The ports by which a pool is told what happens.

use std::sync::Weak;

use super::Shared;
use crate::{
    Platform, TaskError,
    completion::FailureSink,
    contract::{Deliver, Delivery},
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
    pub(super) shared: Weak<Shared<P>>,
    pub(super) member: MemberId,
}

impl<P: Platform> Deliver<P> for Answers<P> {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        if let Some(shared) = self.shared.upgrade() {
            shared.at_home(|shared| shared.answered(self.member, parcel));
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
