//! Jobs of one isolate, and what listeners are told of isolates.

use std::time::Duration;

use super::{Pool, lost, ms};
use crate::{
    SpawnError, TaskError,
    work::{restarts::Policy, worker_pool::events::PoolEvent},
};

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

#[test]
fn an_isolate_that_does_not_start_in_time_is_a_failed_start() {
    let mut pool = Pool::new(1, |rules| {
        rules.start_timeout = ms(1000);
        rules.restarts = Policy::new(2, ms(100));
        rules.grace = ms(10);
    });
    pool.starts = false;
    pool.scheduler.listen(true);
    pool.run(0);
    pool.pass(ms(999));
    assert_eq!((pool.killed.len(), pool.failed.len()), (0, 0));
    pool.pass(ms(1));
    assert_eq!(pool.killed, [0]);
    assert!(matches!(pool.told()[..], [PoolEvent::NotStarted { .. }]));
    pool.scheduler.started(pool.now, 0);
    pool.scheduler.not_started(pool.now, 0, TaskError::Ended);
    assert_eq!(pool.scheduler.ready(), 0, "it is too late");
    pool.lose(0);
    pool.pass(ms(99));
    assert_eq!(pool.scheduler.stats().spawned, 1, "the pool waits first");
    pool.pass(ms(1001));
    assert_eq!(pool.killed, [0, 1]);
    let (job, error, begun) = &pool.failed[0];
    assert_eq!((*job, *begun), (0, false));
    assert!(
        matches!(error, TaskError::Spawn(SpawnError::TimedOut { .. })),
        "{error}"
    );
    pool.pass(ms(10_000));
    let stats = pool.scheduler.stats();
    assert_eq!(
        (stats.spawned, stats.abandoned),
        (2, 1),
        "nothing is tried without a job"
    );
}

#[test]
fn isolates_start_in_turns_however_many_are_wanted() {
    let mut pool = Pool::new(1, |rules| {
        (rules.min, rules.max) = (usize::MAX, usize::MAX);
    });
    pool.starts = false;
    pool.scheduler.want(usize::MAX);
    pool.settle();
    let starting = pool.scheduler.stats().spawned;
    assert_eq!(starting, 64);
    (0..10).for_each(|member| pool.scheduler.started(pool.now, member));
    pool.settle();
    assert_eq!(pool.scheduler.stats().spawned, starting + 10);
}

#[test]
fn an_isolate_that_is_kept_for_no_time_is_ready_first() {
    let mut pool = Pool::new(1, |rules| rules.idle_timeout = Duration::ZERO);
    pool.starts = false;
    pool.scheduler.want(1);
    pool.settle();
    pool.scheduler.started(pool.now, 0);
    pool.settle();
    assert_eq!((pool.scheduler.ready(), pool.retired.len()), (1, 0));
    pool.pass(ms(1));
    assert_eq!(pool.retired, [0]);
}
