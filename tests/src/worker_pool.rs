//! `WorkerPool`: late binding, cancelling, limits, the end.

use insula_core::{
    Isolate, JobError, Platform, Priority, ReceivePort, Runner, SendPort, Task, TaskError,
    WorkerPool, sleep,
};

use crate::support::{counter, ms, ok, take};

pub(crate) fn plus_one(n: u32) -> u32 {
    n + 1
}

/// The name of the isolate that this job runs on.
fn place<P: Platform>((): ()) -> Option<String> {
    Isolate::<P>::current().debug_name().map(str::to_owned)
}

/// Says that it runs, and waits at its gate.
pub(crate) async fn hold<P: Platform>(begun: SendPort<P, SendPort<P, ()>>) {
    let mut gate = ReceivePort::new();
    let _ = begun.send(gate.send_port());
    gate.next().await;
}

pub(crate) fn pool_of<P: Platform>(size: usize) -> WorkerPool<P> {
    WorkerPool::builder().max(size).grace(ms(50)).build()
}

/// A job that runs until it is told to end.
pub(crate) struct Held<P: Platform> {
    pub(crate) task: Task<P, (), JobError>,
    pub(crate) gate: SendPort<P, ()>,
}

pub(crate) async fn held<P: Platform, S: 'static>(pool: &WorkerPool<P, S>) -> Held<P> {
    let mut begun = ReceivePort::new();
    let task = pool.job_async(hold::<P>, begun.send_port()).start();
    let gate = begun.next().await.unwrap();
    Held { task, gate }
}

/// It runs jobs elsewhere, in the isolates that it names.
pub async fn worker_pool_runs_jobs_elsewhere<P: Platform>() {
    let pool = WorkerPool::<P>::builder().max(2).debug_name("crew").build();
    assert_eq!(ok(pool.run(plus_one, 1)).await, 2);
    assert_eq!(
        ok(pool.run_async(|n: u32| async move { n + 1 }, 2)).await,
        3
    );
    let place = ok(pool.run(place::<P>, ())).await;
    assert!(place.is_some_and(|name| name.starts_with("crew ")));
}

/// It is a runner as others are.
pub async fn worker_pool_is_a_runner<P: Platform>() {
    async fn both<R: Runner>(runner: &R) -> (u32, u32) {
        let sync = ok(runner.run(plus_one, 1)).await;
        let awaited = runner.run_async(|n: u32| async move { n + 1 }, 2);
        (sync, ok(awaited).await)
    }
    let pool = pool_of::<P>(1);
    assert_eq!(both(&pool).await, (2, 3));
    ok(Runner::close(&pool)).await;
    assert_eq!(pool.run(plus_one, 1).await, Err(TaskError::Closed));
}

/// One slow job and twenty short ones on two isolates: the short ones do not wait for the slow one.
pub async fn worker_pool_short_jobs_pass_a_slow_one<P: Platform>() {
    let pool = pool_of::<P>(2);
    // A busy machine takes its time for twenty jobs; it takes less than a minute.
    let slow = pool.run_async(|()| sleep::<P>(ms(60_000)), ());
    let short: Vec<_> = (0..20)
        .map(|_| pool.run_async(|()| sleep::<P>(ms(10)), ()))
        .collect();
    let start = P::now();
    for job in short {
        ok(job).await;
    }
    let took = P::now().saturating_sub(start);
    assert!(took >= ms(150), "one after the other: {took:?}");
    assert!(!P::SIMULATES_TIME || took <= ms(200), "{took:?}");
    assert!(!slow.is_finished());
    slow.cancel();
}

/// Jobs that hang and have a limit do not take the pool out of service.
pub async fn worker_pool_serves_after_jobs_that_hang<P: Platform>() {
    let pool = pool_of::<P>(2);
    let limit = if P::SIMULATES_TIME { ms(2000) } else { ms(200) };
    let hanging: Vec<_> = (0..4)
        .map(|_| {
            let forever = |()| std::future::pending::<()>();
            pool.job_async(forever, ()).timeout(limit).start()
        })
        .collect();
    let healthy: Vec<_> = (0..8).map(|n| pool.run(plus_one, n)).collect();
    for job in hanging {
        let error = job.await.unwrap_err();
        assert_eq!((error.error, error.begun), (TaskError::TimedOut, true));
    }
    for (n, job) in (0..).zip(healthy) {
        assert_eq!(ok(job).await, n + 1);
    }
}

/// A job that never awaits is stopped as well, if need be with its isolate.
pub async fn worker_pool_stops_a_busy_job<P: Platform>() {
    let pool = pool_of::<P>(1);
    let endless = |()| -> u32 {
        loop {
            Isolate::<P>::checkpoint();
        }
    };
    let busy = pool.job(endless, ()).timeout(ms(20)).start();
    assert_eq!(busy.await.unwrap_err().error, TaskError::TimedOut);
    assert_eq!(ok(pool.run(plus_one, 1)).await, 2);
}

