//! `WorkerPool`: what it tells of itself, and functions that run on each of its isolates.

use insula_core::{
    Isolate, Platform, PoolEvent, Priority, ReceivePort, SendPort, TaskError, WorkerPool, sleep,
};

use crate::{
    support::{drain, ms, ok, within},
    worker_pool::{held, plus_one, pool_of},
};

/// A broadcast runs once on each isolate that takes work, after what that does.
pub async fn worker_pool_broadcast_reaches_each_isolate<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .min(2)
        .max(2)
        .init(|first: u32| first, 7)
        .build();
    let place = |()| Isolate::<P>::current().debug_name().map(str::to_owned);
    assert_eq!(ok(pool.broadcast(place, ())).await, [], "none has started");
    ok(pool.ready()).await;
    let first = held(&pool).await;
    let places = pool.broadcast(place, ());
    let others: Vec<_> = (0..4).map(|n| pool.run(plus_one, n)).collect();
    for other in others {
        ok(other).await;
    }
    assert!(!places.is_finished(), "one isolate is busy");
    first.gate.send(()).unwrap();
    first.task.await.unwrap();
    let names = ["pool 0", "pool 1"].map(|name| Ok(Some(name.to_owned())));
    assert_eq!(ok(places).await, names);
    let add = |state: &mut u32, n: u32| {
        *state += n;
        *state
    };
    assert_eq!(ok(pool.broadcast_with(add, 1)).await, [Ok(8), Ok(8)]);
    assert_eq!(ok(pool.broadcast_with(add, 1)).await, [Ok(9), Ok(9)]);
}

/// An isolate that is lost gives its error, and the others their values.
pub async fn worker_pool_broadcast_tells_who_is_lost<P: Platform>() {
    let pool = WorkerPool::<P>::builder().min(2).max(2).build();
    ok(pool.ready()).await;
    let leave = |name: String| {
        if Isolate::<P>::current().debug_name() == Some(&name) {
            Isolate::<P>::current().kill(Priority::Immediate);
        }
        1
    };
    let answers = ok(pool.broadcast(leave, "pool 0".to_owned())).await;
    let [Err(lost), Ok(1)] = &answers[..] else {
        panic!("{answers:?}");
    };
    assert!(lost.begun && matches!(lost.error, TaskError::IsolateLost { .. }));
}

/// A broadcast that is dropped or out of time does not begin where it has not.
pub async fn worker_pool_broadcast_is_cancelled<P: Platform>() {
    let pool = pool_of::<P>(1);
    let first = held(&pool).await;
    let mut told = ReceivePort::<P, u32>::new();
    let tell = |to: SendPort<P, u32>| drop(to.send(1));
    drop(pool.broadcast(tell, told.send_port()));
    let late = pool.broadcast(tell, told.send_port()).timeout(ms(10));
    assert_eq!(late.await, Err(TaskError::TimedOut));
    let kept = pool.broadcast(tell, told.send_port());
    first.gate.send(()).unwrap();
    first.task.await.unwrap();
    assert_eq!(ok(kept).await, [Ok(())]);
    assert_eq!(drain(&mut told), [1]);
}

/// What happens to isolates is told in order, and the stream ends with the pool.
pub async fn worker_pool_events_tell_of_isolates<P: Platform>() {
    let pool = WorkerPool::<P>::builder().max(1).max_jobs(2).build();
    let (mut events, isolate) = (pool.events(), 0);
    ok(pool.run(plus_one, 1)).await;
    ok(pool.run(plus_one, 1)).await;
    ok(pool.run(plus_one, 1)).await;
    for event in [
        PoolEvent::Started { isolate },
        PoolEvent::Recycled { isolate },
    ] {
        assert_eq!(events.next().await, Some(event));
    }
    assert!(matches!(
        events.next().await,
        Some(PoolEvent::Started { .. })
    ));
    let kill = |()| Isolate::<P>::current().kill(Priority::Immediate);
    assert!(pool.run(kill, ()).await.is_err());
    let lost = events.next().await;
    assert!(matches!(lost, Some(PoolEvent::Lost { .. })), "{lost:?}");
    ok(pool.close()).await;
    assert_eq!(events.next().await, None);
    assert_eq!(pool.events().next().await, None, "it is over");
}

/// A stream of events does not keep its pool, and ends when nobody has that any more.
pub async fn worker_pool_events_do_not_keep_the_pool<P: Platform>() {
    let pool = pool_of::<P>(1);
    let mut events = pool.events();
    drop(pool);
    assert_eq!(events.next().await, None);
}

/// A start that fails is told with its reason.
pub async fn worker_pool_events_tell_why_nothing_starts<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .restarts(1, ms(1))
        .init(|(): ()| -> u32 { panic!("no database") }, ())
        .build();
    let mut events = pool.events();
    assert!(pool.run(plus_one, 1).await.is_err());
    let Some(PoolEvent::NotStarted { isolate: 0, error }) = events.next().await else {
        panic!("it has started");
    };
    assert!(error.to_string().contains("no database"), "{error}");
}

/// A queue that is full is told, and when it is empty after that.
pub async fn worker_pool_events_tell_of_a_full_queue<P: Platform>() {
    let pool = WorkerPool::<P>::builder().max(1).capacity(1).build();
    let first = held(&pool).await;
    let mut events = pool.events();
    let waits = pool.run(plus_one, 1);
    assert_eq!(events.next().await, Some(PoolEvent::Saturated));
    assert!(within::<P, _>(ms(10), events.next()).await.is_none());
    first.gate.send(()).unwrap();
    ok(waits).await;
    assert_eq!(events.next().await, Some(PoolEvent::Drained));
    first.task.await.unwrap();
}

/// A job that does not come to the event loop is named, and one that awaits is not.
pub async fn worker_pool_watchdog_names_the_job<P: Platform>() {
    let pool = WorkerPool::<P>::builder()
        .max(1)
        .grace(ms(50))
        .watchdog(ms(500))
        .build();
    let mut events = pool.events();
    ok(pool.run_async(|()| sleep::<P>(ms(1100)), ())).await;
    let endless = |()| -> u32 {
        loop {
            Isolate::<P>::checkpoint();
        }
    };
    let busy = pool.job(endless, ()).label("endless").start();
    assert!(matches!(
        events.next().await,
        Some(PoolEvent::Started { .. })
    ));
    let told = loop {
        match events.next().await {
            // A busy machine keeps an isolate from its event loop as well.
            Some(PoolEvent::NotResponding { label: None, .. }) if !P::SIMULATES_TIME => {}
            told => break told,
        }
    };
    let Some(PoolEvent::NotResponding {
        isolate: 0,
        label: Some(label),
        running,
    }) = told
    else {
        panic!("{told:?}");
    };
    assert_eq!(label, "endless");
    assert!(running >= ms(500), "{running:?}");
    busy.cancel();
}
