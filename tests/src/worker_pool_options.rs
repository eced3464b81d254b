//! `WorkerPool`: keys, priorities, a full queue, isolates that come and go, their state, tokens, progress.

use std::time::Duration;

use insula_core::{
    CancellationToken, Platform, PoolEvent, ReceivePort, SendPort, TaskError, WhenFull, WorkerPool,
    sleep,
};

use crate::{
    support::{counter, drain, ms, ok, within},
    worker_pool::{held, hold, plus_one, pool_of},
};

/// A deadline counts from the call also while a job waits, and says that it had not begun.
pub async fn worker_pool_deadline_counts_the_waiting<P: Platform>() {
    let pool = pool_of::<P>(1);
    let first = held(&pool).await;
    let late = pool.job(plus_one, 1).deadline(ms(20)).start().await;
    let error = late.unwrap_err();
    assert_eq!(
        (error.error, error.begun),
        (TaskError::DeadlineExceeded, false)
    );
    first.gate.send(()).unwrap();
    ok(first.task).await;
}

/// Jobs of one key run one after the other; others do not wait for them.
pub async fn worker_pool_key_runs_one_at_a_time<P: Platform>() {
    let pool = pool_of::<P>(3);
    let mut begun = ReceivePort::<P, SendPort<P, ()>>::new();
    let jobs: Vec<_> = (0..3)
        .map(|_| {
            pool.job_async(hold::<P>, begun.send_port())
                .key("same")
                .start()
        })
        .collect();
    assert_eq!(ok(pool.run(plus_one, 1)).await, 2);
    for job in jobs {
        let gate = begun.next().await.unwrap();
        assert!(within::<P, _>(ms(20), begun.next()).await.is_none());
        gate.send(()).unwrap();
        job.await.unwrap();
    }
}

/// A job of a higher priority begins first.
pub async fn worker_pool_priority_goes_first<P: Platform>() {
    let pool = WorkerPool::<P>::builder().max(1).aging(ms(60_000)).build();
    let first = held(&pool).await;
    let mut order = ReceivePort::<P, i8>::new();
    let tell = |(to, n): (SendPort<P, i8>, i8)| drop(to.send(n));
    let jobs: Vec<_> = [0, -1, 5, 1]
        .map(|n| pool.job(tell, (order.send_port(), n)).priority(n).start())
        .into();
    first.gate.send(()).unwrap();
    for job in jobs {
        job.await.unwrap();
    }
    assert_eq!(drain(&mut order), [5, 1, 0, -1]);
}

/// In a pool whose jobs do not age the priority alone counts.
pub async fn worker_pool_priority_alone_counts<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .aging(Duration::MAX)
        .build();
    let first = held(&pool).await;
    let mut order = ReceivePort::<P, i8>::new();
    let tell = |(to, n): (SendPort<P, i8>, i8)| drop(to.send(n));
    let jobs: Vec<_> = [0, i8::MIN, -1, 1, i8::MAX]
        .map(|n| pool.job(tell, (order.send_port(), n)).priority(n).start())
        .into();
    first.gate.send(()).unwrap();
    for job in jobs {
        job.await.unwrap();
    }
    assert_eq!(drain(&mut order), [i8::MAX, 1, 0, -1, i8::MIN]);
}

/// A pool that rejects says so, and `try_start` gives the argument back.
pub async fn worker_pool_full_rejects<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .capacity(1)
        .when_full(WhenFull::Reject)
        .build();
    let first = held(&pool).await;
    let waits = pool.run(plus_one, 1);
    assert_eq!(pool.run(plus_one, 2).await, Err(TaskError::QueueFull));
    let back = pool.job(plus_one, 3).try_start().unwrap_err();
    assert_eq!(back.argument, 3);
    first.gate.send(()).unwrap();
    assert_eq!(ok(waits).await, 2);
}

/// A pool drops the oldest or the newest of those that wait, if it was told so.
pub async fn worker_pool_full_drops<P: Platform>() {
    for (when_full, dropped) in [(WhenFull::DropOldest, 0), (WhenFull::DropNewest, 1)] {
        let pool = WorkerPool::<P>::builder()
            .max(1)
            .capacity(2)
            .when_full(when_full)
            .build();
        let first = held(&pool).await;
        let jobs: Vec<_> = (0..3).map(|n| pool.run(plus_one, n)).collect();
        first.gate.send(()).unwrap();
        for (n, job) in (0..).zip(jobs) {
            let expected = if n == dropped {
                Err(TaskError::QueueFull)
            } else {
                Ok(n + 1)
            };
            assert_eq!(job.await, expected);
        }
    }
}

/// A producer that awaits room is held back.
pub async fn worker_pool_room_holds_a_producer_back<P: Platform>() {
    let pool = WorkerPool::<P>::builder().max(1).capacity(1).build();
    let first = held(&pool).await;
    ok(pool.has_room()).await;
    let waits = pool.run(plus_one, 1);
    assert!(within::<P, _>(ms(20), pool.has_room()).await.is_none());
    first.gate.send(()).unwrap();
    ok(pool.has_room()).await;
    assert_eq!(ok(waits).await, 2);
}

