//! Handles that no code can reach any more, and handles whose isolate is gone. Every wait ends, and nothing is kept.

use std::{pin::pin, task::Poll, time::Duration};

use insula_core::{
    ExitReason, Isolate, IsolateRunner, LoadBalancer, Platform, Priority, ReceivePort, SendPort,
    Start, TaskError, ask, compute,
    ports::{SingleResponseChannel, single_response},
    registry::{Registry, RegistryManager},
    sleep,
};
use serde::{Deserialize, Serialize};

use crate::{
    starting::start_with,
    support::{ms, ok, within},
};

/// Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = ms(10_000);

fn increment(number: u32) -> u32 {
    number + 1
}

/// A task that its isolate has handed on fails when that isolate ends.
pub async fn task_of_an_isolate_that_ended<P: Platform>() {
    let task = ok(Isolate::<P>::run(|| single_response::<P, u32>(|_| {}))).await;
    let outcome = within::<P, _>(LIMIT, task).await;
    assert!(
        matches!(outcome, Some(Err(TaskError::IsolateLost { .. }))),
        "{outcome:?}"
    );
    let computed = ok(Isolate::<P>::run(|| compute::<P, _, _>(increment, 1))).await;
    let outcome = within::<P, _>(LIMIT, computed).await;
    assert!(outcome.is_some(), "whoever waits is told");
}

/// The stream of a port that its isolate has handed on ends when that isolate does.
pub async fn port_of_an_isolate_that_ended<P: Platform>() {
    let mut port = ok(Isolate::<P>::run(ReceivePort::<P, u32>::new)).await;
    assert_eq!(within::<P, _>(LIMIT, port.next()).await, Some(None));
}

/// What had arrived at such a port can still be read.
pub async fn port_of_an_isolate_that_ended_keeps_what_arrived<P: Platform>() {
    let task = Isolate::<P>::run_async(|| async {
        let port = ReceivePort::<P, u32>::new();
        port.send_port().send(1).unwrap();
        sleep::<P>(ms(1)).await;
        port
    });
    let mut port = ok(task).await;
    assert_eq!(within::<P, _>(LIMIT, port.next()).await, Some(Some(1)));
    assert_eq!(within::<P, _>(LIMIT, port.next()).await, Some(None));
}

/// A runner works, and its end is known, also when the isolate that started it is gone.
pub async fn runner_of_an_isolate_that_ended<P: Platform>() {
    let runner = Isolate::<P>::run_async(|| async { IsolateRunner::<P>::spawn().await.unwrap() });
    let runner = ok(runner).await;
    let done = within::<P, _>(LIMIT, runner.run(increment, 1)).await;
    assert_eq!(done, Some(Ok(2)));
    let job = runner.run_async(|()| sleep::<P>(ms(3_600_000)), ());
    runner.isolate().kill(Priority::Immediate);
    let exit = within::<P, _>(LIMIT, runner.on_exit()).await;
    assert_eq!(exit, Some(Ok(ExitReason::Killed)));
    assert!(matches!(
        within::<P, _>(LIMIT, job).await,
        Some(Err(TaskError::IsolateLost { .. }))
    ));
    assert!(runner.is_lost());
    let late = within::<P, _>(LIMIT, runner.run(increment, 1)).await;
    assert!(matches!(late, Some(Err(TaskError::IsolateLost { .. }))));
}

/// A balancer that an isolate has made and handed on replaces the dead.
pub async fn balancer_of_an_isolate_that_ended<P: Platform>() {
    let balancer = Isolate::<P>::run_async(|| async { LoadBalancer::<P>::spawn(2).await.unwrap() });
    let balancer = ok(balancer).await;
    for _ in 0..4 {
        let done = within::<P, _>(LIMIT, balancer.run(increment, 1)).await;
        assert_eq!(done, Some(Ok(2)));
    }
    for round in 0..4 {
        let lost = balancer.run(
            |()| {
                Isolate::<P>::current().kill(Priority::Immediate);
            },
            (),
        );
        assert!(
            within::<P, _>(LIMIT, lost).await.is_some(),
            "round {round}: whoever waits is told"
        );
    }
    for _ in 0..4 {
        let done = within::<P, _>(LIMIT, balancer.run(increment, 1)).await;
        assert!(done.is_some(), "whoever waits is told");
    }
    ok(balancer.close()).await;
}

