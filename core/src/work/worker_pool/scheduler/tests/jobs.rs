//! Jobs: which isolate gets them, and what becomes of them.

use std::time::Duration;

use super::{Pool, lost, ms};
use crate::{TaskError, work::worker_pool::rules::WhenFull};

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
fn an_isolate_is_replaced_when_it_is_old() {
    let mut pool = Pool::new(1, |rules| rules.max_age = Some(ms(100)));
    pool.run(0);
    pool.pass(ms(150));
    assert_eq!(pool.retired, [], "it has work");
    pool.answer(0);
    assert_eq!(pool.retired, [0]);
    pool.lose(0);
    pool.run(1);
    pool.answer(1);
    pool.pass(ms(99));
    assert_eq!(pool.retired, [0]);
    pool.pass(ms(1));
    assert_eq!(pool.retired, [0, 1]);
}

#[test]
fn an_isolate_that_is_old_at_once_runs_a_job() {
    let mut pool = Pool::new(1, |rules| rules.max_age = Some(Duration::ZERO));
    pool.run(0);
    assert_eq!(pool.holder(0), Some(0));
    pool.answer(0);
    assert_eq!(pool.retired, [0]);
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
