//! What the scheduler does, one situation a test.

mod isolates;
mod jobs;

use std::time::Duration;

use super::{Action, Given, Scheduler};
use crate::{
    ExitReason, TaskError,
    work::worker_pool::{events::PoolEvent, queue::MemberId, rules::Rules},
};

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The error of what a killed isolate had begun.
fn lost() -> TaskError {
    TaskError::IsolateLost {
        name: None,
        reason: ExitReason::Killed,
    }
}

/// A scheduler with a clock, whose isolates do as they are told.
struct Pool {
    scheduler: Scheduler<u64>,
    now: Duration,
    /// What was posted and to whom, what was told to its owner, and who was killed or retired.
    posted: Vec<(MemberId, u64)>,
    failed: Vec<(u64, TaskError, bool)>,
    killed: Vec<MemberId>,
    retired: Vec<MemberId>,
    dropped: Vec<u64>,
    asked: Vec<MemberId>,
    told: Vec<(PoolEvent, Option<u64>)>,
    /// Whether isolates start at once.
    starts: bool,
}

impl Pool {
    fn new(max: usize, change: impl FnOnce(&mut Rules)) -> Self {
        let mut rules = Rules::new(max + 1, 1);
        change(&mut rules);
        Self {
            scheduler: Scheduler::new(rules),
            now: Duration::ZERO,
            posted: Vec::new(),
            failed: Vec::new(),
            killed: Vec::new(),
            retired: Vec::new(),
            dropped: Vec::new(),
            asked: Vec::new(),
            told: Vec::new(),
            starts: true,
        }
    }

    fn settle(&mut self) {
        loop {
            let actions: Vec<_> = self.scheduler.settle(self.now).collect();
            if actions.is_empty() {
                return;
            }
            for action in actions {
                match action {
                    Action::Spawn(member, _) if self.starts => {
                        self.scheduler.started(self.now, member);
                    }
                    Action::Spawn(..) | Action::Signal(..) | Action::Forget(_) => {}
                    Action::Post(member, _, work) => self.posted.push((member, work)),
                    Action::Kill(member) => self.killed.push(member),
                    Action::Retire(member) => self.retired.push(member),
                    Action::Fail(work, error) => {
                        self.failed.push((work, error.error, error.begun));
                    }
                    Action::Drop(work) => self.dropped.push(work),
                    Action::Ask(member) => self.asked.push(member),
                    Action::Tell(event, job) => self.told.push((event, job)),
                }
            }
        }
    }

    fn give(&mut self, id: u64, change: impl FnOnce(&mut Given<u64>)) {
        let mut given = Given {
            id,
            work: id,
            priority: 0,
            key: None,
            member: None,
            deadline: None,
            timeout: None,
            retries: 0,
        };
        change(&mut given);
        if let Err((work, error)) = self.scheduler.submit(self.now, given) {
            self.failed.push((work, error, false));
        }
        self.settle();
    }

    fn run(&mut self, id: u64) {
        self.give(id, |_| {});
    }

    /// The isolate answers for the job that it has held longest.
    fn answer(&mut self, member: MemberId) -> Option<u64> {
        let answered = self.scheduler.answered(self.now, member);
        self.settle();
        answered.map(|(work, _)| work)
    }

    fn lose(&mut self, member: MemberId) {
        self.scheduler.lost(self.now, member, lost());
        self.settle();
    }

    fn cancel(&mut self, id: u64) {
        self.scheduler.cancel(self.now, id, TaskError::Cancelled);
        self.settle();
    }

    /// Lets time pass, from one alarm to the next.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.scheduler.next_due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let before = self.scheduler.next_due();
            self.settle();
            assert_ne!(
                before,
                self.scheduler.next_due(),
                "an alarm changes something"
            );
        }
        self.now = end;
        self.settle();
    }

    /// What was told since the last call.
    fn told(&mut self) -> Vec<PoolEvent> {
        let told = std::mem::take(&mut self.told);
        told.into_iter().map(|(event, _)| event).collect()
    }

    fn holder(&self, id: u64) -> Option<MemberId> {
        let posted = self.posted.iter().rev().find(|(_, work)| *work == id);
        posted.map(|(member, _)| *member)
    }
}