/// Runs `entry` in an isolate that nothing else keeps alive, and expects its end.
async fn ends_by_itself<P: Platform, F: Future<Output = ()> + 'static>(
    entry: fn(Start<SendPort<P, Question<P>>>) -> F,
) {
    // It is asked and never answers.
    let silent = ReceivePort::<P, Question<P>>::new();
    let mut ended = ReceivePort::<P, ()>::new();
    let options = Isolate::builder().on_exit(ended.send_port());
    start_with::<P, _, _>(options, entry, silent.send_port()).await;
    let told = within::<P, _>(LIMIT, ended.next()).await;
    assert_eq!(told, Some(Some(())), "nothing keeps it alive");
}

/// A question that may be answered.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Question<P: Platform>(SendPort<P, u32>);

/// Polls once and gives up, as the loser of a `select` does.
async fn give_up<F: Future>(future: F) {
    let mut future = pin!(future);
    let polled = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
    assert!(polled.await.is_pending());
}

/// An `ask` that was dropped keeps nothing alive.
pub async fn dropped_ask_lets_go<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, Question<P>>>) {
        give_up(ask::<P, _, u32>(&start.message, Question)).await;
        drop(ask::<P, _, u32>(&start.message, Question));
    }
    ends_by_itself(entry::<P>).await;
}

/// An `ask` that came too late keeps nothing alive.
pub async fn late_ask_lets_go<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, Question<P>>>) {
        let late = ask::<P, _, u32>(&start.message, Question).timeout(ms(5));
        assert_eq!(late.await, Err(TaskError::TimedOut));
    }
    ends_by_itself(entry::<P>).await;
}

/// An `ask` with a limit that is dropped takes the limit with it.
pub async fn dropped_limit_lets_go<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, Question<P>>>) {
        let hour = ask::<P, _, u32>(&start.message, Question).timeout(ms(3_600_000));
        give_up(hour).await;
    }
    ends_by_itself(entry::<P>).await;
}

/// A single response that was dropped keeps nothing alive, nor does a late one.
pub async fn dropped_single_response_lets_go<P: Platform>() {
    async fn entry<P: Platform>(_: Start<SendPort<P, Question<P>>>) {
        drop(single_response::<P, u32>(|_| {}));
        give_up(single_response::<P, u32>(|_| {})).await;
        give_up(insula_core::ports::single_result::<P, u32>(|_| {})).await;
        let late = single_response::<P, u32>(|_| {}).timeout(ms(5)).await;
        assert_eq!(late, Err(TaskError::TimedOut));
    }
    ends_by_itself(entry::<P>).await;
}

/// A channel for a response that is dropped, or whose result is, keeps nothing alive.
pub async fn dropped_channel_lets_go<P: Platform>() {
    async fn entry<P: Platform>(_: Start<SendPort<P, Question<P>>>) {
        drop(SingleResponseChannel::<P, u32>::new());
        give_up(SingleResponseChannel::<P, u32>::new().result()).await;
        let late = SingleResponseChannel::<P, u32>::new();
        let _interrupter = late.interrupter();
        let late = late.result().timeout(ms(5)).await;
        assert_eq!(late, Err(TaskError::TimedOut));
    }
    ends_by_itself(entry::<P>).await;
}

