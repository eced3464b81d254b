//! A runner of a balancer that does not answer can be found, and replaced.

use std::time::Duration;

use insula_core::{Isolate, IsolateRunner, LoadBalancer, Platform, SendPort, TaskError};

use crate::{
    load_balancer::{Bench, own_number, runners},
    support::{ms, ok, within},
};

/// Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = ms(30_000);

/// The names of the runners that do not answer within `limit`.
async fn late<P: Platform>(balancer: &LoadBalancer<P>, limit: Duration) -> Vec<IsolateRunner<P>> {
    let late = within::<P, _>(LIMIT, balancer.unresponsive(limit)).await;
    late.expect("it ends").expect("it tells")
}

/// Runners that wait, are paused or have many jobs answer.
pub async fn unresponsive_names_no_runner_that_waits<P: Platform>() {
    let mut bench = Bench::<P>::new(2).await;
    let jobs = bench.jobs([1, 1, 1]).await;
    bench.runners[1].pause();
    assert!(late(&bench.balancer, LIMIT / 2).await.is_empty());
    drop(jobs);
}

/// A runner whose function does not return is named; another takes its place and its jobs fail.
pub async fn unresponsive_runner_is_named_and_replaced<P: Platform>() {
    fn never_return<P: Platform>(begun: SendPort<P, usize>) {
        begun.send(own_number::<P>(())).unwrap();
        loop {
            Isolate::<P>::checkpoint();
        }
    }
    let balancer = ok(LoadBalancer::<P>::spawn(2)).await;
    let mut begun = insula_core::ReceivePort::new();
    let endless = balancer.run(never_return::<P>, begun.send_port());
    assert_eq!(begun.next().await, Some(0));
    let waiting = balancer.on(2).run(own_number::<P>, ()).unwrap();
    let found = late(&balancer, ms(500)).await;
    let names: Vec<_> = found
        .iter()
        .map(|runner| runner.isolate().debug_name())
        .collect();
    assert_eq!(names.first(), Some(&Some("runner 0")));
    // A busy machine may be late with the other one's answer.
    assert!(names.len() == 1 || !P::SIMULATES_TIME, "{names:?}");
    ok(balancer.replace(&found[0])).await;
    assert!(matches!(endless.await, Err(TaskError::IsolateLost { .. })));
    let mut answered = 0;
    for job in waiting {
        match job.await {
            Ok(_) => answered += 1,
            Err(error) => assert!(matches!(error, TaskError::IsolateLost { .. }), "{error}"),
        }
    }
    assert_eq!(answered, 1, "that of the other runner");
    let mut places = Vec::new();
    for job in balancer.on(2).run(own_number::<P>, ()).unwrap() {
        places.push(ok(job).await);
    }
    places.sort_unstable();
    assert_eq!(places, [0, 1]);
    assert!(late(&balancer, LIMIT / 2).await.is_empty());
}

/// The jobs of a runner that is replaced fail at once, begun or not, and its successor has no load.
pub async fn replaced_runner_takes_its_jobs_and_load_along<P: Platform>() {
    let mut bench = Bench::<P>::new(2).await;
    let jobs = bench.jobs([10, 10]).await;
    assert_eq!(runners(&jobs), [0, 1]);
    bench.runners[1].pause();
    let light = bench.balancer.with_load(9);
    let (own, other) = (
        light.run(own_number::<P>, ()),
        light.run(own_number::<P>, ()),
    );
    ok(other).await;
    ok(bench.balancer.replace(&bench.runners[1])).await;
    assert!(matches!(own.await, Err(TaskError::IsolateLost { .. })));
    assert!(bench.runners[1].is_lost());
    assert!(!bench.runners[0].is_lost());
    let job = bench.balancer.with_load(1).run(own_number::<P>, ());
    assert_eq!(ok(job).await, 1);
    drop(jobs);
}

/// Jobs that are given while the successor starts wait for it.
pub async fn replaced_runner_has_a_successor_for_the_next_job<P: Platform>() {
    let bench = Bench::<P>::new(1).await;
    let replaced = bench.balancer.replace(&bench.runners[0]);
    let job = bench.balancer.run(own_number::<P>, ());
    assert_eq!(ok(job).await, 0);
    ok(replaced).await;
    assert_eq!(bench.balancer.len(), 1);
}

/// A runner is replaced once. That of another balancer is none of this one's.
pub async fn replaced_runner_is_not_replaced_again<P: Platform>() {
    let bench = Bench::<P>::new(1).await;
    ok(bench.balancer.replace(&bench.runners[0])).await;
    let mut bench_of_successor = Bench {
        balancer: bench.balancer.clone(),
        runners: Vec::new(),
        held: insula_core::ReceivePort::new(),
    };
    let jobs = bench_of_successor.jobs([1]).await;
    ok(bench.balancer.replace(&bench.runners[0])).await;
    let other = ok(IsolateRunner::<P>::spawn()).await;
    ok(bench.balancer.replace(&other)).await;
    assert!(!other.is_lost());
    for job in jobs {
        job.end().await;
    }
}

/// A closed balancer has no runner to replace.
pub async fn replace_after_close_is_closed<P: Platform>() {
    let bench = Bench::<P>::new(1).await;
    ok(bench.balancer.close()).await;
    let refused = bench.balancer.replace(&bench.runners[0]).await;
    assert_eq!(refused, Err(TaskError::Closed));
    assert_eq!(
        bench
            .balancer
            .unresponsive(LIMIT)
            .await
            .map(|late| late.len()),
        Ok(0)
    );
}
