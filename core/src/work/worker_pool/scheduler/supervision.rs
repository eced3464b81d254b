//! Isolates that are lost, killed, worn, idle, or do not start.

use std::time::Duration;

use super::{Action, Door, Job, Member, MemberId, Phase, Scheduler};
use crate::{ExitReason, SpawnError, TaskError, work::worker_pool::events::PoolEvent};

impl<J: Clone> Scheduler<J> {
    /// An isolate has not started, or its state could not be made.
    pub(in crate::work::worker_pool) fn not_started(
        &mut self,
        now: Duration,
        id: MemberId,
        error: TaskError,
    ) {
        // One that was killed, as it took too long, has failed before, and is lost later.
        let member = self.members.get(&id);
        if member.is_some_and(|member| matches!(member.phase, Phase::Killed { .. })) {
            return;
        }
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        self.actions.push(Action::Forget(id));
        self.tell_not_started(member.seat, &error);
        self.count_failure(now, error);
    }

    fn tell_not_started(&mut self, isolate: usize, error: &TaskError) {
        let error = || error.clone();
        self.tell(
            || PoolEvent::NotStarted {
                isolate,
                error: error(),
            },
            None,
        );
    }

    fn count_failure(&mut self, now: Duration, error: TaskError) {
        self.failures.add(self.rules.restarts, now, error.clone());
        let is_alone = !self
            .members
            .values()
            .any(|member| matches!(member.phase, Phase::Ready | Phase::Starting));
        if self.failures.error().is_some() && is_alone {
            (self.wanted, self.is_kept) = (0, false);
            for job in self.queue.take_all() {
                let begun = job.attempts > 0;
                self.fail(job, error.clone(), begun);
            }
        }
    }

    /// Why the last start has failed, if none has succeeded since.
    pub(in crate::work::worker_pool) fn start_error(&self) -> Option<&TaskError> {
        self.failures.error()
    }

    /// An isolate has ended, whatever the reason. What it had begun is lost; what it had not begun goes back.
    pub(in crate::work::worker_pool) fn lost(
        &mut self,
        now: Duration,
        id: MemberId,
        error: TaskError,
    ) {
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        self.part_with(now, id, member, error, true);
    }

    /// Deals with what an isolate leaves. Of one that was given up it is not known which jobs it begins.
    fn part_with(
        &mut self,
        now: Duration,
        id: MemberId,
        member: Member<J>,
        error: TaskError,
        has_ended: bool,
    ) {
        self.actions.push(Action::Forget(id));
        self.queue.unbind_all();
        for job in self.queue.take_pinned(id) {
            self.fail(job, error.clone(), false);
        }
        let was_started = member.phase != Phase::Starting;
        let isolate = member.seat;
        match member.phase {
            Phase::Ready => {
                self.counts.lost += 1;
                let error = || error.clone();
                self.tell(
                    || PoolEvent::Lost {
                        isolate,
                        error: error(),
                    },
                    None,
                );
            }
            Phase::Starting => self.tell_not_started(isolate, &error),
            Phase::Retiring { .. } | Phase::Killed { .. } => {}
        }
        for (index, slot) in member.slots.into_iter().enumerate() {
            if slot.is_live {
                self.take_back(slot.job, index == 0 || !has_ended, &error);
            } else {
                self.actions.push(Action::Drop(slot.job.work));
            }
        }
        if !was_started || (member.phase == Phase::Ready && member.used == 0) {
            self.count_failure(now, error);
        }
    }

    /// Has a job of a lost isolate begin once more, if it has not begun or may.
    fn take_back(&mut self, mut job: Job<J>, has_begun: bool, error: &TaskError) {
        if !has_begun && job.member.is_some() {
            return self.fail(job, error.clone(), false);
        }
        if !has_begun {
            job.attempts -= 1;
            return self.queue.push(job);
        }
        if job.retries > 0 {
            job.retries -= 1;
            return self.queue.push(job);
        }
        self.fail(job, error.clone(), true);
    }

    /// Wants isolates to be there although there is no work.
    pub(in crate::work::worker_pool) fn want(&mut self, count: usize) {
        self.wanted = self.wanted.max(count.min(self.rules.max));
    }

    /// Whether an isolate can be given a job that no other may run.
    pub(super) fn takes_work(&self, id: MemberId) -> bool {
        let member = self.members.get(&id);
        member.is_some_and(|member| member.phase == Phase::Ready && !member.is_worn)
    }

    /// The isolates that take work, and are not to be replaced.
    pub(in crate::work::worker_pool) fn all_ready(&self) -> Vec<MemberId> {
        let ids = self.members.keys().copied();
        ids.filter(|id| self.takes_work(*id)).collect()
    }

    /// How many isolates take work.
    pub(in crate::work::worker_pool) fn ready(&self) -> usize {
        let ready = self
            .members
            .values()
            .filter(|member| member.phase == Phase::Ready);
        ready.count()
    }

    /// Replaces each isolate when it has finished what it does.
    pub(in crate::work::worker_pool) fn recycle(&mut self) {
        for member in self.members.values_mut() {
            member.is_worn |= member.phase == Phase::Ready;
        }
        self.queue.unbind_all();
    }

