//! `IsolateRunner` runs many functions in one isolate.

use std::time::Duration;

use insula_core::{
    ExitReason, Isolate, IsolateRunner, LoadBalancer, Platform, ReceivePort, RemoteError, Runner,
    RunnerPort, RunnerRemote, SendPort, Start, TaskError, spawn_local,
};

use crate::{
    starting::start,
    support::{counter, ms, ok, take, within},
};

fn double(number: u32) -> u32 {
    number * 2
}

async fn runner<P: Platform>() -> IsolateRunner<P> {
    ok(IsolateRunner::spawn()).await
}

/// A runner runs functions, one after the other, and futures.
pub async fn runner_runs_functions_and_futures<P: Platform>() {
    let runner = runner::<P>().await;
    assert_eq!(ok(runner.run(double, 4)).await, 8);
    assert_eq!(
        ok(runner.run_async(|number: u32| async move { number + 1 }, 4)).await,
        5
    );
    ok(runner.close()).await;
}

/// Jobs of one sender start in the order in which they were given.
pub async fn runner_starts_jobs_in_order<P: Platform>() {
    let (runner, mut port) = (runner::<P>().await, ReceivePort::<P, u32>::new());
    for number in 0..10 {
        drop(runner.run(
            |(number, port): (u32, SendPort<P, u32>)| port.send(number).unwrap(),
            (number, port.send_port()),
        ));
    }
    assert_eq!(take(&mut port, 10).await, (0..10).collect::<Vec<_>>());
    ok(runner.close()).await;
}

/// A job that waits for another lets it run: futures overlap.
pub async fn runner_jobs_overlap<P: Platform>() {
    let (runner, mut hello) = (
        runner::<P>().await,
        ReceivePort::<P, SendPort<P, u32>>::new(),
    );
    let waiting = runner.run_async(
        |hello: SendPort<P, SendPort<P, u32>>| async move {
            let mut port = ReceivePort::<P, u32>::new();
            hello.send(port.send_port()).unwrap();
            port.next().await.unwrap()
        },
        hello.send_port(),
    );
    let gate = hello.next().await.unwrap();
    ok(runner.run(|gate: SendPort<P, u32>| gate.send(7).unwrap(), gate)).await;
    assert_eq!(ok(waiting).await, 7);
    ok(runner.close()).await;
}

/// All jobs of a runner run in its one isolate, which is not the caller's.
pub async fn runner_keeps_its_state<P: Platform>() {
    fn count<P: Platform>((): ()) -> u32 {
        counter::<P>().with(|count| {
            count.set(count.get() + 1);
            count.get()
        })
    }
    counter::<P>().with(|count| count.set(100));
    let runner = runner::<P>().await;
    for expected in 1..4 {
        assert_eq!(ok(runner.run(count::<P>, ())).await, expected);
    }
    ok(runner.close()).await;
}

/// A panic is the error of its job; the runner goes on.
pub async fn runner_survives_a_panic<P: Platform>() {
    let runner = runner::<P>().await;
    let Err(TaskError::Panicked(error)) = runner
        .run(|number: u32| -> u32 { panic!("no {number}") }, 5)
        .await
    else {
        panic!("a remote error")
    };
    assert_eq!(error.description(), "no 5");
    assert_eq!(ok(runner.run(double, 4)).await, 8);
    ok(runner.close()).await;
}

/// Where a panic can't be caught its runner is lost, and every job in flight says so, with the cause.
pub async fn runner_is_lost_by_a_panic<P: Platform>() {
    let runner = runner::<P>().await;
    let waiting = runner.run_async(|(): ()| std::future::pending::<u32>(), ());
    for task in [
        runner.run(|number: u32| -> u32 { panic!("no {number}") }, 5),
        waiting,
        runner.run(double, 4),
    ] {
        let Err(TaskError::IsolateLost {
            reason: ExitReason::Failed(error),
            ..
        }) = task.await
        else {
            panic!("the isolate is lost, and what ended it is known")
        };
        assert_eq!(error.description(), "no 5");
        assert!(error.stack_trace().contains("runner.rs"), "{error:?}");
    }
    assert!(runner.is_lost());
}

