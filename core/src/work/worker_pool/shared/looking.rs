//! What a pool tells whoever inspects it.

use std::{sync::Arc, time::Duration};

use super::Shared;
use crate::{
    Platform,
    contract::Drawn,
    inspection::Entity,
    kind::Kind,
    recording,
    work::worker_pool::{
        info::{JobInfo, PoolInfo},
        queue::MemberId,
        stats::PoolStats,
    },
};

/// What a pool does, and the isolate of each job.
pub(crate) struct Glance<P: Platform> {
    pub(crate) info: PoolInfo,
    pub(crate) isolates: Vec<P::Mailbox>,
}

impl<P: Platform> Shared<P> {
    /// Has the pool listed.
    pub(in crate::work::worker_pool) fn list(self: &Arc<Self>) {
        let pool: Arc<Entity> = self.clone();
        recording::register().add_pool(Arc::downgrade(&pool));
    }

    /// Has developer tools show the job for which an isolate has answered.
    pub(super) fn draw(&self, member: MemberId) {
        if !(P::HAS_TIMELINE && P::is_drawing()) {
            return;
        }
        let end = P::now();
        let state = self.state.lock();
        let job = state.scheduler.running_job(member);
        let hand = state.hands.get(&member);
        let Some(((work, waited, begin), hand)) = job.zip(hand) else {
            return;
        };
        let (work, isolate) = (work.clone(), hand.runner.isolate().clone());
        drop(state);
        P::draw(&Drawn {
            isolate: isolate.debug_name().unwrap_or_default(),
            kind: Kind::Job.name(),
            label: work.label(),
            waited: Some(waited),
            begin,
            end,
        });
    }

    pub(in crate::work::worker_pool) fn stats(&self) -> PoolStats {
        self.state.lock().scheduler.stats()
    }

    fn is_closed(&self) -> bool {
        self.state.lock().scheduler.is_closed()
    }

    pub(in crate::work::worker_pool) fn glance(&self, now: Duration) -> Glance<P> {
        let state = self.state.lock();
        let (mut jobs, mut isolates) = (Vec::new(), Vec::new());
        for (member, work, running) in state.scheduler.running_jobs(now) {
            let Some(hand) = state.hands.get(&member) else {
                continue;
            };
            let isolate = hand.runner.isolate();
            isolates.push(isolate.mailbox().clone());
            jobs.push(JobInfo {
                label: work.label().map(str::to_owned),
                isolate: isolate.debug_name().unwrap_or_default().to_owned(),
                running,
            });
        }
        Glance {
            info: PoolInfo {
                name: self.making.name.clone(),
                stats: state.scheduler.stats(),
                jobs,
            },
            isolates,
        }
    }
}

/// What a listed pool does; `None` when it is closed, or no pool of this platform.
pub(crate) fn glance<P: Platform>(pool: &Entity, now: Duration) -> Option<Glance<P>> {
    let pool = pool.downcast_ref::<Shared<P>>()?;
    (!pool.is_closed()).then(|| pool.glance(now))
}