    pub(super) fn apply_supervision(&mut self, now: Duration) {
        self.kill_the_unstarted(now);
        self.kill_the_deaf(now);
        self.give_up_the_killed(now);
        let (mut ready, least) = (self.ready(), self.least());
        // Who waits for those that are wanted sees them before any of them ends.
        if ready >= self.wanted {
            self.wanted = 0;
        }
        let (rules, is_drained) = (&self.rules, self.queue.is_empty());
        let (mut has_retired, mut told) = (false, Vec::new());
        let mut idle = Vec::new();
        for (id, member) in &mut self.members {
            if member.phase != Phase::Ready {
                continue;
            }
            member.is_worn |= rules.max_jobs.is_some_and(|most| member.jobs >= most)
                || member.old_at(rules).is_some_and(|old| old <= now);
            let is_spare =
                is_drained && now.saturating_sub(member.idle_since) >= rules.idle_timeout;
            let has_work = !member.slots.is_empty() || self.queue.first_pinned(*id).is_some();
            if (member.is_worn || is_spare) && !has_work {
                idle.push((id, member));
            }
        }
        // Those that have been idle longest go first.
        idle.sort_by_key(|(_, member)| member.idle_since);
        for (id, member) in idle {
            let worn = member.is_worn;
            if worn || ready > least {
                let limit = now.saturating_add(rules.grace);
                member.phase = Phase::Retiring { limit };
                self.counts.recycled += u64::from(worn);
                told.push((member.seat, worn));
                self.actions.push(Action::Retire(*id));
                ready -= 1;
                has_retired = true;
            }
        }
        if has_retired {
            self.queue.unbind_all();
        }
        for (isolate, is_worn) in told {
            let event = || match is_worn {
                true => PoolEvent::Recycled { isolate },
                false => PoolEvent::Ended { isolate },
            };
            self.tell(event, None);
        }
    }

    /// How many isolates there are to be although there is no work.
    pub(super) fn least(&self) -> usize {
        if self.door != Door::Open {
            return 0;
        }
        let kept = if self.is_kept { self.rules.min } else { 0 };
        kept.max(self.wanted)
    }

    /// Kills isolates that do not start in time.
    fn kill_the_unstarted(&mut self, now: Duration) {
        let limit = self.rules.start_timeout;
        let mut late = Vec::new();
        for (id, member) in &mut self.members {
            if member.phase == Phase::Starting && member.born.saturating_add(limit) <= now {
                let limit = now.saturating_add(self.rules.grace);
                member.phase = Phase::Killed { limit };
                self.counts.killed += 1;
                self.actions.push(Action::Kill(*id));
                late.push(member.seat);
            }
        }
        for isolate in late {
            let what = format!("isolate {isolate} of the pool, or its `init`,");
            let error = TaskError::Spawn(SpawnError::TimedOut { what });
            self.tell_not_started(isolate, &error);
            self.count_failure(now, error);
        }
    }

    /// Kills isolates whose cancelled job does not end, and those that do not end when told.
    fn kill_the_deaf(&mut self, now: Duration) {
        let rules = &self.rules;
        let mut told = Vec::new();
        for (id, member) in &mut self.members {
            let due = match member.phase {
                Phase::Ready => member.slots.iter().filter_map(|slot| slot.kill_at).min(),
                Phase::Retiring { limit } => Some(limit),
                Phase::Starting | Phase::Killed { .. } => None,
            };
            if due.is_some_and(|due| due <= now) {
                let limit = now.saturating_add(rules.grace);
                member.phase = Phase::Killed { limit };
                self.counts.killed += 1;
                self.actions.push(Action::Kill(*id));
                let job = member.slots.front().map(|slot| slot.job.work.clone());
                told.push((member.seat, job));
            }
        }
        for (isolate, job) in told {
            let label = None;
            self.tell(|| PoolEvent::Killed { isolate, label }, job);
        }
    }

    /// Gives up isolates that were killed and do not end. Their jobs may go on.
    fn give_up_the_killed(&mut self, now: Duration) {
        let given_up: Vec<_> = self
            .members
            .iter()
            .filter(|(_, member)| matches!(member.phase, Phase::Killed { limit } if limit <= now))
            .map(|(id, _)| *id)
            .collect();
        for id in given_up {
            self.counts.abandoned += 1;
            if let Some(member) = self.members.remove(&id) {
                self.part_with(now, id, member, gone(), false);
            }
        }
    }

    pub(super) fn next_supervision(&self) -> Option<Duration> {
        let ready = self.ready();
        let members = self
            .members
            .values()
            .filter_map(|member| match member.phase {
                Phase::Retiring { limit } | Phase::Killed { limit } => Some(limit),
                Phase::Ready if member.slots.is_empty() => {
                    let is_spare = ready > self.least() && self.queue.is_empty();
                    let idle = member.idle_since.saturating_add(self.rules.idle_timeout);
                    let old = member.old_at(&self.rules);
                    is_spare.then_some(idle).into_iter().chain(old).min()
                }
                Phase::Ready => member.slots.iter().filter_map(|slot| slot.kill_at).min(),
                Phase::Starting => Some(member.born.saturating_add(self.rules.start_timeout)),
            });
        let counted = self.members.values().filter(|member| member.is_counted());
        let (all, starting) = counted.fold((0, false), |(all, starting), member| {
            (all + 1, starting || member.phase == Phase::Starting)
        });
        // One start at a time follows a failed one.
        let waits_to_start = self.failures.is_any()
            && !starting
            && all < self.rules.max
            && (self.queue.unpinned() > 0 || all < self.least());
        members
            .chain(waits_to_start.then_some(self.failures.retry_at()))
            .min()
    }
}

/// Why an isolate does nothing any more that the pool has ended.
pub(super) fn gone() -> TaskError {
    TaskError::IsolateLost {
        name: None,
        reason: ExitReason::Killed,
    }
}
