//! `LoadBalancer`: exactly `package:isolate`'s algorithm, ties included.
//!
//! The expected numbers come from a model of that algorithm: a binary heap of runners, ordered by load.
//! A job goes to the first runner of the heap. Its load is added at once and given back at its end.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    time::Duration,
};

use insula_core::{
    Isolate, IsolateRunner, LoadBalancer, Platform, Priority, ReceivePort, Runner, SendPort,
    SpawnError, Task, TaskError,
};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

use crate::support::{ms, ok, within};

/// A balancer, and a hand on its runners.
struct Bench<P: Platform> {
    balancer: LoadBalancer<P>,
    runners: Vec<IsolateRunner<P>>,
    held: ReceivePort<P, Held<P>>,
}

/// Which runner a job runs on, and the gate that ends it.
type Held<P> = (usize, SendPort<P, ()>);

/// The number in the name of the runner that this job runs on.
fn own_number<P: Platform>((): ()) -> usize {
    let this = Isolate::<P>::current();
    let number = this
        .debug_name()
        .and_then(|name| name.strip_prefix("runner ")?.parse().ok());
    number.expect("a balancer numbers its runners")
}

/// Says where it runs, and waits at its gate.
async fn hold<P: Platform>(held: SendPort<P, Held<P>>) {
    let mut gate = ReceivePort::new();
    held.send((own_number::<P>(()), gate.send_port())).unwrap();
    gate.next().await;
}

/// A job that lasts until it is told to end.
struct Job<P: Platform> {
    runner: usize,
    gate: SendPort<P, ()>,
    task: Task<P, ()>,
}

impl<P: Platform> Job<P> {
    async fn end(self) {
        self.gate.send(()).unwrap();
        ok(self.task).await;
    }
}

