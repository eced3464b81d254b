//! [`Member`]: one isolate of a pool, with the jobs it holds.

use std::{collections::VecDeque, time::Duration};

use super::{Job, watchdog::Watch};
use crate::work::worker_pool::rules::Rules;

/// Where an isolate is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It takes no work yet.
    Starting,
    Ready,
    /// It was told to end; killed when it has not by then.
    Retiring {
        limit: Duration,
    },
    /// It was killed; given up when it has not ended by then.
    Killed {
        limit: Duration,
    },
}

/// A job in an isolate.
#[derive(Debug)]
pub(super) struct Slot<J> {
    pub(super) job: Job<J>,
    /// Whether somebody is interested in what comes of it.
    pub(super) is_live: bool,
    /// Since when it runs; none while another is before it.
    pub(super) begun: Option<Duration>,
    /// When its isolate is killed, as it was cancelled and has not noticed.
    pub(super) kill_at: Option<Duration>,
}

/// One isolate.
#[derive(Debug)]
pub(super) struct Member<J> {
    pub(super) seat: usize,
    pub(super) phase: Phase,
    /// What it was given and has not answered for; it runs the first.
    pub(super) slots: VecDeque<Slot<J>>,
    pub(super) born: Duration,
    pub(super) idle_since: Duration,
    /// When it was last given a job, as a number that grows.
    pub(super) used: u64,
    /// How many jobs it has answered for.
    pub(super) jobs: u64,
    /// Whether it is to be replaced when it has nothing to do.
    pub(super) is_worn: bool,
    pub(super) watch: Watch,
}

impl<J> Member<J> {
    pub(super) fn new(seat: usize, now: Duration) -> Self {
        Self {
            seat,
            phase: Phase::Starting,
            slots: VecDeque::new(),
            born: now,
            idle_since: now,
            used: 0,
            jobs: 0,
            is_worn: false,
            watch: Watch::default(),
        }
    }

    /// When it is too old, if it ever is. Without a job it never is. Otherwise one that is old at once would be replaced
    /// for ever, and no job would run.
    pub(super) fn old_at(&self, rules: &Rules) -> Option<Duration> {
        let most = rules.max_age.filter(|_| self.jobs > 0)?;
        Some(self.born.saturating_add(most))
    }

    /// Whether it counts among those that there may be.
    pub(super) fn is_counted(&self) -> bool {
        !matches!(self.phase, Phase::Killed { .. })
    }

    /// Whether it can be given a job when it may hold `window`.
    pub(super) fn has_room(&self, window: usize) -> bool {
        self.phase == Phase::Ready && !self.is_worn && self.slots.len() < window
    }

    /// Whether it holds a job that its owner waits for.
    pub(super) fn has_live_job(&self) -> bool {
        self.slots.iter().any(|slot| slot.is_live)
    }

    /// The first of its jobs runs from now on.
    pub(super) fn begin_next(&mut self, now: Duration, grace: Duration) {
        if let Some(slot) = self.slots.front_mut() {
            slot.begun.get_or_insert(now);
            if !slot.is_live {
                slot.kill_at.get_or_insert(now.saturating_add(grace));
            }
        }
    }
}