/// Isolates that do not need to be there end, but for the least.
pub async fn worker_pool_idle_isolates_end<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(2)
        .idle_timeout(ms(20))
        .build();
    let count = |()| counter::<P>().with(|count| count.replace(count.get() + 1));
    assert_eq!(ok(pool.run(count, ())).await, 0);
    while pool.stats().isolates > 0 {
        sleep::<P>(ms(20)).await;
    }
    assert_eq!(ok(pool.run(count, ())).await, 0, "another isolate");
    let kept = WorkerPool::<P>::builder()
        .min(1)
        .max(1)
        .idle_timeout(ms(20))
        .build();
    assert_eq!(ok(kept.run(count, ())).await, 0);
    sleep::<P>(ms(200)).await;
    assert_eq!(ok(kept.run(count, ())).await, 1, "the same isolate");
}

/// An isolate is replaced after its jobs, and when it is asked for.
pub async fn worker_pool_recycles<P: Platform>() {
    let count = |()| counter::<P>().with(|count| count.replace(count.get() + 1));
    let pool = WorkerPool::<P>::builder().max(1).max_jobs(2).build();
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(ok(pool.run(count, ())).await);
    }
    assert_eq!(seen, [0, 1, 0, 1]);
    let pool = pool_of::<P>(1);
    assert_eq!(ok(pool.run(count, ())).await, 0);
    pool.recycle();
    assert_eq!(ok(pool.run(count, ())).await, 0);
}

/// An isolate that is too old is replaced, but not before it has run a job.
pub async fn worker_pool_replaces_the_old<P: Platform>() {
    let count = |()| counter::<P>().with(|count| count.replace(count.get() + 1));
    let pool = WorkerPool::<P>::builder().max(1).max_age(ms(0)).build();
    for _ in 0..3 {
        assert_eq!(ok(pool.run(count, ())).await, 0);
    }
}

/// A pool can be had ready before it has work.
pub async fn worker_pool_can_be_ready<P: Platform>() {
    let pool = WorkerPool::<P>::builder().min(2).max(2).prewarm().build();
    ok(pool.ready()).await;
    assert_eq!(ok(pool.run(plus_one, 1)).await, 2);
}

/// Each isolate has a state of its own, which lives from job to job.
pub async fn worker_pool_isolates_have_state<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .init(|first: u32| vec![first], 7)
        .build();
    let push = |state: &mut Vec<u32>, n: u32| {
        state.push(n);
        state.clone()
    };
    assert_eq!(ok(pool.run_with(push, 1)).await, [7, 1]);
    assert_eq!(ok(pool.run_with(push, 2)).await, [7, 1, 2]);
    assert_eq!(
        ok(pool.run(plus_one, 1)).await,
        2,
        "jobs without it run as well"
    );
    pool.recycle();
    assert_eq!(
        ok(pool.run_with(push, 3)).await,
        [7, 3],
        "its successor has a new one"
    );
}

/// A state may take its time, and is taken down at an orderly end.
pub async fn worker_pool_state_is_made_and_taken_down<P: Platform>() {
    async fn make<P: Platform>(told: SendPort<P, String>) -> SendPort<P, String> {
        sleep::<P>(ms(1)).await;
        let _ = told.send("made".to_owned());
        told
    }
    let mut told = ReceivePort::new();
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .init_async(make::<P>, told.send_port())
        .teardown(|told: SendPort<P, String>| drop(told.send("taken down".to_owned())))
        .build();
    let speak = |told: &mut SendPort<P, String>, text: String| drop(told.send(text));
    ok(pool.run_with(speak, "used".to_owned())).await;
    ok(pool.close()).await;
    for expected in ["made", "used", "taken down"] {
        assert_eq!(told.next().await.as_deref(), Some(expected));
    }
}

/// A state that can't be made is an error of the jobs and no endless loop.
pub async fn worker_pool_state_that_fails_is_an_error<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .restarts(2, ms(1))
        .init(|(): ()| -> u32 { panic!("no database") }, ())
        .build();
    let error = pool.job(plus_one, 1).start().await.unwrap_err();
    assert!(error.to_string().contains("no database"), "{error}");
    assert!(!error.begun);
    assert!(pool.ready().await.is_err());
}

/// A state whose making never ends is an error of the jobs too, and the pool can be closed.
pub async fn worker_pool_state_that_is_never_made_is_an_error<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .start_timeout(ms(500))
        .grace(ms(20))
        .restarts(2, ms(1))
        .init_async(|(): ()| std::future::pending::<u32>(), ())
        .build();
    let mut events = pool.events();
    let error = pool.job(plus_one, 1).start().await.unwrap_err();
    assert!(!error.begun);
    let error = error.error;
    assert!(matches!(error, TaskError::Spawn(_)), "{error}");
    let text = error.to_string();
    assert!(text.contains("`init`"), "{text}");
    assert!(pool.stats().spawned >= 2, "it was tried again");
    ok(pool.close()).await;
    while let Some(event) = events.next().await {
        let is_start = matches!(event, PoolEvent::Started { .. });
        assert!(!is_start, "{event:?}");
    }
}