/// An error outside any job does not end a runner: errors are not fatal there.
pub async fn runner_survives_an_uncaught_error<P: Platform>() {
    let runner = runner::<P>().await;
    let mut errors = runner.errors();
    ok(runner.run(|(): ()| spawn_local::<P>(async { panic!("aside") }), ())).await;
    assert_eq!(errors.next().await.unwrap().description(), "aside");
    assert_eq!(ok(runner.run(double, 4)).await, 8);
    ok(runner.close()).await;
}

/// The stream of a runner's errors ends with its isolate.
pub async fn runner_errors_end_with_its_isolate<P: Platform>() {
    let runner = runner::<P>().await;
    let mut errors = runner.errors();
    ok(runner.shutdown(Duration::ZERO)).await;
    assert_eq!(errors.next().await, None);
    assert_eq!(
        runner.errors().next().await,
        None,
        "also when it is asked for later"
    );
}

/// A shutdown without a limit is a kill: jobs in flight fail, later ones fail at once.
pub async fn runner_shutdown_fails_jobs_in_flight<P: Platform>() {
    let runner = runner::<P>().await;
    let waiting = runner.run_async(|(): ()| std::future::pending::<u32>(), ());
    ok(runner.shutdown(Duration::ZERO)).await;
    assert!(matches!(waiting.await, Err(TaskError::IsolateLost { .. })));
    assert!(matches!(
        runner.run(double, 1).await,
        Err(TaskError::IsolateLost { .. })
    ));
    assert!(runner.is_lost());
}

/// A shutdown closes the runner first: a job that is under way gets to its end.
pub async fn runner_shutdown_waits_within_its_limit<P: Platform>() {
    let runner = runner::<P>().await;
    let slow = runner.run_async(
        |number: u32| async move {
            insula_core::sleep::<P>(ms(20)).await;
            number
        },
        5,
    );
    ok(runner.shutdown(ms(10_000))).await;
    assert_eq!(ok(slow).await, 5);
}

/// A shutdown kills the runner when the limit has passed.
pub async fn runner_shutdown_kills_after_its_limit<P: Platform>() {
    let runner = runner::<P>().await;
    let waiting = runner.run_async(
        |(): ()| async {
            insula_core::sleep::<P>(ms(600_000)).await;
        },
        (),
    );
    let killed = within::<P, _>(ms(20_000), runner.shutdown(ms(30))).await;
    assert!(matches!(killed, Some(Ok(()))));
    assert!(matches!(waiting.await, Err(TaskError::IsolateLost { .. })));
}

/// The shutdown of a runner that is gone completes.
pub async fn runner_shutdown_completes_when_it_is_gone<P: Platform>() {
    let runner = runner::<P>().await;
    ok(runner.shutdown(Duration::ZERO)).await;
    ok(runner.shutdown(Duration::ZERO)).await;
    ok(runner.shutdown(ms(1))).await;
}

/// A closed runner finishes its jobs and then ends its isolate. Closing it again is harmless.
pub async fn runner_close_ends_it_after_its_jobs<P: Platform>() {
    let runner = runner::<P>().await;
    let before = runner.run(double, 4);
    let exit = runner.on_exit();
    ok(runner.close()).await;
    ok(exit).await;
    assert_eq!(ok(before).await, 8);
    ok(runner.close()).await;
    assert!(runner.run(double, 1).await.is_err());
}

/// A job given after closing fails: nothing hangs.
pub async fn runner_refuses_jobs_after_close<P: Platform>() {
    let runner = runner::<P>().await;
    let closing = runner.close();
    let late = within::<P, _>(ms(10_000), runner.run(double, 1)).await;
    assert!(
        matches!(
            late,
            Some(Err(TaskError::Closed | TaskError::IsolateLost { .. }))
        ),
        "{late:?}"
    );
    ok(closing).await;
}

