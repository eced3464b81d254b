//! Closing a pool.

use std::time::Duration;

use super::{Action, Door, Job, Phase, Scheduler};
use crate::{TaskError, work::worker_pool::events::PoolEvent};

impl<J: Clone> Scheduler<J> {
    /// Takes no more jobs, and finishes those that are there. What is left at the limit is cancelled. Of several
    /// limits the earliest counts.
    pub(in crate::work::worker_pool) fn close(&mut self, limit: Option<Duration>) {
        match &mut self.door {
            Door::Open => self.door = Door::Closing { limit },
            Door::Closing { limit: earlier } => {
                *earlier = [*earlier, limit].into_iter().flatten().min();
            }
            Door::Closed => {}
        }
    }

    /// Gives up everything, as nobody has the pool any more.
    pub(in crate::work::worker_pool) fn abort(&mut self, now: Duration) {
        self.close(None);
        for job in self.queue.take_all() {
            let begun = job.attempts > 0;
            self.fail(job, TaskError::Closed, begun);
        }
        self.cancel_running(now);
    }

    /// Ends everything at once, as nothing can be heard any more.
    pub(in crate::work::worker_pool) fn abandon(&mut self, now: Duration) {
        self.abort(now);
        for (id, member) in std::mem::take(&mut self.members) {
            self.actions.push(Action::Kill(id));
            self.actions.push(Action::Forget(id));
            let works = member.slots.into_iter().map(|slot| slot.job.work);
            self.actions.extend(works.map(Action::Drop));
        }
    }

    /// Takes all jobs out whose owners wait.
    pub(in crate::work::worker_pool) fn take_all(&mut self) -> Vec<Job<J>> {
        let mut jobs = self.queue.take_all();
        jobs.append(&mut self.never_begun);
        for member in std::mem::take(&mut self.members).into_values() {
            let live = member.slots.into_iter().filter(|slot| slot.is_live);
            jobs.extend(live.map(|slot| slot.job));
        }
        jobs
    }

    /// The jobs that never began before the limit of a close.
    pub(in crate::work::worker_pool) fn take_never_begun(&mut self) -> Vec<Job<J>> {
        std::mem::take(&mut self.never_begun)
    }

    fn cancel_running(&mut self, now: Duration) {
        let running: Vec<_> = self.slots().map(|(_, _, slot)| slot.job.id).collect();
        for id in running {
            self.cancel(now, id, TaskError::Closed);
        }
    }

    pub(super) fn apply_ending(&mut self, now: Duration) {
        let Door::Closing { limit } = self.door else {
            return;
        };
        if limit.is_some_and(|limit| limit <= now) {
            self.door = Door::Closing { limit: None };
            for job in self.queue.take_all() {
                if job.attempts == 0 && job.member.is_none() {
                    self.never_begun.push(job);
                } else {
                    let begun = job.attempts > 0;
                    self.fail(job, TaskError::Closed, begun);
                }
            }
            self.cancel_running(now);
        }
        if !self.queue.is_empty() {
            return;
        }
        let mut told = Vec::new();
        for (id, member) in &mut self.members {
            let is_spare = member.phase == Phase::Starting || member.phase == Phase::Ready;
            if is_spare && member.slots.is_empty() {
                let limit = now.saturating_add(self.rules.grace);
                if member.phase == Phase::Ready {
                    told.push(member.seat);
                }
                member.phase = Phase::Retiring { limit };
                self.actions.push(Action::Retire(*id));
            }
        }
        for isolate in told {
            self.tell(|| PoolEvent::Ended { isolate }, None);
        }
        if self.members.is_empty() {
            self.door = Door::Closed;
        }
    }

    pub(super) fn next_ending(&self) -> Option<Duration> {
        match self.door {
            Door::Closing { limit } => limit,
            Door::Open | Door::Closed => None,
        }
    }
}
