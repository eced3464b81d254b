//! What a balancer does about replacements that do not start: it waits longer each time, and then tells.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::time::Duration;

use insula_core::Platform as _;
use insula_sim::{
    Fault, Faults, Isolate, IsolateRunner, LoadBalancer, Priority, ReceivePort, Sim, SpawnError,
    Step, TaskError, web_like,
};

const BACKOFF: Duration = Duration::from_secs(1);
/// More than starts and jobs take.
const SHORT: Duration = Duration::from_millis(500);

/// A balancer whose only runner is gone, or none when that did not start.
async fn without_its_runner() -> Option<LoadBalancer> {
    let runner = IsolateRunner::spawn().await.ok()?;
    let balancer = LoadBalancer::of([runner.clone()]).restarts(2, BACKOFF);
    runner.isolate().kill(Priority::Immediate);
    runner.shutdown(Duration::from_secs(9)).await.unwrap();
    Some(balancer)
}

/// What a job comes to, and how long that takes.
async fn timed_job(balancer: &LoadBalancer) -> (Result<u32, TaskError>, Duration) {
    let begun = Sim::now();
    let outcome = balancer.run(|n: u32| n + 1, 1).await;
    (outcome, Sim::now() - begun)
}

fn failed_starts(steps: &[Step]) -> u32 {
    let is_failed = |step: &&Step| matches!(step, Step::Fault(Fault::FailedStart { .. }));
    steps.iter().filter(is_failed).count() as u32
}

#[test]
fn a_replacement_that_does_not_start_is_tried_again_and_then_an_error() {
    let mut seen = [0; 3];
    for seed in 0..600 {
        let run = web_like::run_with(Faults::none().failed_starts(true), seed, async {
            let balancer = without_its_runner().await?;
            let first = timed_job(&balancer).await;
            let second = timed_job(&balancer).await;
            Some((first, second))
        });
        let failed = failed_starts(run.trace.steps());
        let Some(((first, took), (second, took_then))) = run.value else {
            assert_eq!(failed, 1);
            continue;
        };
        if let Ok(value) = first {
            assert_eq!((value, &second), (2, &Ok(2)), "seed {seed}");
            let waited = [Duration::ZERO, BACKOFF][failed as usize];
            assert!(took >= waited && took < waited + SHORT, "{seed}: {took:?}");
            seen[failed as usize] += 1;
            continue;
        }
        let is_spawn =
            |outcome: &_| matches!(outcome, Err(TaskError::Spawn(SpawnError::Failed(_))));
        assert!(is_spawn(&first), "seed {seed}: {first:?}");
        assert!(
            took >= BACKOFF && took < BACKOFF + SHORT,
            "{seed}: {took:?}"
        );
        // One more start is tried, after twice as long.
        assert!(took_then >= 2 * BACKOFF - SHORT && took_then < 2 * BACKOFF + SHORT);
        assert_eq!(failed, 2 + u32::from(second.is_err()), "seed {seed}");
        seen[2] += 1;
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn jobs_that_wait_end_when_the_isolate_ends_that_starts_the_replacement() {
    let mut seen = 0;
    for seed in 0..200 {
        let faults = Faults::none().missing_threads(true);
        let run = insula_sim::run_with(faults, seed, async {
            let balancer = without_its_runner().await?;
            let (own, mut begun) = (balancer.clone(), ReceivePort::new());
            let to = begun.send_port();
            // It begins the replacement, and is killed while that may wait for its second attempt.
            let starter = Isolate::spawn_async(
                async move |()| {
                    let job = own.run(|n: u32| n + 1, 1);
                    drop(to.send(()));
                    drop(job.await);
                },
                (),
            );
            let starter = starter.await.ok()?;
            begun.next().await?;
            let job = balancer.run(|n: u32| n + 1, 1);
            starter.kill(Priority::Immediate);
            let outcome = job.await;
            balancer.close().await.unwrap();
            Some(outcome)
        });
        match run.value {
            Some(Err(TaskError::Ended)) => seen += 1,
            // `Closed` when its runner had started: the starter was to hear of it.
            Some(outcome) => assert!(
                matches!(
                    outcome,
                    Ok(2) | Err(TaskError::Spawn(_) | TaskError::Closed)
                ),
                "{seed}: {outcome:?}"
            ),
            None => {}
        }
    }
    assert!(seen > 0, "no starter was killed while it waited");
}
