//! What the scheduler does, one situation a test.

use std::time::Duration;

use super::{Action, Given, Scheduler};
use crate::{
    ExitReason, TaskError,
    work::worker_pool::{
        events::PoolEvent,
        queue::MemberId,
        rules::{Rules, WhenFull},
    },
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
            let actions = self.scheduler.settle(self.now);
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

#[test]
fn a_slow_job_holds_up_nobody() {
    let mut pool = Pool::new(2, |_| {});
    (0..20).for_each(|id| pool.run(id));
    let (slow, other) = (pool.holder(0).unwrap(), pool.holder(1).unwrap());
    for id in 1..20 {
        assert_eq!(pool.answer(other), Some(id));
    }
    assert_eq!(pool.answer(slow), Some(0));
}

#[test]
fn a_waiting_job_is_cancelled_for_nothing() {
    let mut pool = Pool::new(1, |_| {});
    (0..2).for_each(|id| pool.run(id));
    pool.cancel(1);
    assert_eq!(pool.failed, [(1, TaskError::Cancelled, false)]);
    pool.answer(0);
    assert_eq!(pool.posted, [(0, 0)]);
    assert!(pool.scheduler.is_idle());
}

#[test]
fn a_cancelled_job_that_ends_costs_no_isolate() {
    let mut pool = Pool::new(1, |rules| rules.grace = ms(100));
    pool.run(0);
    pool.cancel(0);
    assert_eq!(pool.failed, [(0, TaskError::Cancelled, true)]);
    pool.pass(ms(99));
    assert_eq!(pool.answer(0), None, "nobody waits for it");
    assert_eq!(pool.dropped, [0]);
    pool.run(1);
    pool.pass(ms(1000));
    assert_eq!(pool.holder(1), Some(0));
    assert_eq!(pool.killed, []);
}

#[test]
fn a_cancelled_job_that_goes_on_costs_its_isolate() {
    let mut pool = Pool::new(1, |rules| rules.grace = ms(100));
    (0..2).for_each(|id| pool.run(id));
    pool.cancel(0);
    pool.pass(ms(100));
    assert_eq!(pool.killed, [0]);
    assert_eq!(pool.holder(1), Some(1), "its successor takes the next");
    pool.pass(ms(100));
    assert_eq!(
        pool.scheduler.counts.abandoned, 1,
        "it has not ended either"
    );
}

#[test]
fn hanging_jobs_leave_room_for_others() {
    let mut pool = Pool::new(2, |rules| rules.grace = ms(100));
    for id in 0..4 {
        pool.give(id, |given| given.timeout = Some(ms(2000)));
    }
    (4..12).for_each(|id| pool.run(id));
    pool.pass(ms(5000));
    let timed_out: Vec<_> = pool.failed.iter().map(|(id, ..)| *id).collect();
    assert_eq!(timed_out, [0, 1, 2, 3]);
    assert!(
        pool.failed
            .iter()
            .all(|(_, error, begun)| *error == TaskError::TimedOut && *begun)
    );
    for id in 4..12 {
        let member = pool.holder(id).expect("it has begun");
        assert_eq!(pool.answer(member), Some(id));
    }
}

#[test]
fn a_deadline_counts_from_the_start_of_waiting() {
    let mut pool = Pool::new(1, |_| {});
    pool.run(0);
    pool.give(1, |given| given.deadline = Some(ms(50)));
    pool.pass(ms(50));
    assert_eq!(pool.failed, [(1, TaskError::DeadlineExceeded, false)]);
    pool.answer(0);
    pool.give(2, |given| given.deadline = Some(ms(80)));
    pool.pass(ms(30));
    assert_eq!(pool.failed[1], (2, TaskError::DeadlineExceeded, true));
}

#[test]
fn a_lost_isolate_fails_what_it_had_begun() {
    let mut pool = Pool::new(1, |_| {});
    (0..2).for_each(|id| pool.run(id));
    pool.lose(0);
    assert_eq!(pool.failed, [(0, lost(), true)]);
    pool.pass(ms(100));
    assert_eq!(pool.holder(1), Some(1));
}

#[test]
fn a_job_begins_again_as_often_as_it_may() {
    let mut pool = Pool::new(1, |_| {});
    pool.give(0, |given| given.retries = 1);
    pool.lose(0);
    pool.pass(ms(100));
    assert_eq!(pool.posted, [(0, 0), (1, 0)]);
    pool.lose(1);
    assert_eq!(pool.failed, [(0, lost(), true)]);
}

#[test]
fn a_second_job_in_a_lost_isolate_goes_back() {
    let mut pool = Pool::new(1, |rules| rules.window = 2);
    pool.run(0);
    pool.answer(0); // jobs are short
    (1..4).for_each(|id| pool.run(id));
    assert_eq!(pool.posted, [(0, 0), (0, 1), (0, 2)]);
    pool.lose(0);
    assert_eq!(pool.failed, [(1, lost(), true)]);
    assert_eq!(pool.posted[3..], [(1, 2), (1, 3)]);
}

#[test]
fn nothing_waits_behind_a_long_job() {
    let mut pool = Pool::new(1, |rules| rules.window = 2);
    pool.run(0);
    pool.pass(ms(10));
    pool.answer(0);
    (1..3).for_each(|id| pool.run(id));
    assert_eq!(pool.posted, [(0, 0), (0, 1)]);
}

#[test]
fn jobs_of_a_key_stay_together() {
    let mut pool = Pool::new(4, |_| {});
    (100..104).for_each(|id| pool.run(id));
    for member in 0..4 {
        pool.answer(member);
    }
    for id in 0..3 {
        pool.give(id, |given| given.key = Some(7));
    }
    let home = pool.holder(0).unwrap();
    assert_eq!(pool.posted.len(), 5, "one of them runs");
    pool.answer(home);
    pool.answer(home);
    assert_eq!((pool.holder(1), pool.holder(2)), (Some(home), Some(home)));
}

#[test]
fn a_key_waits_for_its_killed_isolate() {
    let mut pool = Pool::new(2, |rules| rules.grace = ms(100));
    for id in 0..2 {
        pool.give(id, |given| given.key = Some(7));
    }
    pool.cancel(0);
    pool.pass(ms(100));
    assert_eq!(pool.killed.len(), 1);
    assert_eq!(pool.holder(1), None, "the first may still run");
    pool.lose(pool.killed[0]);
    assert!(pool.holder(1).is_some());
}

#[test]
fn a_full_pool_does_as_it_was_told() {
    let full = |when_full| {
        let mut pool = Pool::new(1, |rules| {
            (rules.capacity, rules.when_full) = (2, when_full);
        });
        (0..4).for_each(|id| pool.run(id));
        let failed: Vec<_> = pool.failed.iter().map(|(id, ..)| *id).collect();
        assert!(
            pool.failed
                .iter()
                .all(|(_, error, _)| *error == TaskError::QueueFull)
        );
        failed
    };
    assert_eq!(full(WhenFull::Wait), []);
    assert_eq!(full(WhenFull::Reject), [3]);
    assert_eq!(full(WhenFull::DropOldest), [1]);
    assert_eq!(full(WhenFull::DropNewest), [2]);
}

#[test]
fn idle_isolates_end_but_for_the_least() {
    let mut pool = Pool::new(3, |rules| rules.min = 1);
    (0..3).for_each(|id| pool.run(id));
    for member in 0..3 {
        pool.answer(member);
    }
    pool.pass(Duration::from_secs(29));
    assert_eq!(pool.retired, []);
    pool.pass(Duration::from_secs(1));
    assert_eq!(pool.retired.len(), 2);
}

#[test]
fn an_isolate_is_replaced_after_its_jobs() {
    let mut pool = Pool::new(1, |rules| rules.max_jobs = Some(2));
    (0..3).for_each(|id| pool.run(id));
    pool.answer(0);
    pool.answer(0);
    assert_eq!(pool.retired, [0]);
    pool.lose(0);
    assert_eq!(pool.holder(2), Some(1));
    assert_eq!(pool.scheduler.counts.recycled, 1);
}

#[test]
fn starts_that_fail_are_an_error_and_no_loop() {
    let mut pool = Pool::new(2, |_| {});
    pool.starts = false;
    pool.run(0);
    for member in 0..3 {
        assert_eq!(pool.failed, []);
        pool.scheduler
            .not_started(pool.now, member, TaskError::Ended);
        pool.pass(ms(1000));
    }
    assert_eq!(pool.failed, [(0, TaskError::Ended, false)]);
    let spawned = pool.scheduler.counts.spawned;
    pool.pass(Duration::from_secs(3600));
    assert_eq!(pool.scheduler.counts.spawned, spawned, "nobody needs one");
}

#[test]
fn a_closed_pool_finishes_what_it_has() {
    let mut pool = Pool::new(1, |_| {});
    (0..2).for_each(|id| pool.run(id));
    pool.scheduler.close(None);
    pool.run(2);
    assert_eq!(pool.failed, [(2, TaskError::Closed, false)]);
    pool.answer(0);
    assert_eq!(pool.retired, []);
    pool.answer(0);
    assert_eq!(pool.retired, [0]);
    assert!(!pool.scheduler.is_closed());
    pool.lose(0);
    assert!(pool.scheduler.is_closed());
}

#[test]
fn a_close_with_a_limit_gives_back_what_never_began() {
    let mut pool = Pool::new(1, |_| {});
    (0..3).for_each(|id| pool.run(id));
    pool.scheduler.close(Some(ms(50)));
    pool.pass(ms(50));
    assert_eq!(pool.failed, [(0, TaskError::Closed, true)]);
    let never: Vec<_> = pool
        .scheduler
        .take_never_begun()
        .iter()
        .map(|job| job.id)
        .collect();
    assert_eq!(never, [1, 2]);
    pool.answer(0);
    pool.lose(0);
    assert!(pool.scheduler.is_closed());
}

#[test]
fn a_second_job_in_an_abandoned_isolate_may_have_begun() {
    let mut pool = Pool::new(1, |rules| (rules.window, rules.grace) = (2, ms(100)));
    pool.run(0);
    pool.answer(0); // jobs are short
    (1..3).for_each(|id| pool.run(id));
    pool.cancel(1);
    pool.pass(ms(200));
    assert_eq!(pool.scheduler.counts.abandoned, 1);
    assert_eq!(pool.failed[1], (2, lost(), true));
}

#[test]
fn an_answer_ends_the_wait_for_the_next_start() {
    let mut pool = Pool::new(2, |rules| rules.max_jobs = Some(1));
    pool.run(0);
    pool.starts = false;
    (1..3).for_each(|id| pool.run(id));
    pool.scheduler.not_started(pool.now, 1, TaskError::Ended);
    pool.settle();
    pool.starts = true;
    pool.answer(0);
    pool.lose(0);
    pool.pass(ms(1000));
    assert!(pool.holder(1).is_some(), "somebody takes it");
}

#[test]
fn a_pinned_job_runs_on_its_isolate_alone() {
    let mut pool = Pool::new(2, |_| {});
    (0..2).for_each(|id| pool.run(id));
    pool.answer(1);
    pool.give(2, |given| given.member = Some(0));
    pool.run(3);
    assert_eq!(pool.holder(2), None);
    assert_eq!(pool.holder(3), Some(1), "nobody waits behind it");
    pool.answer(0);
    assert_eq!(pool.holder(2), Some(0));
}

#[test]
fn a_pinned_job_runs_before_its_isolate_is_replaced() {
    let mut pool = Pool::new(1, |_| {});
    pool.run(0);
    pool.give(1, |given| given.member = Some(0));
    pool.scheduler.recycle();
    pool.answer(0);
    assert_eq!(pool.holder(1), Some(0));
    assert_eq!(pool.retired, []);
    pool.answer(0);
    assert_eq!(pool.retired, [0]);
    pool.give(2, |given| given.member = Some(0));
    assert_eq!(pool.failed, [(2, lost(), false)], "it takes no work");
}

#[test]
fn a_pinned_job_is_lost_with_its_isolate() {
    let mut pool = Pool::new(1, |rules| rules.window = 2);
    pool.run(0);
    pool.answer(0); // jobs are short
    for id in 1..4 {
        pool.give(id, |given| given.member = Some(0));
    }
    pool.lose(0);
    pool.failed.sort_by_key(|(id, ..)| *id);
    assert_eq!(
        pool.failed,
        [(1, lost(), true), (2, lost(), false), (3, lost(), false)]
    );
    assert!(pool.scheduler.is_idle());
}

#[test]
fn a_pinned_job_is_not_given_back() {
    let mut pool = Pool::new(1, |rules| rules.grace = ms(1000));
    pool.run(0);
    pool.give(1, |given| given.member = Some(0));
    pool.scheduler.close(Some(ms(50)));
    pool.pass(ms(50));
    assert_eq!(pool.failed[0], (1, TaskError::Closed, false));
    assert_eq!(pool.scheduler.take_never_begun().len(), 0);
}

#[test]
fn who_listens_hears_of_each_isolate() {
    let mut pool = Pool::new(1, |rules| {
        (rules.max_jobs, rules.grace) = (Some(2), ms(100));
    });
    let isolate = 0;
    pool.run(0);
    assert_eq!(pool.told(), [], "nobody listens");
    pool.scheduler.listen(true);
    pool.answer(0);
    pool.run(1);
    pool.answer(0);
    assert_eq!(pool.told(), [PoolEvent::Recycled { isolate }]);
    pool.lose(0);
    pool.run(2);
    assert_eq!(pool.told(), [PoolEvent::Started { isolate }]);
    let error = lost();
    pool.lose(1);
    assert_eq!(pool.told(), [PoolEvent::Lost { isolate, error }]);
    pool.starts = false;
    pool.run(3);
    let error = TaskError::Ended;
    pool.scheduler.not_started(pool.now, 2, error.clone());
    pool.settle();
    assert_eq!(pool.told(), [PoolEvent::NotStarted { isolate, error }]);
    pool.starts = true;
    pool.pass(ms(100));
    pool.cancel(3);
    pool.pass(ms(100));
    let killed = PoolEvent::Killed {
        isolate,
        label: None,
    };
    let told = std::mem::take(&mut pool.told);
    assert_eq!(told[1..], [(killed, Some(3))]);
    pool.lose(pool.killed[0]);
    pool.run(4);
    let member = pool.holder(4).unwrap();
    pool.answer(member);
    pool.told.clear();
    pool.scheduler.close(None);
    pool.settle();
    assert_eq!(pool.told(), [PoolEvent::Ended { isolate }]);
}

#[test]
fn a_full_pool_is_told_once_until_it_is_empty() {
    let mut pool = Pool::new(1, |rules| rules.capacity = 2);
    pool.scheduler.listen(true);
    (0..5).for_each(|id| pool.run(id));
    let started = PoolEvent::Started { isolate: 0 };
    assert_eq!(pool.told(), [started, PoolEvent::Saturated]);
    (0..3).for_each(|_| {
        let _ = pool.answer(0);
    });
    assert_eq!(pool.told(), []);
    pool.answer(0);
    assert_eq!(pool.told(), [PoolEvent::Drained]);
}

#[test]
fn an_isolate_away_from_its_loop_is_told_once() {
    let mut pool = Pool::new(1, |rules| rules.watchdog = Some(ms(100)));
    pool.scheduler.listen(true);
    pool.run(7);
    pool.told.clear();
    pool.pass(ms(49));
    assert_eq!(pool.asked, [], "short jobs cost nothing");
    pool.pass(ms(1));
    assert_eq!(pool.asked, [0]);
    pool.scheduler.heard(pool.now, 0);
    pool.pass(ms(50));
    assert_eq!(pool.asked, [0, 0], "it may be away later");
    pool.pass(ms(99));
    assert_eq!(pool.told, []);
    pool.pass(ms(1000));
    let event = PoolEvent::NotResponding {
        isolate: 0,
        label: None,
        running: ms(200),
    };
    assert_eq!(pool.told, [(event, Some(7))]);
    pool.answer(0);
    pool.pass(ms(1000));
    assert_eq!(pool.asked.len(), 2, "it has no job");
}

#[test]
fn a_pool_that_is_late_asks_again() {
    let mut pool = Pool::new(1, |rules| rules.watchdog = Some(ms(100)));
    pool.scheduler.listen(true);
    pool.run(0);
    pool.pass(ms(50));
    pool.told.clear();
    pool.now += ms(1000);
    pool.settle();
    assert_eq!((pool.asked.len(), pool.told.len()), (2, 0));
    pool.pass(ms(100));
    assert_eq!(pool.told.len(), 1);
}
