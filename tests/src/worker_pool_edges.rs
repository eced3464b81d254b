//! `WorkerPool`: numbers at the ends of what a call takes, and calls that come when a pool is almost or quite over.

use std::{future::pending, time::Duration};

use insula_core::{
    CancellationToken, Isolate, Platform, Priority, ReceivePort, SendPort, TaskError, Unbegun,
    WorkerPool, WorkerPoolBuilder,
};

use crate::{
    support::{drain, ms, ok, within},
    worker_pool::{held, plus_one, pool_of},
};

/// Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = ms(10_000);

/// What comes of `future`, which must be soon.
async fn soon<P: Platform, F: Future>(future: F) -> F::Output {
    let done = within::<P, _>(LIMIT, future).await;
    done.expect("nothing hangs")
}

/// A pool does its work whatever numbers it is given, and ends.
pub async fn worker_pool_takes_every_number<P: Platform>() {
    type Change<P> = fn(WorkerPoolBuilder<P, ()>) -> WorkerPoolBuilder<P, ()>;
    const NONE: Duration = Duration::ZERO;
    const MOST: Duration = Duration::MAX;
    let changes: [Change<P>; 6] = [
        |pool| pool.max(0).capacity(0).max_jobs(0),
        |pool| pool.min(usize::MAX).prewarm().max_jobs(u64::MAX),
        |pool| pool.grace(NONE).aging(NONE).watchdog(NONE).max_age(NONE),
        |pool| pool.grace(MOST).aging(MOST).watchdog(MOST).max_age(MOST),
        |pool| pool.idle_timeout(NONE).restarts(0, NONE),
        |pool| {
            let pool = pool.idle_timeout(MOST).start_timeout(MOST);
            pool.restarts(u32::MAX, MOST)
        },
    ];
    for change in changes {
        let pool = change(WorkerPool::<P>::builder().max(2)).build();
        let mut events = pool.events();
        assert_eq!(soon::<P, _>(pool.run(plus_one, 1)).await, Ok(2));
        let job = || pool.job(plus_one, 1);
        let unlimited = job().timeout(MOST).deadline(MOST).start();
        assert_eq!(soon::<P, _>(unlimited).await, Ok(2));
        let late = soon::<P, _>(job().deadline(NONE).start()).await;
        let late = late.map_err(|error| error.error);
        assert_eq!(late, Err(TaskError::DeadlineExceeded));
        // It may be done before anybody looks at the time.
        let _ = soon::<P, _>(job().timeout(NONE).start()).await;
        assert_eq!(soon::<P, _>(pool.ready()).await, Ok(()));
        assert_eq!(soon::<P, _>(pool.has_room()).await, Ok(()));
        let left = soon::<P, _>(pool.close_within(MOST)).await;
        assert_eq!(left.map(|left| left.len()), Ok(0));
        soon::<P, _>(async { while events.next().await.is_some() {} }).await;
    }
}

/// A closed pool answers each call.
pub async fn worker_pool_that_is_closed_answers<P: Platform>() {
    let pool = pool_of::<P>(1);
    assert_eq!(soon::<P, _>(pool.broadcast(plus_one, 1)).await, Ok(vec![]));
    ok(pool.close()).await;
    let closed = TaskError::Closed;
    assert_eq!(soon::<P, _>(pool.ready()).await, Err(closed.clone()));
    assert_eq!(soon::<P, _>(pool.has_room()).await, Ok(()));
    assert_eq!(soon::<P, _>(pool.idle()).await, Ok(()));
    assert_eq!(soon::<P, _>(pool.close()).await, Ok(()));
    assert_eq!(soon::<P, _>(pool.broadcast(plus_one, 1)).await, Ok(vec![]));
    let mut values = pool.map(plus_one, [1]);
    assert_eq!(soon::<P, _>(values.next()).await, Some(Err(closed)));
    pool.recycle();
    assert!(soon::<P, _>(pool.events().next()).await.is_none());
}