/// A job given after closing fails, also when something else keeps the isolate alive.
pub async fn runner_refuses_jobs_after_close_while_alive<P: Platform>() {
    let runner = runner::<P>().await;
    ok(runner.run(|()| ReceivePort::<P, u32>::new().detach(), ())).await;
    ok(runner.close()).await;
    let late = within::<P, _>(ms(10_000), runner.run(double, 1)).await;
    assert_eq!(late, Some(Err(TaskError::Closed)));
    ok(runner.close()).await;
    assert!(runner.ping(ms(10_000)).await, "its isolate lives");
    ok(runner.shutdown(Duration::ZERO)).await;
}

/// The last handle that is dropped closes its runner.
pub async fn runner_closes_with_its_last_handle<P: Platform>() {
    let runner = runner::<P>().await;
    let exit = runner.on_exit();
    let clone = runner.clone();
    drop(runner);
    assert_eq!(ok(clone.run(double, 4)).await, 8);
    drop(clone);
    ok(exit).await;
}

/// `on_exit` completes at once for a runner that is gone.
pub async fn runner_on_exit_completes_when_it_is_gone<P: Platform>() {
    let runner = runner::<P>().await;
    ok(runner.shutdown(Duration::ZERO)).await;
    ok(runner.on_exit()).await;
}

/// `ping` is true while a runner lives, also when it is paused, and false afterwards.
pub async fn runner_ping_tells_whether_it_lives<P: Platform>() {
    let runner = runner::<P>().await;
    assert!(runner.ping(ms(10_000)).await);
    runner.pause();
    assert!(runner.ping(ms(10_000)).await);
    ok(runner.shutdown(Duration::ZERO)).await;
    assert!(!runner.ping(ms(10_000)).await);
}

/// Jobs wait while their runner is paused.
pub async fn runner_pause_holds_jobs_back<P: Platform>() {
    let runner = runner::<P>().await;
    runner.pause();
    let job = runner.run(double, 4);
    assert!(runner.ping(ms(10_000)).await);
    insula_core::sleep::<P>(ms(20)).await;
    assert!(!job.is_finished());
    runner.resume();
    assert_eq!(ok(job).await, 8);
    ok(runner.close()).await;
}

/// A runner's isolate has the name it was given.
pub async fn runner_isolate_has_its_name<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::builder().debug_name("sorter").spawn()).await;
    let name = ok(runner.run(
        |(): ()| Isolate::<P>::current().debug_name().map(str::to_owned),
        (),
    ))
    .await;
    assert_eq!(
        (name.as_deref(), runner.isolate().debug_name()),
        (Some("sorter"), Some("sorter"))
    );
    ok(runner.close()).await;
}

/// A limit ends the waiting, not the work that has begun.
pub async fn runner_timeout_ends_only_the_waiting<P: Platform>() {
    let (runner, mut said) = (runner::<P>().await, ReceivePort::new());
    let slow = runner.run_async(
        |port: SendPort<P, Option<SendPort<P, ()>>>| async move {
            let mut gate = ReceivePort::new();
            port.send(Some(gate.send_port())).unwrap();
            gate.next().await;
            port.send(None).unwrap();
        },
        said.send_port(),
    );
    // A job that has not begun would never run.
    let gate: SendPort<P, ()> = said.next().await.unwrap().unwrap();
    assert!(matches!(
        slow.timeout(ms(1)).await,
        Err(TaskError::TimedOut)
    ));
    gate.send(()).unwrap();
    assert!(matches!(said.next().await, Some(None)));
    ok(runner.close()).await;
}

