//! Cancelling a job, and what time does to it: deadlines, timeouts, the grace of a cancelled one.

use std::time::Duration;

use super::{Action, Scheduler, Slot};
use crate::{
    TaskError,
    work::worker_pool::queue::{JobId, MemberId},
};

impl<J: Clone> Scheduler<J> {
    /// Gives a job up. One that waits is gone; one that runs is told, and its isolate is killed when it does not
    /// listen.
    pub(in crate::work::worker_pool) fn cancel(
        &mut self,
        now: Duration,
        id: JobId,
        error: TaskError,
    ) {
        if self.queue.contains(id) {
            return self.fail_queued(id, error);
        }
        if let Some(at) = self.never_begun.iter().position(|job| job.id == id) {
            let job = self.never_begun.remove(at);
            return self.fail(job, error, false);
        }
        let holder = self.members.iter().find_map(|(member, held)| {
            let index = held.slots.iter().position(|slot| slot.job.id == id)?;
            Some((*member, index))
        });
        if let Some((member, index)) = holder {
            self.give_up(now, member, index, error);
        }
    }

    fn give_up(&mut self, now: Duration, member: MemberId, index: usize, error: TaskError) {
        let grace = self.rules.grace;
        let slot = self
            .members
            .get_mut(&member)
            .and_then(|member| member.slots.get_mut(index))
            .filter(|slot| slot.is_live);
        let Some(slot) = slot else { return };
        slot.is_live = false;
        slot.kill_at = slot.begun.map(|_| now.saturating_add(grace));
        let job = slot.job.clone();
        self.actions.push(Action::Signal(member, job.work.clone()));
        // Its isolate may begin it before it hears of this.
        self.fail(job, error, true);
    }

    pub(super) fn apply_limits(&mut self, now: Duration) {
        while let Some(id) = self.queue.overdue(now) {
            self.fail_queued(id, TaskError::DeadlineExceeded);
        }
        let late: Vec<_> = self
            .slots()
            .filter(|(_, _, slot)| slot.is_live)
            .filter_map(|(member, index, slot)| {
                let (due, error) = limit_of(slot)?;
                (due <= now).then_some((member, index, error))
            })
            .collect();
        for (member, index, error) in late {
            self.give_up(now, member, index, error);
        }
    }

    pub(super) fn next_limit(&self) -> Option<Duration> {
        let running = self.slots().filter(|(_, _, slot)| slot.is_live);
        let running = running.filter_map(|(_, _, slot)| Some(limit_of(slot)?.0));
        running.chain(self.queue.next_deadline()).min()
    }

    /// Gives up all jobs that have a limit, because nothing keeps the time.
    pub(in crate::work::worker_pool) fn lose_time(&mut self, now: Duration, error: &TaskError) {
        let queued = self.queue.take_all();
        for job in queued {
            if job.deadline.is_some() || job.timeout.is_some() {
                let begun = job.attempts > 0;
                self.fail(job, error.clone(), begun);
            } else {
                self.queue.push(job);
            }
        }
        let limited: Vec<_> = self
            .slots()
            .filter(|(_, _, slot)| limit_of(slot).is_some())
            .map(|(member, index, _)| (member, index))
            .collect();
        for (member, index) in limited {
            self.give_up(now, member, index, error.clone());
        }
    }

    pub(super) fn slots(&self) -> impl Iterator<Item = (MemberId, usize, &Slot<J>)> {
        self.members.iter().flat_map(|(id, member)| {
            let slots = member.slots.iter().enumerate();
            slots.map(move |(index, slot)| (*id, index, slot))
        })
    }
}

/// When a job in an isolate is given up, and with which error.
fn limit_of<J>(slot: &Slot<J>) -> Option<(Duration, TaskError)> {
    let deadline = slot
        .job
        .deadline
        .map(|due| (due, TaskError::DeadlineExceeded));
    let timeout = slot.job.timeout.zip(slot.begun);
    let timeout = timeout.map(|(limit, begun)| (begun.saturating_add(limit), TaskError::TimedOut));
    [deadline, timeout]
        .into_iter()
        .flatten()
        .min_by_key(|(due, _)| *due)
}
