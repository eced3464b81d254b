//! `LoadBalancer`: exactly `package:isolate`'s algorithm, ties included.
//!
//! The expected numbers come from a model of that algorithm: a binary heap of runners, ordered by load.
//! A job goes to the first runner of the heap. Its load is added at once and given back at its end.

use std::time::Duration;

use insula_core::{
    Isolate, IsolateRunner, LoadBalancer, Platform, Priority, ReceivePort, SendPort, Task,
    TaskError,
};

use crate::support::{ms, ok, within};

/// A balancer, and a hand on its runners.
pub(crate) struct Bench<P: Platform> {
    pub(crate) balancer: LoadBalancer<P>,
    pub(crate) runners: Vec<IsolateRunner<P>>,
    pub(crate) held: ReceivePort<P, Held<P>>,
}

/// Which runner a job runs on, and the gate that ends it.
pub(crate) type Held<P> = (usize, SendPort<P, ()>);

/// The number in the name of the runner that this job runs on.
pub(crate) fn own_number<P: Platform>((): ()) -> usize {
    let this = Isolate::<P>::current();
    let number = this
        .debug_name()
        .and_then(|name| name.strip_prefix("runner ")?.parse().ok());
    number.expect("a balancer numbers its runners")
}

/// Says where it runs, and waits at its gate.
pub(crate) async fn hold<P: Platform>(held: SendPort<P, Held<P>>) {
    let mut gate = ReceivePort::new();
    held.send((own_number::<P>(()), gate.send_port())).unwrap();
    gate.next().await;
}

/// A job that lasts until it is told to end.
pub(crate) struct Job<P: Platform> {
    runner: usize,
    gate: SendPort<P, ()>,
    task: Task<P, ()>,
}

impl<P: Platform> Job<P> {
    pub(crate) async fn end(self) {
        self.gate.send(()).unwrap();
        ok(self.task).await;
    }
}

impl<P: Platform> Bench<P> {
    pub(crate) async fn new(size: usize) -> Self {
        let mut runners = Vec::new();
        for number in 0..size {
            runners.push(
                ok(IsolateRunner::builder()
                    .debug_name(format!("runner {number}"))
                    .spawn())
                .await,
            );
        }
        Self {
            balancer: LoadBalancer::of(runners.iter().cloned()),
            runners,
            held: ReceivePort::new(),
        }
    }

    /// Starts lasting jobs of these loads, one after the other.
    pub(crate) async fn jobs<const N: usize>(&mut self, loads: [u64; N]) -> Vec<Job<P>> {
        let mut jobs = Vec::new();
        for load in loads {
            let task = self
                .balancer
                .with_load(load)
                .run_async(hold::<P>, self.held.send_port());
            let (runner, gate) = self.held.next().await.unwrap();
            jobs.push(Job { runner, gate, task });
        }
        jobs
    }

    /// Gives out jobs while no runner can finish one, and says where each went.
    pub(crate) async fn places(
        &self,
        give: impl FnOnce(&LoadBalancer<P>) -> Vec<Task<P, usize>>,
    ) -> Vec<usize> {
        self.runners.iter().for_each(IsolateRunner::pause);
        let tasks = give(&self.balancer);
        self.runners.iter().for_each(IsolateRunner::resume);
        let mut places = Vec::new();
        for task in tasks {
            places.push(ok(task).await);
        }
        places
    }

    /// The runners that jobs of these loads go to.
    pub(crate) async fn places_of<const N: usize>(&self, loads: [u64; N]) -> Vec<usize> {
        self.places(|balancer| {
            loads
                .map(|load| balancer.with_load(load).run(own_number::<P>, ()))
                .into()
        })
        .await
    }
}

impl<P: Platform> Drop for Bench<P> {
    fn drop(&mut self) {
        for runner in &self.runners {
            runner.isolate().kill(Priority::Immediate);
        }
    }
}

pub(crate) fn runners<P: Platform>(jobs: &[Job<P>]) -> Vec<usize> {
    jobs.iter().map(|job| job.runner).collect()
}

/// Among equals the order is the heap's: three runners.
pub async fn load_balancer_spreads_equal_jobs_over_three<P: Platform>() {
    assert_eq!(
        Bench::<P>::new(3).await.places_of([100; 9]).await,
        [0, 1, 2, 2, 0, 1, 1, 2, 0]
    );
}

/// Among equals the order is the heap's: four runners.
pub async fn load_balancer_spreads_equal_jobs_over_four<P: Platform>() {
    assert_eq!(
        Bench::<P>::new(4).await.places_of([100; 9]).await,
        [0, 1, 3, 2, 2, 1, 0, 3, 3]
    );
}

/// A job goes to the least loaded runner, whose load it adds to.
pub async fn load_balancer_takes_the_least_loaded<P: Platform>() {
    let bench = Bench::<P>::new(5).await;
    assert_eq!(
        bench.places_of([5, 3, 1, 4, 2, 1, 1, 1, 3, 2]).await,
        [0, 1, 3, 4, 2, 3, 3, 2, 2, 3]
    );
}

