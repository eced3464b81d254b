//! [`Scheduler`]: what a pool does next, as a state machine without a platform, a clock or a lock.
//!
//! Its inputs are what happens: a job is given, an isolate has started, has answered or is lost, time has passed. Its
//! outputs are [`Action`]s. It never runs a job's code nor drops a job; both happen where the actions are carried out.

mod dispatch;
mod ending;
mod limits;
mod member;
mod supervision;
#[cfg(test)]
mod tests;
mod watchdog;

use std::{collections::BTreeMap, time::Duration};

use super::{
    events::PoolEvent,
    queue::{Job, JobId, MemberId, Queue, Rank},
    rules::{Rules, WhenFull},
    stats::{Histogram, PoolStats},
};
use crate::{JobError, TaskError, work::restarts::Failures};

use member::{Member, Phase, Slot};
use supervision::gone;

/// What is to be done, outside any lock.
#[derive(Debug)]
pub(super) enum Action<J> {
    /// Start an isolate, on this seat.
    Spawn(MemberId, usize),
    /// Give an isolate a job.
    Post(MemberId, JobId, J),
    /// Tell a job in an isolate that it is cancelled.
    Signal(MemberId, J),
    /// End an isolate wherever it is.
    Kill(MemberId),
    /// Let an isolate end, as it has nothing to do.
    Retire(MemberId),
    /// Have an isolate answer from its event loop.
    Ask(MemberId),
    /// Tell those who listen what has happened, with the label of a job.
    Tell(PoolEvent, Option<J>),
    /// Forget an isolate that is gone.
    Forget(MemberId),
    /// Tell a job's owner why it has no value.
    Fail(J, JobError),
    /// Drop what is left of a job.
    Drop(J),
}

/// What is to be done, in order. Most often it is one thing, for which the scheduler keeps its vector.
pub(super) struct Actions<J> {
    only: Option<Action<J>>,
    several: std::vec::IntoIter<Action<J>>,
}

impl<J> Actions<J> {
    fn take(actions: &mut Vec<Action<J>>) -> Self {
        let several = if actions.len() > 1 {
            std::mem::take(actions)
        } else {
            Vec::new()
        };
        Self {
            only: actions.pop(),
            several: several.into_iter(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.only.is_none() && self.several.as_slice().is_empty()
    }
}

impl<J> Iterator for Actions<J> {
    type Item = Action<J>;

    fn next(&mut self) -> Option<Action<J>> {
        self.only.take().or_else(|| self.several.next())
    }
}

/// Whether the pool takes jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Open,
    /// What is there is finished.
    Closing {
        /// When the rest is cancelled.
        limit: Option<Duration>,
    },
    /// Nothing is left.
    Closed,
}

/// How many of what there has been.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) answered: u64,
    pub(super) failed: u64,
    pub(super) spawned: u64,
    pub(super) lost: u64,
    pub(super) recycled: u64,
    pub(super) killed: u64,
    pub(super) abandoned: u64,
}

/// A new job, as it comes.
pub(super) struct Given<J> {
    pub(super) id: JobId,
    pub(super) work: J,
    pub(super) priority: i8,
    pub(super) key: Option<u64>,
    /// The one isolate that may run it.
    pub(super) member: Option<MemberId>,
    pub(super) deadline: Option<Duration>,
    pub(super) timeout: Option<Duration>,
    pub(super) retries: u32,
}

impl<J> Given<J> {
    /// Whether it is a job like most: any isolate may run it, at any time.
    pub(super) fn is_plain(&self) -> bool {
        self.key.is_none() && self.member.is_none() && self.deadline.is_none()
    }
}

impl<J> From<Job<J>> for Given<J> {
    fn from(job: Job<J>) -> Self {
        Self {
            id: job.id,
            work: job.work,
            priority: job.priority,
            key: job.key,
            // It was another pool's.
            member: None,
            deadline: job.deadline,
            timeout: job.timeout,
            retries: job.retries,
        }
    }
}