/// A cancelled job that awaits leaves its isolate as it is.
pub async fn worker_pool_cancel_keeps_the_isolate<P: Platform>() {
    let pool = WorkerPool::<P>::builder().max(1).grace(ms(20_000)).build();
    let count = |()| counter::<P>().with(|count| count.replace(count.get() + 1));
    assert_eq!(ok(pool.run(count, ())).await, 0);
    let held = held(&pool).await;
    held.task.cancel();
    assert_eq!(ok(pool.run(count, ())).await, 1, "it is the same isolate");
}

/// A checkpoint leaves a cancelled job, and its isolate goes on.
pub async fn worker_pool_checkpoint_leaves_a_cancelled_job<P: Platform>() {
    let pool = WorkerPool::<P>::builder().max(1).grace(ms(20_000)).build();
    let count = |()| counter::<P>().with(|count| count.replace(count.get() + 1));
    assert_eq!(ok(pool.run(count, ())).await, 0);
    let mut begun = ReceivePort::new();
    let endless = |begun: SendPort<P, ()>| -> u32 {
        let _ = begun.send(());
        loop {
            Isolate::<P>::checkpoint();
        }
    };
    let busy = pool.run(endless, begun.send_port());
    begun.next().await;
    drop(busy);
    assert_eq!(ok(pool.run(count, ())).await, 1, "it is the same isolate");
}

/// What a cancelled job holds is dropped in its isolate.
pub async fn worker_pool_cancel_drops_the_future<P: Platform>() {
    struct Tells<P: Platform>(SendPort<P, bool>);
    impl<P: Platform> Drop for Tells<P> {
        fn drop(&mut self) {
            let _ = self.0.send(insula_core::is_host::<P>());
        }
    }
    async fn job<P: Platform>((begun, dropped): (SendPort<P, ()>, SendPort<P, bool>)) {
        let _tells = Tells(dropped);
        let _ = begun.send(());
        std::future::pending::<()>().await;
    }
    let pool = pool_of::<P>(1);
    let (mut begun, mut dropped) = (ReceivePort::new(), ReceivePort::new());
    let task = pool.run_async(job::<P>, (begun.send_port(), dropped.send_port()));
    begun.next().await;
    drop(task);
    assert_eq!(dropped.next().await, Some(false));
}

/// Dropping the task of a job that waits takes it out of the queue.
pub async fn worker_pool_dropped_task_never_begins<P: Platform>() {
    let pool = pool_of::<P>(1);
    let first = held(&pool).await;
    let mut told = ReceivePort::<P, u32>::new();
    let tell = |(to, n): (SendPort<P, u32>, u32)| drop(to.send(n));
    drop(pool.run(tell, (told.send_port(), 1)));
    let last = pool.run(tell, (told.send_port(), 2));
    first.gate.send(()).unwrap();
    ok(last).await;
    assert_eq!(told.next().await, Some(2));
}

/// A detached job goes on, and so does one whose task was never looked at.
pub async fn worker_pool_detached_task_goes_on<P: Platform>() {
    let pool = pool_of::<P>(1);
    let mut told = ReceivePort::<P, u32>::new();
    let tell = |(to, n): (SendPort<P, u32>, u32)| drop(to.send(n));
    let first = held(&pool).await;
    pool.run(tell, (told.send_port(), 1)).detach();
    first.gate.send(()).unwrap();
    assert_eq!(told.next().await, Some(1));
    ok(pool.idle()).await;
}

/// `Task::timeout` counts from the call, and cancels the job.
pub async fn worker_pool_task_timeout_cancels<P: Platform>() {
    let pool = pool_of::<P>(1);
    let hangs = pool.run_async(|()| std::future::pending::<()>(), ());
    assert_eq!(hangs.timeout(ms(20)).await, Err(TaskError::TimedOut));
    assert_eq!(ok(pool.run(plus_one, 1)).await, 2);
}

/// A panic is the job's own error.
pub async fn worker_pool_panic_is_the_jobs_error<P: Platform>() {
    let pool = pool_of::<P>(1);
    let failed = pool.job(|()| -> u32 { panic!("boom") }, ()).start().await;
    let error = failed.unwrap_err();
    assert!(error.begun && error.to_string().contains("boom"), "{error}");
    assert_eq!(ok(pool.run(plus_one, 1)).await, 2);
}