/// A job without a load counts 100.
pub async fn load_balancer_counts_a_job_as_100<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    let give = |balancer: &LoadBalancer<P>| {
        let mut tasks = vec![balancer.run(own_number::<P>, ())];
        tasks.extend([99, 2, 1].map(|load| balancer.with_load(load).run(own_number::<P>, ())));
        tasks
    };
    assert_eq!(bench.places(give).await, [0, 1, 1, 0]);
}

/// A job may count nothing: its runner stays the first.
pub async fn load_balancer_takes_jobs_without_load<P: Platform>() {
    assert_eq!(
        Bench::<P>::new(2).await.places_of([0, 0, 1, 1]).await,
        [0, 0, 0, 1]
    );
}

/// A job that has ended has given its load back before its task is seen to be complete.
pub async fn load_balancer_releases_the_load_of_an_ended_job<P: Platform>() {
    let mut bench = Bench::<P>::new(4).await;
    let mut jobs = bench.jobs([4, 3, 2, 1]).await;
    assert_eq!(runners(&jobs), [0, 1, 3, 2]);
    jobs.remove(0).end().await;
    assert_eq!(bench.places_of([1; 6]).await, [0, 0, 2, 2, 0, 3]);
}

/// Loads that are given back move their runners up, past equals.
pub async fn load_balancer_release_passes_equals<P: Platform>() {
    let mut bench = Bench::<P>::new(4).await;
    let mut jobs = bench.jobs([2; 4]).await;
    assert_eq!(runners(&jobs), [0, 1, 3, 2]);
    jobs.remove(1).end().await;
    jobs.remove(1).end().await;
    assert_eq!(bench.places_of([1; 6]).await, [3, 1, 1, 3, 3, 2]);
}

/// A job's panic gives its load back as well.
pub async fn load_balancer_releases_after_an_error<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    bench
        .balancer
        .with_load(50)
        .run(|(): ()| -> u32 { panic!("no") }, ())
        .await
        .unwrap_err();
    assert_eq!(bench.places_of([1, 1]).await, [0, 1]);
}

/// A job whose waiting was cut short has given its load back, although it still runs.
pub async fn load_balancer_releases_after_a_timeout<P: Platform>() {
    let mut bench = Bench::<P>::new(2).await;
    let job = bench.jobs([50]).await.remove(0);
    assert!(matches!(
        job.task.timeout(ms(1)).await,
        Err(TaskError::TimedOut)
    ));
    assert_eq!(bench.places_of([1, 1]).await, [0, 1]);
}

/// Runs one call on `count` of five runners, loaded with 3, 1, 4, 2 and 5, and then six jobs: where all went.
async fn several<P: Platform>(count: usize) -> (Vec<usize>, Vec<usize>) {
    let mut bench = Bench::<P>::new(5).await;
    assert_eq!(runners(&bench.jobs([3, 1, 2, 5, 4]).await), [0, 1, 3, 4, 2]);
    let give = |balancer: &LoadBalancer<P>| {
        let mut tasks = balancer
            .with_load(10)
            .on(count)
            .run(own_number::<P>, ())
            .expect("there are as many runners");
        tasks.extend([1; 6].map(|load| balancer.with_load(load).run(own_number::<P>, ())));
        tasks
    };
    let mut places = bench.places(give).await;
    let later = places.split_off(count);
    (places, later)
}

/// `on(1)` chooses as `run` does.
pub async fn load_balancer_on_one_is_run<P: Platform>() {
    assert_eq!(several::<P>(1).await, (vec![1], vec![3, 3, 0, 0, 3, 2]));
}

/// `on` several takes the least loaded, the last taken first, and adds to each.
pub async fn load_balancer_on_takes_the_least_loaded<P: Platform>() {
    assert_eq!(several::<P>(2).await, (vec![3, 1], vec![0, 0, 2, 2, 0, 4]));
    assert_eq!(
        several::<P>(3).await,
        (vec![0, 3, 1], vec![2, 2, 4, 4, 2, 2])
    );
    assert_eq!(several::<P>(4).await, (vec![2, 0, 3, 1], vec![4; 6]));
}

/// `on` all leaves their order alone.
pub async fn load_balancer_on_of_all_keeps_the_order<P: Platform>() {
    assert_eq!(
        several::<P>(5).await,
        (vec![1, 3, 4, 0, 2], vec![1, 1, 3, 3, 1, 0])
    );
}

/// `on` chooses alike for functions that await.
pub async fn load_balancer_on_chooses_alike_for_futures<P: Platform>() {
    async fn own<P: Platform>((): ()) -> usize {
        own_number::<P>(())
    }
    let mut bench = Bench::<P>::new(5).await;
    bench.jobs([3, 1, 2, 5, 4]).await;
    let give = |balancer: &LoadBalancer<P>| {
        balancer
            .with_load(10)
            .on(3)
            .run_async(own::<P>, ())
            .expect("there are as many runners")
    };
    assert_eq!(bench.places(give).await, [0, 3, 1]);
}