/// A cancelled job's value is dropped, and the runner goes on.
pub async fn runner_goes_on_after_a_cancelled_job<P: Platform>() {
    let runner = runner::<P>().await;
    runner
        .run_async(|(): ()| std::future::pending::<u32>(), ())
        .cancel();
    assert_eq!(ok(runner.run(double, 4)).await, 8);
    ok(runner.shutdown(Duration::ZERO)).await;
}

async fn become_a_runner<P: Platform>(start: Start<SendPort<P, (Isolate<P>, RunnerPort<P>)>>) {
    let remote = RunnerRemote::<P>::new();
    start
        .message
        .send((Isolate::current(), remote.port()))
        .unwrap();
    insula_core::sleep::<P>(ms(60_000)).await;
}

/// A runner can be attached to an isolate that was started by hand.
pub async fn runner_attaches_to_a_running_isolate<P: Platform>() {
    let mut hello = ReceivePort::<P, (Isolate<P>, RunnerPort<P>)>::new();
    start::<P, _, _>(become_a_runner::<P>, hello.send_port()).await;
    let (isolate, port) = hello.next().await.unwrap();
    let runner = IsolateRunner::attach(isolate, port);
    assert_eq!(ok(runner.run(double, 4)).await, 8);
    ok(runner.shutdown(Duration::ZERO)).await;
    assert!(matches!(
        runner.run(double, 4).await,
        Err(TaskError::IsolateLost { .. })
    ));
}

/// A runner that starts paused takes jobs and begins none before it is resumed.
pub async fn runner_started_paused_waits_for_resume<P: Platform>() {
    let mut began = ReceivePort::<P, u32>::new();
    let runner = ok(IsolateRunner::<P>::builder().paused(true).spawn()).await;
    let job = runner.run(
        |began: SendPort<P, u32>| began.send(2).unwrap(),
        began.send_port(),
    );
    assert!(
        runner.ping(ms(10_000)).await,
        "control is answered, and overtakes the job"
    );
    began.send_port().send(1).unwrap();
    assert_eq!(began.next().await, Some(1));
    runner.resume();
    ok(job).await;
    assert_eq!(began.next().await, Some(2));
    ok(runner.close()).await;
}

/// The builder's listeners hear of an uncaught error and of the end.
pub async fn runner_builder_listeners_hear_its_end<P: Platform>() {
    let (mut errors, mut ended) = (
        ReceivePort::<P, RemoteError>::new(),
        ReceivePort::<P, ()>::new(),
    );
    let runner = ok(IsolateRunner::<P>::builder()
        .errors_fatal(true)
        .on_error(errors.send_port())
        .on_exit(ended.send_port())
        .spawn())
    .await;
    let pending = runner.run_async(|(): ()| std::future::pending::<u32>(), ());
    ok(runner.run(
        |(): ()| {
            spawn_local::<P>(async {
                insula_core::sleep::<P>(ms(1)).await;
                panic!("aside")
            });
        },
        (),
    ))
    .await;
    assert_eq!(errors.next().await.unwrap().description(), "aside");
    assert_eq!(ended.next().await, Some(()));
    assert!(matches!(pending.await, Err(TaskError::IsolateLost { .. })));
    ok(runner.on_exit()).await;
}

async fn sum<R: Runner>(on: &R) -> u32 {
    let (a, b) = (
        on.run(double, 4),
        on.run_async(|number: u32| async move { number + 1 }, 4),
    );
    ok(a).await + ok(b).await
}

/// A function over any runner takes runners, balancers and balancers with options.
pub async fn runner_trait_covers_runners_and_balancers<P: Platform>() {
    let runner = runner::<P>().await;
    let balancer = LoadBalancer::of([runner.clone()]);
    assert_eq!(sum(&runner).await, 13);
    assert_eq!(sum(&balancer).await, 13);
    assert_eq!(sum(&balancer.with_load(300)).await, 13);
    ok(Runner::close(&balancer.with_load(300))).await;
    assert!(balancer.is_empty(), "it is the same balancer");
}