impl<P: Platform> Bench<P> {
    async fn new(size: usize) -> Self {
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
    async fn jobs<const N: usize>(&mut self, loads: [u64; N]) -> Vec<Job<P>> {
        let mut jobs = Vec::new();
        for load in loads {
            let task = self
                .balancer
                .run_async_with_load(load, hold::<P>, self.held.send_port());
            let (runner, gate) = self.held.next().await.unwrap();
            jobs.push(Job { runner, gate, task });
        }
        jobs
    }

    /// Gives out jobs while no runner can finish one, and says where each went.
    async fn places(
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
    async fn places_of<const N: usize>(&self, loads: [u64; N]) -> Vec<usize> {
        self.places(|balancer| {
            loads
                .map(|load| balancer.run_with_load(load, own_number::<P>, ()))
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

fn runners<P: Platform>(jobs: &[Job<P>]) -> Vec<usize> {
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
        tasks.extend([99, 2, 1].map(|load| balancer.run_with_load(load, own_number::<P>, ())));
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
        .run_with_load(50, |(): ()| -> u32 { panic!("no") }, ())
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
            .run_multiple(count, 10, own_number::<P>, ())
            .expect("there are as many runners");
        tasks.extend([1; 6].map(|load| balancer.run_with_load(load, own_number::<P>, ())));
        tasks
    };
    let mut places = bench.places(give).await;
    let later = places.split_off(count);
    (places, later)
}

/// `run_multiple` of one is `run`.
pub async fn load_balancer_run_multiple_of_one_is_run<P: Platform>() {
    assert_eq!(several::<P>(1).await, (vec![1], vec![3, 3, 0, 0, 3, 2]));
}

/// `run_multiple` of several takes the least loaded, the last taken first, and adds to each.
pub async fn load_balancer_run_multiple_takes_the_least_loaded<P: Platform>() {
    assert_eq!(several::<P>(2).await, (vec![3, 1], vec![0, 0, 2, 2, 0, 4]));
    assert_eq!(
        several::<P>(3).await,
        (vec![0, 3, 1], vec![2, 2, 4, 4, 2, 2])
    );
    assert_eq!(several::<P>(4).await, (vec![2, 0, 3, 1], vec![4; 6]));
}

/// `run_multiple` of all leaves their order alone.
pub async fn load_balancer_run_multiple_of_all_keeps_the_order<P: Platform>() {
    assert_eq!(
        several::<P>(5).await,
        (vec![1, 3, 4, 0, 2], vec![1, 1, 3, 3, 1, 0])
    );
}

/// `run_multiple_async` chooses as `run_multiple` does, for functions that await.
pub async fn load_balancer_run_multiple_async_chooses_alike<P: Platform>() {
    async fn own<P: Platform>((): ()) -> usize {
        own_number::<P>(())
    }
    let mut bench = Bench::<P>::new(5).await;
    bench.jobs([3, 1, 2, 5, 4]).await;
    let give = |balancer: &LoadBalancer<P>| {
        balancer
            .run_multiple_async(3, 10, own::<P>, ())
            .expect("there are as many runners")
    };
    assert_eq!(bench.places(give).await, [0, 3, 1]);
}

/// No load is too great, nor their sum.
pub async fn load_balancer_takes_the_greatest_loads<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    assert_eq!(
        bench.places_of([u64::MAX, u64::MAX, u64::MAX, 1]).await,
        [0, 1, 1, 0]
    );
}

/// `run_multiple` of none, or of more than there are, is a mistake of the caller's.
pub async fn load_balancer_run_multiple_refuses_bad_counts<P: Platform>() {
    let bench = Bench::<P>::new(2).await;
    for count in [0, 3] {
        let refused = bench.balancer.run_multiple(count, 1, own_number::<P>, ());
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
            matches!(within::<P, _>(ms(10_000), exit).await, Some(Ok(()))),
            "the isolate should have ended"
        );
    }
}

/// A runner that is gone is replaced before the next job, and starts with no load.
pub async fn load_balancer_replaces_a_lost_runner<P: Platform>() {
    let mut bench = Bench::<P>::new(2).await;
    let jobs = bench.jobs([10, 10]).await;
    assert_eq!(runners(&jobs), [0, 1]);
    ok(bench.runners[1].kill(Duration::ZERO)).await;
    assert_eq!(
        ok(bench.balancer.run_with_load(1, own_number::<P>, ())).await,
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

/// How many of `jobs`, all of which are held until the last has begun, each runner gets.
async fn shares<P: Platform>(balancer: &LoadBalancer<P>, jobs: usize) -> Vec<usize> {
    let mut held = ReceivePort::<P, Held<P>>::new();
    let tasks: Vec<_> = (0..jobs)
        .map(|_| balancer.run_async(hold::<P>, held.send_port()))
        .collect();
    let mut shares = vec![0; balancer.len()];
    let mut gates = Vec::new();
    while gates.len() < jobs {
        let begun = within::<P, _>(ms(10_000), held.next()).await.flatten();
        let (runner, gate) = begun.expect("each job begins");
        shares[runner] += 1;
        gates.push(gate);
    }
    for gate in gates {
        gate.send(()).unwrap();
    }
    for task in tasks {
        ok(task).await;
    }
    shares
}

/// More runners than can be are an error, at once.
pub async fn load_balancer_of_too_many<P: Platform>() {
    let spawned = within::<P, _>(ms(10_000), LoadBalancer::<P>::spawn(usize::MAX)).await;
    let error = spawned.expect("it ends").unwrap_err();
    assert!(matches!(error, SpawnError::Failed(_)), "{error:?}");
}

/// Its clone panics, the third time.
#[derive(Debug, Serialize, Deserialize)]
struct ThirdCloneFails(Cell<u32>);

impl Clone for ThirdCloneFails {
    fn clone(&self) -> Self {
        self.0.set(self.0.get() + 1);
        assert!(self.0.get() < 3, "a clone");
        Self(Cell::new(0))
    }
}

/// Jobs that were not placed, as the clone of their argument has panicked, leave no load.
pub async fn load_balancer_keeps_count_of_a_panicking_clone<P: Platform>() {
    let bench = Bench::<P>::new(3).await;
    for _ in 0..3 {
        let multiple = catch_unwind(AssertUnwindSafe(|| {
            let argument = ThirdCloneFails(Cell::new(0));
            bench.balancer.run_multiple(3, 100, |_| (), argument).err()
        }));
        assert!(multiple.is_err(), "the clone has panicked");
    }
    // Until the jobs that were placed, if any, are done.
    insula_core::sleep::<P>(ms(20)).await;
    assert_eq!(shares(&bench.balancer, 3).await, [1, 1, 1]);
}

/// The count is right while runners die and are replaced: afterwards each gets its share.
pub async fn load_balancer_counts_while_runners_are_replaced<P: Platform>() {
    let balancer = ok(LoadBalancer::<P>::spawn(2)).await;
    for round in 0..12 {
        let jobs: Vec<_> = (0..4).map(|_| balancer.run(own_number::<P>, ())).collect();
        let killed = (round % 3 == 0)
            .then(|| balancer.run(|()| Isolate::<P>::current().kill(Priority::Immediate), ()));
        for job in jobs {
            let _ = job.await;
        }
        if let Some(killed) = killed {
            let _ = killed.await;
        }
    }
    // Whoever is lost now is replaced before these.
    for _ in 0..4 {
        let _ = balancer.run(own_number::<P>, ()).await;
    }
    assert_eq!(shares(&balancer, 20).await, [10, 10]);
    ok(balancer.close()).await;
}

thread_local! {
    /// What the next `Closes` that is encoded here does first.
    static CLOSING: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// Can't be encoded; the attempt closes a balancer.
#[derive(Deserialize)]
struct Closes;

impl Serialize for Closes {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        if let Some(close) = CLOSING.take() {
            close();
        }
        Err(S::Error::custom("it refuses"))
    }
}

/// A balancer that is closed while it takes a job that can't be sent answers with an error.
pub async fn load_balancer_closed_while_it_places<P: Platform>() {
    let balancer = Rc::new(ok(LoadBalancer::<P>::spawn(1)).await);
    let closing = balancer.clone();
    CLOSING.set(Some(Box::new(move || drop(closing.close()))));
    let outcome = balancer.run(|_: Closes| (), Closes).await;
    assert!(outcome.is_err());
    let outcome = balancer.run(|_: Closes| (), Closes).await;
    assert!(outcome.is_err());
}