/// `with_load` and `on` combine in either order, and each job gives its load back.
pub async fn load_balancer_on_and_with_load_combine<P: Platform>() {
    let mut bench = Bench::<P>::new(3).await;
    let several = [
        bench.balancer.with_load(5).on(2),
        bench.balancer.on(2).with_load(5),
    ];
    for several in several {
        let port = bench.held.send_port();
        let tasks = several.run_async(hold::<P>, port).expect("there are three");
        let mut gates = Vec::new();
        for _ in &tasks {
            gates.push(bench.held.next().await.unwrap());
        }
        let free = (0..3).find(|number| gates.iter().all(|(runner, _)| runner != number));
        let free = free.expect("two of three are busy");
        assert_eq!(bench.places_of([4, 1]).await, [free, free]);
        for (_, gate) in gates {
            gate.send(()).unwrap();
        }
        for task in tasks {
            ok(task).await;
        }
    }
    let mut places = bench.places_of([1, 1, 1]).await;
    places.sort_unstable();
    assert_eq!(places, [0, 1, 2], "no load is left");
}

/// A clone is another handle to the same runners and loads.
pub async fn load_balancer_clones_share_their_loads<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    let give = |balancer: &LoadBalancer<P>| {
        let clone = balancer.clone();
        vec![
            balancer.with_load(2).run(own_number::<P>, ()),
            clone.with_load(1).run(own_number::<P>, ()),
            clone.with_load(1).run(own_number::<P>, ()),
        ]
    };
    assert_eq!(bench.places(give).await, [0, 1, 1]);
}

/// No load is too great, nor their sum.
pub async fn load_balancer_takes_the_greatest_loads<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    assert_eq!(
        bench.places_of([u64::MAX, u64::MAX, u64::MAX, 1]).await,
        [0, 1, 1, 0]
    );
}

/// `on` none, or of more than there are, is a mistake of the caller's.
pub async fn load_balancer_on_refuses_bad_counts<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    for count in [0, 3] {
        let refused = bench
            .balancer
            .with_load(1)
            .on(count)
            .run(own_number::<P>, ());
        let error = refused.expect_err("there are two runners");
        assert_eq!((error.given, error.most), (count, 2));
    }
}

/// A balancer of no runners starts, and refuses jobs.
pub async fn load_balancer_without_runners_refuses_jobs<P: Platform>() {
    let balancer = ok(LoadBalancer::<P>::spawn(0)).await;
    assert!(balancer.is_empty());
    let refused = balancer.run(own_number::<P>, ()).await;
    assert_eq!(refused, Err(TaskError::Closed));
}

/// `len` counts the runners, until they are closed.
pub async fn load_balancer_len_counts_its_runners<P: Platform>() {
    let balancer = ok(LoadBalancer::<P>::spawn(3)).await;
    assert_eq!((balancer.len(), balancer.is_empty()), (3, false));
    ok(balancer.close()).await;
    assert_eq!((balancer.len(), balancer.is_empty()), (0, true));
}

/// A closed balancer refuses jobs and finishes the ones it has. Closing it again is harmless.
pub async fn load_balancer_refuses_jobs_after_close<P: Platform>() {
    let balancer = ok(LoadBalancer::<P>::spawn(2)).await;
    let before = balancer.run(own_number::<P>, ());
    ok(balancer.close()).await;
    ok(balancer.close()).await;
    assert_eq!(ok(before).await, 0);
    assert!(matches!(
        balancer.run(own_number::<P>, ()).await,
        Err(TaskError::Closed)
    ));
}

/// Closing a balancer ends its isolates.
pub async fn load_balancer_close_ends_its_isolates<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    let exits: Vec<_> = bench.runners.iter().map(IsolateRunner::on_exit).collect();
    ok(bench.balancer.close()).await;
    for exit in exits {
        assert!(
            matches!(within::<P, _>(ms(10_000), exit).await, Some(Ok(_))),
            "the isolate should have ended"
        );
    }
}

/// A runner that is gone is replaced before the next job, and starts with no load.
pub async fn load_balancer_replaces_a_lost_runner<P: Platform>() {
    let mut bench = Bench::<P>::new(2).await;
    let jobs = bench.jobs([10, 10]).await;
    assert_eq!(runners(&jobs), [0, 1]);
    ok(bench.runners[1].shutdown(Duration::ZERO)).await;
    assert_eq!(
        ok(bench.balancer.with_load(1).run(own_number::<P>, ())).await,
        1
    );
    assert!(
        bench.runners[1].is_lost(),
        "it is another runner of the same number"
    );
    let [held, lost] = <[_; 2]>::try_from(jobs).ok().unwrap();
    assert!(matches!(
        lost.task.await,
        Err(TaskError::IsolateLost { .. })
    ));
    held.end().await;
}

/// A job that panics where that can't be caught loses its runner; the balancer goes on with another.
pub async fn load_balancer_survives_a_panic<P: Platform>() {
    let balancer = ok(LoadBalancer::<P>::spawn(2)).await;
    balancer
        .run(|(): ()| -> u32 { panic!("no") }, ())
        .await
        .unwrap_err();
    for _ in 0..4 {
        ok(balancer.run(own_number::<P>, ())).await;
    }
    ok(balancer.close()).await;
}
