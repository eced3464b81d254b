//! Isolates that start isolates, wherever the application began.

use std::time::Duration;

use insula_web::{
    ComputePool, Isolate, IsolateRunner, LoadBalancer, Priority, ReceivePort, SendPort, SpawnError,
    Start, TaskError, ask, compute, register_program,
};
use serde::{Deserialize, Serialize};

use crate::common::{for_ever, in_time, no_worker_is_left, runner, workers, workers_are};

fn double(number: u32) -> u32 {
    2 * number
}

/// Doubles by a runner in a runner, so many deep.
async fn double_there(depth: u32) -> Option<u32> {
    let runner = IsolateRunner::spawn().await.ok()?;
    let there = if depth == 0 {
        runner.run(double, 21).await
    } else {
        return Box::pin(runner.run_async(double_there, depth - 1))
            .await
            .ok()?;
    };
    there.ok()
}

pub(crate) async fn a_runner_in_a_runner() {
    let runner = runner().await;
    assert_eq!(
        in_time("the job", runner.run_async(double_there, 2)).await,
        Ok(Some(42))
    );
    drop(runner);
    no_worker_is_left().await;
}

#[derive(Serialize, Deserialize)]
struct Question {
    number: u32,
    reply: SendPort<u32>,
}

async fn doubler(Start { message: ready, .. }: Start<SendPort<SendPort<Question>>>) {
    let mut questions = ReceivePort::new();
    let _ = ready.send(questions.send_port());
    while let Some(Question { number, reply }) = questions.next().await {
        let _ = reply.send(2 * number);
    }
}

async fn spawn_there(linked: bool) -> Option<(Isolate, SendPort<Question>)> {
    let mut ready = ReceivePort::new();
    let isolate = Isolate::builder()
        .linked(linked)
        .spawn_uri("insula:doubler", None::<&str>, ready.send_port())
        .await
        .ok()?;
    Some((isolate, ready.next().await?))
}

/// A program that a worker has started lives on without it, unless it is linked.
pub(crate) async fn a_program_that_a_worker_starts() {
    register_program("doubler", doubler);
    for linked in [false, true] {
        let runner = runner().await;
        let spawned = in_time("the job", runner.run_async(spawn_there, linked)).await;
        let (isolate, questions) = spawned.expect("the job is done").expect("it starts");
        let answer = ask(&questions, |reply| Question { number: 4, reply });
        assert_eq!(in_time("an answer", answer).await, Ok(8));
        runner.isolate().kill(Priority::Immediate);
        in_time("its end", runner.on_exit()).await.expect("it ends");
        workers_are(usize::from(!linked)).await;
        let answer = ask(&questions, |reply| Question { number: 5, reply });
        match in_time("an answer", answer).await {
            Ok(answer) => assert!(!linked && answer == 10),
            Err(error) => assert!(
                linked && matches!(error, TaskError::IsolateLost { .. }),
                "{error}"
            ),
        }
        isolate.kill(Priority::Immediate);
        no_worker_is_left().await;
    }
}

async fn kill_there(_: ()) -> bool {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return false;
    };
    let job = runner.run_async(for_ever, ());
    runner.isolate().kill(Priority::Immediate);
    matches!(job.await, Err(TaskError::IsolateLost { .. }))
}

/// A worker hears of the end of what it has killed.
pub(crate) async fn a_kill_from_a_worker() {
    let runner = runner().await;
    assert_eq!(
        in_time("the job", runner.run_async(kill_there, ())).await,
        Ok(true)
    );
    drop(runner);
    no_worker_is_left().await;
}

fn boom(_: ()) {
    panic!("boom");
}

async fn panic_there(_: ()) -> String {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return "no runner".to_owned();
    };
    match runner.run(boom, ()).await {
        Err(error) => error.to_string(),
        Ok(()) => "no panic".to_owned(),
    }
}

pub(crate) async fn a_panic_in_a_worker_of_a_worker() {
    let runner = runner().await;
    let error = in_time("the job", runner.run_async(panic_there, ())).await;
    assert!(
        error.as_ref().is_ok_and(|text| text.contains("boom")),
        "{error:?}"
    );
    assert_eq!(in_time("a job", runner.run(double, 1)).await, Ok(2));
    drop(runner);
    no_worker_is_left().await;
}

async fn missing_there(_: ()) -> bool {
    let spawned = Isolate::spawn_uri("insula:nobody", None::<&str>, ()).await;
    matches!(spawned, Err(SpawnError::NotFound { .. }))
}

pub(crate) async fn a_missing_program_in_a_worker() {
    let runner = runner().await;
    assert_eq!(
        in_time("the job", runner.run_async(missing_there, ())).await,
        Ok(true)
    );
    drop(runner);
    no_worker_is_left().await;
}

pub(crate) async fn a_balancer_and_a_pool() {
    let balancer = in_time("a spawn", LoadBalancer::spawn(2))
        .await
        .expect("it starts");
    assert!(in_time("a job", balancer.run(boom, ())).await.is_err());
    for number in 0..4 {
        assert_eq!(
            in_time("a job", balancer.run(double, number)).await,
            Ok(2 * number)
        );
    }
    drop(balancer);
    no_worker_is_left().await;
    let pool = in_time("a pool", ComputePool::install(1))
        .await
        .expect("it starts");
    assert_eq!(in_time("a job", compute(double, 3)).await, Ok(6));
    assert_eq!(workers(), 1);
    drop(pool);
    no_worker_is_left().await;
}

fn spin(_: ()) {
    loop {
        Isolate::checkpoint();
    }
}

pub(crate) async fn a_busy_worker_is_pinged_and_killed() {
    let runner = runner().await;
    let busy = runner.run(spin, ());
    insula_web::sleep(Duration::from_millis(50)).await;
    assert!(runner.ping(Duration::from_secs(20)).await);
    runner.isolate().kill(Priority::Immediate);
    assert!(in_time("the job", busy).await.is_err());
    no_worker_is_left().await;
}

/// Each test, on a page and in a worker.
#[macro_export]
macro_rules! nested_tests {
    () => {
        $crate::nested_tests!(
            a_runner_in_a_runner a_program_that_a_worker_starts a_kill_from_a_worker
            a_panic_in_a_worker_of_a_worker a_missing_program_in_a_worker a_balancer_and_a_pool
            a_busy_worker_is_pinged_and_killed
        );
    };
    ($($name:ident)+) => {
        $(
            #[wasm_bindgen_test]
            async fn $name() {
                $crate::common::nested::$name().await;
            }
        )+
    };
}