/// A lost isolate fails the job that it had begun, and no other.
pub async fn worker_pool_lost_isolate_fails_what_it_had_begun<P: Platform>() {
    let pool = pool_of::<P>(1);
    let kill = |()| Isolate::<P>::current().kill(Priority::Immediate);
    let lost = pool.job(kill, ()).start();
    let next = pool.run(plus_one, 1);
    let error = lost.await.unwrap_err();
    assert!(
        matches!(error.error, TaskError::IsolateLost { .. }),
        "{error}"
    );
    assert!(error.begun);
    assert_eq!(ok(next).await, 2);
}

/// A job that may begins again when its isolate is lost.
pub async fn worker_pool_retry_begins_again<P: Platform>() {
    let pool = pool_of::<P>(1);
    let mut begun = ReceivePort::new();
    async fn job<P: Platform>(begun: SendPort<P, SendPort<P, bool>>) -> u32 {
        let mut fate = ReceivePort::new();
        let _ = begun.send(fate.send_port());
        if fate.next().await == Some(true) {
            Isolate::<P>::current().kill(Priority::Immediate);
            std::future::pending::<()>().await;
        }
        7
    }
    let task = pool.job_async(job::<P>, begun.send_port()).retry(2).start();
    for dies in [true, true, false] {
        begun.next().await.unwrap().send(dies).unwrap();
    }
    assert_eq!(task.await.unwrap(), 7);
}

/// `close` finishes what is there.
pub async fn worker_pool_close_finishes_what_is_there<P: Platform>() {
    let pool = pool_of::<P>(1);
    let first = held(&pool).await;
    let waits = pool.run(plus_one, 1);
    let closing = pool.close();
    assert_eq!(pool.run(plus_one, 2).await, Err(TaskError::Closed));
    first.gate.send(()).unwrap();
    ok(closing).await;
    assert_eq!(ok(waits).await, 2);
    first.task.await.unwrap();
    ok(pool.close()).await;
}

/// Dropping the last handle gives all jobs up; each is told.
pub async fn worker_pool_drop_cancels_all<P: Platform>() {
    let pool = pool_of::<P>(1);
    let other = pool.clone();
    let first = held(&pool).await;
    let waits = pool.job(plus_one, 1).start();
    drop(pool);
    assert!(!first.task.is_finished());
    drop(other);
    let (running, waiting) = (first.task.await.unwrap_err(), waits.await.unwrap_err());
    assert_eq!((running.error, running.begun), (TaskError::Closed, true));
    assert_eq!((waiting.error, waiting.begun), (TaskError::Closed, false));
}

/// A pool leaves no isolate behind.
pub async fn worker_pool_drop_ends_its_isolates<P: Platform>() {
    async fn stay<P: Platform>(life: SendPort<P, ()>) {
        let _ = Isolate::<P>::current().add_exit_listener(&life, ());
        let _ = life.send(());
        std::future::pending::<()>().await;
    }
    let pool = pool_of::<P>(2);
    let mut life = ReceivePort::new();
    for _ in 0..2 {
        pool.run_async(stay::<P>, life.send_port()).detach();
    }
    take(&mut life, 2).await;
    drop(pool);
    take(&mut life, 2).await;
}

/// A pool that was asked to close goes on closing without a handle.
pub async fn worker_pool_closing_needs_no_handle<P: Platform>() {
    let pool = pool_of::<P>(1);
    let first = held(&pool).await;
    let closing = pool.close();
    drop(pool);
    first.gate.send(()).unwrap();
    first.task.await.unwrap();
    ok(closing).await;
}

/// What can't be sent is told, and costs no place.
pub async fn worker_pool_refuses_what_cannot_be_sent<P: Platform>() {
    let pool = pool_of::<P>(1);
    let refused = pool
        .run(
            |_: crate::differences::Refusing| (),
            crate::differences::Refusing,
        )
        .await;
    assert!(matches!(refused, Err(TaskError::Encode(_))), "{refused:?}");
    assert_eq!(ok(pool.run(plus_one, 1)).await, 2);
}

/// A close with a limit cancels what runs then and gives back what had not begun, for another pool.
pub async fn worker_pool_close_within_gives_back<P: Platform>() {
    let pool = pool_of::<P>(1);
    let running = held(&pool).await;
    let kept = pool.job(plus_one, 1).label("kept").start();
    let dropped = pool.job(plus_one, 2).start();
    let unbegun = ok(pool.close_within(ms(10))).await;
    let error = running.task.await.unwrap_err();
    assert_eq!((error.error, error.begun), (TaskError::Closed, true));
    let other = pool_of::<P>(1);
    for job in unbegun {
        if job.label() == Some("kept") {
            other.adopt(job);
        }
    }
    assert_eq!(kept.await.unwrap(), 2);
    let error = dropped.await.unwrap_err();
    assert_eq!((error.error, error.begun), (TaskError::Closed, false));
}