/// What a pool has not begun when it is closed with a limit, with the pool that waits for its running job.
async fn unbegun_of<P: Platform, S: 'static>(pool: &WorkerPool<P, S>) -> Vec<Unbegun<P>> {
    let left = soon::<P, _>(pool.close_within(ms(1))).await;
    left.unwrap()
}

/// A job that was given back ends when its token is cancelled, and is of no use to another pool.
pub async fn worker_pool_unbegun_job_can_be_cancelled<P: Platform>() {
    let (pool, token) = (pool_of::<P>(1), CancellationToken::new());
    let _running = held(&pool).await;
    let waits = pool.job(plus_one, 1).token(&token).start();
    let mut unbegun = unbegun_of(&pool).await;
    token.cancel();
    let error = soon::<P, _>(waits).await.unwrap_err();
    assert_eq!((error.error, error.begun), (TaskError::Cancelled, false));
    let other = pool_of::<P>(1);
    other.adopt(unbegun.pop().unwrap());
    assert_eq!(other.stats().queued, 0);
}

/// A job fails whose state is that of another pool.
pub async fn worker_pool_state_of_another_pool_is_an_error<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .grace(ms(50))
        .init(|first: u32| first, 1)
        .build();
    let _running = held(&pool).await;
    let job = pool.run_with(|state: &mut u32, (): ()| *state, ());
    let other = pool_of::<P>(1);
    for unbegun in unbegun_of(&pool).await {
        other.adopt(unbegun);
    }
    let error = soon::<P, _>(job).await.unwrap_err();
    assert!(error.to_string().contains("`u32`"), "{error}");
    assert_eq!(soon::<P, _>(other.run(plus_one, 1)).await, Ok(2));
}

/// A close does not wait for an `init` that hangs.
pub async fn worker_pool_closes_while_init_hangs<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .grace(ms(20))
        .init_async(|()| pending::<u32>(), ())
        .build();
    let job = pool.run(plus_one, 1);
    assert_eq!(unbegun_of(&pool).await.len(), 1);
    assert_eq!(soon::<P, _>(job).await, Err(TaskError::Closed));
}

/// An `init` that ends its isolate is the error of the jobs, which begin nowhere.
pub async fn worker_pool_init_that_ends_its_isolate_is_an_error<P: Platform>() {
    async fn leave<P: Platform>((): ()) {
        Isolate::<P>::current().kill(Priority::Immediate);
        pending::<()>().await;
    }
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .restarts(2, ms(1))
        .init_async(leave::<P>, ())
        .build();
    let job = pool.job(plus_one, 1).retry(3).start();
    let error = soon::<P, _>(job).await.unwrap_err();
    assert!(!error.begun, "{error:?}");
    assert!(soon::<P, _>(pool.ready()).await.is_err());
}

/// Jobs of one key keep their order while their isolate is replaced again and again.
pub async fn worker_pool_key_keeps_its_order<P: Platform>() {
    let pool = pool_of::<P>(2);
    let mut order = ReceivePort::<P, u32>::new();
    let tell = |(to, n): (SendPort<P, u32>, u32)| drop(to.send(n));
    let jobs: Vec<_> = (0..12)
        .map(|n| {
            if n % 3 == 0 {
                pool.recycle();
            }
            let job = pool.job(tell, (order.send_port(), n));
            job.key("same").start()
        })
        .collect();
    for job in jobs {
        soon::<P, _>(job).await.unwrap();
    }
    assert_eq!(drain(&mut order), (0..12).collect::<Vec<_>>());
}

/// A map that is dropped half leaves nothing that runs or waits, and costs no isolate.
pub async fn worker_pool_map_dropped_leaves_nothing<P: Platform>() {
    let pool = pool_of::<P>(2);
    let mut values = pool.map(plus_one, 0..200).in_flight(0).chunks_of(3);
    assert_eq!(soon::<P, _>(values.next()).await, Some(Ok(1)));
    drop(values);
    soon::<P, _>(pool.idle()).await.unwrap();
    assert_eq!(soon::<P, _>(pool.run(plus_one, 1)).await, Ok(2));
    let stats = pool.stats();
    assert_eq!((stats.queued, stats.killed), (0, 0));
}