/// What a pool does next.
pub(super) struct Scheduler<J> {
    rules: Rules,
    queue: Queue<J>,
    members: BTreeMap<MemberId, Member<J>>,
    actions: Vec<Action<J>>,
    door: Door,
    next_member: MemberId,
    /// Counts dispatches, to tell who was used last.
    uses: u64,
    /// How many isolates are to be there although there is no work.
    wanted: usize,
    /// Whether the least number of isolates is kept, as there were some.
    is_kept: bool,
    /// Failed starts in a row.
    failures: Failures,
    /// How long jobs take of late, in microseconds; none before the first.
    pace: Option<u64>,
    /// Whether somebody wants to know what happens, and was told that no more jobs may wait.
    is_heard: bool,
    is_saturated: bool,
    counts: Counts,
    waiting_time: Histogram,
    running_time: Histogram,
    /// The jobs that never began before the limit of a close.
    never_begun: Vec<Job<J>>,
}

impl<J: Clone> Scheduler<J> {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            queue: Queue::default(),
            members: BTreeMap::new(),
            actions: Vec::new(),
            door: Door::Open,
            next_member: 0,
            uses: 0,
            wanted: 0,
            is_kept: false,
            failures: Failures::default(),
            pace: None,
            is_heard: false,
            is_saturated: false,
            counts: Counts::default(),
            waiting_time: Histogram::default(),
            running_time: Histogram::default(),
            never_begun: Vec::new(),
        }
    }

    /// Takes a job, or gives it back with the reason. A pool that is full may fail another in its place.
    pub(super) fn submit(&mut self, now: Duration, given: Given<J>) -> Result<(), (J, TaskError)> {
        if self.door != Door::Open {
            return Err((given.work, TaskError::Closed));
        }
        if let Some(member) = given.member {
            if !self.takes_work(member) {
                return Err((given.work, gone()));
            }
        } else if self.is_full() {
            let dropped = match self.rules.when_full {
                WhenFull::Wait => None,
                WhenFull::Reject => return Err((given.work, TaskError::QueueFull)),
                WhenFull::DropOldest => Some(self.queue.oldest()),
                WhenFull::DropNewest => Some(self.queue.newest()),
            };
            match dropped {
                // There is nothing to drop in its place.
                Some(None) => return Err((given.work, TaskError::QueueFull)),
                Some(Some(id)) => self.fail_queued(id, TaskError::QueueFull),
                None => {}
            }
        }
        self.queue.push(Job {
            id: given.id,
            rank: Rank::new(now, given.priority, self.rules.aging, given.id),
            work: given.work,
            priority: given.priority,
            submitted: now,
            key: given.key,
            member: given.member,
            deadline: given.deadline,
            timeout: given.timeout,
            retries: given.retries,
            attempts: 0,
        });
        Ok(())
    }

    /// Whether no more jobs may wait. Those that an isolate is free for do not count.
    pub(super) fn is_full(&self) -> bool {
        let busy = self
            .members
            .values()
            .filter(|member| member.is_counted() && !member.slots.is_empty())
            .count();
        let free = self.rules.max.saturating_sub(busy);
        self.queue.unpinned() >= self.rules.capacity.saturating_add(free)
    }

    /// Whether a new job has a place among those that may wait.
    pub(super) fn has_room(&self) -> bool {
        !self.is_full() || self.door != Door::Open
    }

    /// Whether no job waits and none runs.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.members.values().all(|member| !member.has_live_job())
    }

    pub(super) fn is_open(&self) -> bool {
        self.door == Door::Open
    }

    /// Whether the pool is closed and all its isolates are gone.
    pub(super) fn is_closed(&self) -> bool {
        self.door == Door::Closed
    }

    /// An isolate takes work.
    pub(super) fn started(&mut self, now: Duration, id: MemberId) {
        if let Some(member) = self.members.get_mut(&id)
            && member.phase == Phase::Starting
        {
            member.phase = Phase::Ready;
            member.idle_since = now;
            member.born = now;
            member.watch.hear(now);
            let isolate = member.seat;
            self.is_kept = true;
            self.queue.unbind_all();
            self.tell(|| PoolEvent::Started { isolate }, None);
        }
    }

    /// Whether an isolate that comes up has work to expect.
    pub(super) fn is_starting(&self, id: MemberId) -> bool {
        let member = self.members.get(&id);
        member.is_some_and(|member| member.phase == Phase::Starting)
    }

    /// An isolate has answered for the job it had longest. Gives that, with how often it has begun, unless its owner
    /// has given it up.
    pub(super) fn answered(&mut self, now: Duration, id: MemberId) -> Option<(J, u32)> {
        let member = self.members.get_mut(&id)?;
        let slot = member.slots.pop_front()?;
        member.jobs += 1;
        member.idle_since = now;
        member.watch.hear(now);
        member.begin_next(now, self.rules.grace);
        self.counts.answered += 1;
        self.failures.clear();
        let took = slot
            .begun
            .map_or(Duration::ZERO, |begun| now.saturating_sub(begun));
        self.running_time.add(took);
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        // An average in which each job counts for an eighth.
        self.pace = Some(self.pace.map_or(took, |pace| pace - pace / 8 + took / 8));
        if !slot.is_live {
            self.actions.push(Action::Drop(slot.job.work));
            return None;
        }
        Some((slot.job.work, slot.job.attempts))
    }

    /// Counts an answer that is no value.
    pub(super) fn count_failed(&mut self) {
        self.counts.failed += 1;
    }

    pub(super) fn most(&self) -> usize {
        self.rules.max
    }

    pub(super) fn stats(&self) -> PoolStats {
        let ready = || {
            let members = self.members.values();
            members.filter(|member| member.phase == Phase::Ready)
        };
        PoolStats {
            queued: self.queue.len(),
            running: self.slots().count(),
            isolates: ready().count(),
            idle: ready().filter(|member| member.slots.is_empty()).count(),
            answered: self.counts.answered,
            failed: self.counts.failed,
            spawned: self.counts.spawned,
            lost: self.counts.lost,
            recycled: self.counts.recycled,
            killed: self.counts.killed,
            abandoned: self.counts.abandoned,
            waiting_time: self.waiting_time.clone(),
            running_time: self.running_time.clone(),
        }
    }

    /// A job could not be given to its isolate.
    pub(super) fn not_posted(&mut self, now: Duration, id: MemberId, job: JobId, error: TaskError) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        let Some(index) = member.slots.iter().position(|slot| slot.job.id == job) else {
            return;
        };
        let slot = member.slots.remove(index);
        member.idle_since = now;
        member.begin_next(now, self.rules.grace);
        let Some(Slot { job, is_live, .. }) = slot else {
            return;
        };
        if is_live {
            let has_begun_before = job.attempts > 1;
            self.fail(job, error, has_begun_before);
        } else {
            self.actions.push(Action::Drop(job.work));
        }
    }

    /// The jobs that run, by isolate, each with how long it has.
    pub(super) fn running_jobs(
        &self,
        now: Duration,
    ) -> impl Iterator<Item = (MemberId, &J, Duration)> {
        self.members.iter().filter_map(move |(id, member)| {
            let slot = member.slots.front()?;
            let begun = slot.begun?;
            Some((*id, &slot.job.work, now.saturating_sub(begun)))
        })
    }

    /// The job that an isolate runs, how long it had waited, and when it began.
    pub(super) fn running_job(&self, id: MemberId) -> Option<(&J, Duration, Duration)> {
        let slot = self.members.get(&id)?.slots.front()?;
        let begun = slot.begun?;
        Some((
            &slot.job.work,
            begun.saturating_sub(slot.job.submitted),
            begun,
        ))
    }

    /// Brings everything up to now, and gives what is to be done.
    pub(super) fn settle(&mut self, now: Duration) -> Actions<J> {
        self.apply_limits(now);
        self.apply_supervision(now);
        self.dispatch(now);
        self.grow(now);
        self.apply_ending(now);
        self.apply_watchdog(now);
        self.apply_saturation();
        if self.is_heard {
            // What is done has consequences, and those are told elsewhere: after this.
            let is_done = |action: &Action<J>| !matches!(action, Action::Tell(..));
            self.actions.sort_by_key(is_done);
        }
        Actions::take(&mut self.actions)
    }

    /// When [`settle`](Self::settle) has something to do although nothing happens.
    pub(super) fn next_due(&self) -> Option<Duration> {
        [
            self.next_limit(),
            self.next_supervision(),
            self.next_ending(),
            self.next_watch(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn fail(&mut self, job: Job<J>, error: TaskError, begun: bool) {
        self.actions.push(Action::Fail(
            job.work,
            JobError::new(error, begun, job.attempts),
        ));
    }

    fn fail_queued(&mut self, id: JobId, error: TaskError) {
        if let Some(job) = self.queue.remove(id) {
            let begun = job.attempts > 0;
            self.fail(job, error, begun);
        }
    }
}
