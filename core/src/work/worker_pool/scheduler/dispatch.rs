//! Which job goes to which isolate, and when there are more isolates.
//!
//! A job is bound late: it leaves the queue when an isolate can begin it. Where a message costs a copy and a hop, an
//! isolate may hold a second job, so that the hop of the one hides behind the work of the other. That holds only
//! while jobs are shorter than what it saves; behind a long one the second would wait while others are idle.

use std::{cmp::Reverse, time::Duration};

use super::{Action, Door, Member, Phase, Scheduler, Slot};
use crate::work::worker_pool::{
    keys::score,
    queue::{JobId, MemberId, Rank},
};

/// Up to which length of a job an isolate may hold another behind it.
const SHORT: Duration = Duration::from_millis(1);

/// How many isolates may be starting at once: enough for any machine, also where no number of isolates is too large.
const MOST_STARTING: usize = 64;

impl<J: Clone> Scheduler<J> {
    /// Gives out jobs while there are both.
    pub(super) fn dispatch(&mut self, now: Duration) {
        while let Some((job, member)) = self.next_pair(now) {
            self.give(now, job, member);
        }
    }

    /// The next job and the isolate for it.
    fn next_pair(&mut self, now: Duration) -> Option<(JobId, MemberId)> {
        loop {
            let bound = self.first_bound(now);
            let open = self.freest(now).zip(self.queue.first_open());
            let Some((free, (rank, job, key))) = open else {
                return bound.map(|(_, job, member)| (job, member));
            };
            if let Some(key) = key {
                let Some(home) = self.home_of(key) else {
                    return bound.map(|(_, job, member)| (job, member));
                };
                self.queue.bind(job, home);
                continue;
            }
            return match bound {
                Some((bound_rank, bound_job, member)) if bound_rank < rank => {
                    Some((bound_job, member))
                }
                _ => Some((job, free)),
            };
        }
    }

    /// The isolate with room that has least to do; of several the one that was used last, so that those that are
    /// not needed become idle.
    fn freest(&self, now: Duration) -> Option<MemberId> {
        let free = self
            .members
            .iter()
            .filter(|(_, member)| member.has_room(self.window(member, now)));
        let least = free.min_by_key(|(_, member)| (member.slots.len(), Reverse(member.used)));
        least.map(|(id, _)| *id)
    }

    /// The first of the jobs that wait for an isolate which has room. One that is to be replaced runs before that what no
    /// other may run.
    fn first_bound(&self, now: Duration) -> Option<(Rank, JobId, MemberId)> {
        let ready = self.members.iter().filter(|(_, member)| {
            member.phase == Phase::Ready && member.slots.len() < self.window(member, now)
        });
        ready
            .filter_map(|(id, member)| {
                let bound = self.queue.first_bound(*id).filter(|_| !member.is_worn);
                let pinned = self.queue.first_pinned(*id);
                let (rank, job) = bound.into_iter().chain(pinned).min()?;
                Some((rank, job, *id))
            })
            .min()
    }

    /// The isolate for the jobs of a key: the one that holds such a job, whatever its state, or else the one whose
    /// seat is most the key's.
    fn home_of(&self, key: u64) -> Option<MemberId> {
        let holds = |member: &Member<J>| member.slots.iter().any(|slot| slot.job.key == Some(key));
        let holder = self.members.iter().find(|(_, member)| holds(member));
        let ready = self
            .members
            .iter()
            .filter(|(_, member)| member.phase == Phase::Ready && !member.is_worn);
        let home = holder.or_else(|| ready.max_by_key(|(_, member)| score(key, member.seat)));
        home.map(|(id, _)| *id)
    }

    /// Whether a plain job that was given just now can only wait: there are as many isolates as may be, and all are busy.
    pub(in crate::work::worker_pool) fn are_all_busy(&self, now: Duration) -> bool {
        let is_busy = |member: &Member<J>| {
            member.phase == Phase::Ready
                && !member.is_worn
                && member.slots.len() >= self.window(member, now)
        };
        self.door == Door::Open
            && !self.is_heard
            && self.actions.is_empty()
            && self.members.len() >= self.rules.max
            && self.members.values().all(is_busy)
    }

    /// How many jobs an isolate may hold now.
    fn window(&self, member: &Member<J>, now: Duration) -> usize {
        let is_short = |took: Duration| took < SHORT;
        let usual = self.pace.map(Duration::from_micros);
        let running = member.slots.front().and_then(|slot| slot.begun);
        let behind_short_ones = usual.is_some_and(is_short)
            && running.is_none_or(|begun| is_short(now.saturating_sub(begun)));
        if behind_short_ones {
            self.rules.window
        } else {
            1
        }
    }

    fn give(&mut self, now: Duration, job: JobId, id: MemberId) {
        let (Some(mut job), Some(member)) = (self.queue.remove(job), self.members.get_mut(&id))
        else {
            return;
        };
        self.uses += 1;
        member.used = self.uses;
        if member.slots.is_empty() {
            member.watch.hear(now);
        }
        job.attempts += 1;
        self.waiting_time.add(now.saturating_sub(job.submitted));
        self.actions
            .push(Action::Post(id, job.id, job.work.clone()));
        member.slots.push_back(Slot {
            job,
            is_live: true,
            begun: None,
            kill_at: None,
        });
        member.begin_next(now, self.rules.grace);
    }

    /// Starts isolates while there is work that waits, or more are wanted than there are.
    pub(super) fn grow(&mut self, now: Duration) {
        if self.door == Door::Closed || self.failures.retry_at() > now {
            return;
        }
        let counted = self.members.values().filter(|member| member.is_counted());
        let (mut all, mut starting) = (0, 0);
        for member in counted {
            all += 1;
            starting += usize::from(member.phase == Phase::Starting);
        }
        let wanted = self.least();
        // After a failed start one at a time is tried.
        let most_starting = if self.failures.is_any() {
            1
        } else {
            MOST_STARTING
        };
        let mut seats = None;
        while all < self.rules.max
            && starting < most_starting
            && (starting < self.queue.unpinned() || all < wanted)
        {
            let seats = seats.get_or_insert_with(|| self.free_seats());
            let seat = seats.next().unwrap_or_default();
            let id = self.next_member;
            self.next_member += 1;
            self.members.insert(id, Member::new(seat, now));
            self.counts.spawned += 1;
            self.actions.push(Action::Spawn(id, seat));
            (all, starting) = (all + 1, starting + 1);
        }
    }

    /// Numbers that no isolate has, the least first: as many as may be starting at once.
    fn free_seats(&self) -> impl Iterator<Item = usize> + use<J> {
        let mut are_free = vec![true; self.members.len() + MOST_STARTING];
        for member in self.members.values().filter(|member| member.is_counted()) {
            if let Some(is_free) = are_free.get_mut(member.seat) {
                *is_free = false;
            }
        }
        let seats = are_free.into_iter().enumerate();
        seats.filter_map(|(seat, is_free)| is_free.then_some(seat))
    }
}
