//! A job that has not begun when it is given up never runs.

use insula_core::{IsolateRunner, LoadBalancer, Platform, ReceivePort, SendPort, Task, TaskError};

use crate::{
    load_balancer::{Bench, own_number},
    support::{ms, ok, take},
};

/// What jobs say: their numbers.
struct Said<P: Platform> {
    runner: IsolateRunner<P>,
    port: ReceivePort<P, u32>,
}

fn say<P: Platform>((number, to): (u32, SendPort<P, u32>)) {
    to.send(number).unwrap();
}

async fn say_async<P: Platform>(said: (u32, SendPort<P, u32>)) {
    say(said);
}

impl<P: Platform> Said<P> {
    async fn new() -> Self {
        Self {
            runner: ok(IsolateRunner::spawn()).await,
            port: ReceivePort::new(),
        }
    }

    fn job(&self, number: u32) -> Task<P, ()> {
        self.runner.run(say::<P>, (number, self.port.send_port()))
    }

    fn job_async(&self, number: u32) -> Task<P, ()> {
        self.runner
            .run_async(say_async::<P>, (number, self.port.send_port()))
    }

    /// What all jobs have said, when those that are to come have run.
    async fn all(mut self) -> Vec<u32> {
        ok(self.runner.close()).await;
        ok(self.runner.on_exit()).await;
        std::iter::from_fn(|| self.port.try_recv().ok()).collect()
    }
}

/// A job that is cancelled while it waits for its turn never runs; those around it do.
pub async fn cancelled_job_that_has_not_begun_never_runs<P: Platform>() {
    let said = Said::<P>::new().await;
    said.runner.pause();
    let jobs = [said.job(1), said.job(2), said.job_async(3), said.job(4)];
    let [first, second, third, fourth] = jobs;
    second.cancel();
    third.cancel();
    said.runner.resume();
    ok(first).await;
    ok(fourth).await;
    assert_eq!(said.all().await, [1, 4]);
}

/// Neither does one whose limit passes before its turn.
pub async fn timed_out_job_that_has_not_begun_never_runs<P: Platform>() {
    let said = Said::<P>::new().await;
    said.runner.pause();
    let late = said.job(1).timeout(ms(5));
    let last = said.job(2);
    assert_eq!(late.await, Err(TaskError::TimedOut));
    said.runner.resume();
    ok(last).await;
    assert_eq!(said.all().await, [2]);
}

/// A job whose task is merely dropped runs.
pub async fn dropped_job_that_has_not_begun_runs<P: Platform>() {
    let said = Said::<P>::new().await;
    said.runner.pause();
    drop(said.job(1));
    said.runner.resume();
    ok(said.job(2)).await;
    assert_eq!(said.all().await, [1, 2]);
}

/// A job that has begun goes on when it is cancelled, and so do jobs that are given afterwards.
pub async fn cancelled_job_that_has_begun_goes_on<P: Platform>() {
    async fn wait<P: Platform>(gate: SendPort<P, SendPort<P, ()>>) {
        let mut port = ReceivePort::new();
        gate.send(port.send_port()).unwrap();
        port.next().await;
    }
    let said = Said::<P>::new().await;
    let mut begun = ReceivePort::new();
    let job = said.runner.run_async(wait::<P>, begun.send_port());
    let gate = take(&mut begun, 1).await.remove(0);
    job.cancel();
    for number in 0..3 {
        ok(said.job(number)).await;
    }
    // It holds the runner until it is let go.
    ok(said.runner.close()).await;
    assert!(said.runner.ping(ms(10_000)).await);
    gate.send(()).unwrap();
    assert_eq!(said.all().await, [0, 1, 2]);
}

/// A cancelled job never runs although the runner is in the middle of another that reaches no checkpoint.
pub async fn cancelled_job_behind_a_busy_one_never_runs<P: Platform>() {
    fn be_busy<P: Platform>(to: SendPort<P, u32>) {
        to.send(1).unwrap();
        let end = P::now() + ms(300);
        while P::now() < end {}
    }
    let mut said = Said::<P>::new().await;
    let busy = said.runner.run(be_busy::<P>, said.port.send_port());
    assert_eq!(said.port.next().await, Some(1));
    let (cancelled, last) = (said.job(2), said.job(3));
    cancelled.cancel();
    ok(busy).await;
    ok(last).await;
    assert_eq!(said.all().await, [3]);
}

/// A job that was cancelled before it began has given its load back at once.
pub async fn cancelled_job_gives_its_load_back_at_once<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    let give = |balancer: &LoadBalancer<P>| {
        balancer.with_load(50).run(own_number::<P>, ()).cancel();
        [1, 1]
            .map(|load| balancer.with_load(load).run(own_number::<P>, ()))
            .into()
    };
    assert_eq!(bench.places(give).await, [0, 1]);
}