/// A token cancels the jobs that have it, whether they run or wait.
pub async fn worker_pool_token_cancels_its_jobs<P: Platform>() {
    let (pool, token) = (pool_of::<P>(1), CancellationToken::new());
    let mut begun = ReceivePort::new();
    let running = pool
        .job_async(hold::<P>, begun.send_port())
        .token(&token)
        .start();
    begun.next().await;
    let waiting = pool.job(plus_one, 1).token(&token).start();
    let other = pool.run(plus_one, 2);
    token.cancel();
    for (error, begun) in [
        (running.await.unwrap_err(), true),
        (waiting.await.unwrap_err(), false),
    ] {
        assert_eq!((error.error, error.begun), (TaskError::Cancelled, begun));
    }
    assert_eq!(ok(other).await, 3);
    let late = pool
        .job(plus_one, 1)
        .token(&token)
        .start()
        .await
        .unwrap_err();
    assert_eq!((late.error, late.begun), (TaskError::Cancelled, false));
}

/// The progress of a job is a stream that ends with the job.
pub async fn worker_pool_progress_ends_with_the_job<P: Platform>() {
    let pool = pool_of::<P>(1);
    let steps = |(count, to): (u32, SendPort<P, u32>)| {
        (0..count).for_each(|step| drop(to.send(step)));
        count
    };
    let mut progress = ReceivePort::new();
    let job = pool
        .job(steps, (5, progress.send_port()))
        .progress(&progress)
        .start();
    let mut seen = Vec::new();
    while let Some(step) = progress.next().await {
        seen.push(step);
    }
    assert_eq!((seen, job.await.unwrap()), (vec![0, 1, 2, 3, 4], 5));
    let mut silent = ReceivePort::<P, u32>::new();
    let hangs = |_: SendPort<P, u32>| std::future::pending::<()>();
    let job = pool.job_async(hangs, silent.send_port()).progress(&silent);
    assert!(job.timeout(ms(10)).start().await.is_err());
    assert_eq!(silent.next().await, None);
}

/// The numbers of a pool count what it does.
pub async fn worker_pool_counts<P: Platform>() {
    let pool = pool_of::<P>(1);
    let first = held(&pool).await;
    let waits = pool.run(plus_one, 1);
    let stats = pool.stats();
    assert_eq!(
        (stats.queued, stats.running, stats.isolates, stats.idle),
        (1, 1, 1, 0)
    );
    first.gate.send(()).unwrap();
    ok(waits).await;
    first.task.await.unwrap();
    ok(pool.idle()).await;
    let stats = pool.stats();
    assert_eq!(
        (stats.queued, stats.running, stats.idle, stats.answered),
        (0, 0, 1, 2)
    );
    assert_eq!(
        (
            stats.spawned,
            stats.waiting_time.count(),
            stats.running_time.count()
        ),
        (1, 2, 2)
    );
}

/// A function over many arguments gives the values in order; a panic is the error of its argument alone.
pub async fn worker_pool_maps_in_order<P: Platform>() {
    let pool = pool_of::<P>(2);
    let mut values = pool.map(plus_one, 0..2000);
    for n in 0..2000 {
        assert_eq!(values.next().await, Some(Ok(n + 1)));
    }
    assert_eq!(values.next().await, None);
    assert_eq!(pool.map(plus_one, []).next().await, None);
}

/// Without an order all values come as well; a stream that ends late is waited for.
pub async fn worker_pool_maps_a_stream<P: Platform>() {
    let pool = pool_of::<P>(2);
    let numbers = ReceivePort::<P, u32>::new();
    let to = numbers.send_port();
    let later = insula_core::Timer::<P>::new(ms(5), move || {
        for n in 0..50 {
            let _ = to.send(n);
        }
    });
    let mut values = pool
        .map_stream(plus_one, numbers)
        .unordered()
        .in_flight(3)
        .chunks_of(7);
    let mut seen = Vec::new();
    while seen.len() < 50 {
        seen.push(values.next().await.unwrap().unwrap());
    }
    assert!(!later.is_active());
    seen.sort_unstable();
    assert_eq!(seen, (1..=50).collect::<Vec<_>>());
}

/// A panic in a map is the error of its argument alone.
pub async fn worker_pool_map_panic_is_one_error<P: Platform>() {
    let pool = pool_of::<P>(1);
    let fail = |n: u32| if n == 3 { panic!("no three") } else { n };
    let mut values = pool.map(fail, 0..6).chunks_of(6);
    for n in 0..6 {
        let value = values.next().await.unwrap();
        assert_eq!(value.is_err(), n == 3, "{value:?}");
    }
}