/// A registry whose manager does not answer keeps nothing alive.
pub async fn unanswered_registry_lets_go<P: Platform>() {
    async fn entry<P: Platform>(_: Start<SendPort<P, Question<P>>>) {
        let manager = RegistryManager::<P, u32>::new();
        let port = manager.command_port();
        manager.close();
        let registry = Registry::from_port(port).with_timeout(ms(5));
        assert!(registry.lookup(&[], None).await.is_err());
        assert!(registry.add(7.into(), &[]).await.is_err());
        let patient = registry.with_timeout(ms(3_600_000));
        give_up(patient.lookup(&[], None)).await;
        drop(patient.add(7.into(), &[]));
    }
    ends_by_itself(entry::<P>).await;
}

/// A helper whose action panics closes its port.
pub async fn panicking_action_lets_go<P: Platform>() {
    async fn entry<P: Platform>(_: Start<SendPort<P, Question<P>>>) {
        drop(single_response::<P, u32>(|_| panic!("an action")));
    }
    let silent = ReceivePort::<P, Question<P>>::new();
    let (mut errors, mut ended) = (ReceivePort::<P, _>::new(), ReceivePort::<P, ()>::new());
    let options = Isolate::builder()
        .errors_fatal(false)
        .on_error(errors.send_port())
        .on_exit(ended.send_port());
    start_with::<P, _, _>(options, entry::<P>, silent.send_port()).await;
    let told = within::<P, _>(LIMIT, ended.next()).await;
    assert_eq!(told, Some(Some(())), "nothing keeps it alive");
    assert_eq!(errors.next().await.unwrap().description(), "an action");
}

/// A ping of a runner that is given up, and a limit on it, keep nothing alive.
pub async fn dropped_ping_lets_go<P: Platform>() {
    async fn entry<P: Platform>(_: Start<SendPort<P, Question<P>>>) {
        let runner = IsolateRunner::<P>::spawn().await.unwrap();
        let busy = runner.run_async(|()| sleep::<P>(ms(3_600_000)), ());
        runner.isolate().pause_with(insula_core::Capability::new());
        {
            let ping = pin!(runner.ping(ms(3_600_000)));
            give_up(ping).await;
        }
        runner.shutdown(Duration::ZERO).await.unwrap();
        let _ = busy.await;
    }
    ends_by_itself(entry::<P>).await;
}

/// Closing twice is closing once: both are told the same.
pub async fn runner_close_twice<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (first, second) = (runner.close(), runner.close());
    assert_eq!(within::<P, _>(LIMIT, first).await, Some(Ok(())));
    assert_eq!(within::<P, _>(LIMIT, second).await, Some(Ok(())));
    assert_eq!(
        within::<P, _>(LIMIT, runner.on_exit()).await,
        Some(Ok(ExitReason::Finished))
    );
    assert_eq!(within::<P, _>(LIMIT, runner.close()).await, Some(Ok(())));
}

/// An answer that was given is not overtaken by the end, wherever the runner was started and is used.
pub async fn answers_come_before_the_end<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let used = runner.clone();
    let outcomes = Isolate::<P>::run_async(move || async move {
        let (job, closed) = (used.run(increment, 1), used.close());
        sleep::<P>(ms(50)).await;
        (job.await, closed.await)
    });
    assert_eq!(ok(outcomes).await, (Ok(2), Ok(())));
}

/// As `answers_come_before_the_end`, with an isolate that looks at nothing while both come.
pub async fn answers_come_before_the_end_of_a_busy_isolate<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let used = runner.clone();
    let (to, mut ended) = {
        let ended = ReceivePort::<P, ()>::new();
        (ended.send_port(), ended)
    };
    let outcomes = Isolate::<P>::run_async(move || async move {
        let _ = used.isolate().add_exit_listener(&to, ());
        let (job, closed) = (used.run(increment, 1), used.close());
        (job.await, closed.await)
    });
    let outcomes = ok(outcomes).await;
    assert_eq!(ended.next().await, Some(()));
    assert_eq!(outcomes, (Ok(2), Ok(())));
}
