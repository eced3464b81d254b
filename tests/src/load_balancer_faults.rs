//! A balancer counts right, and ends what it was given, whatever goes wrong beside it.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use insula_core::{Isolate, LoadBalancer, Platform, Priority, ReceivePort, SpawnError, TaskError};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

use crate::load_balancer::{Bench, Held, hold, own_number};
use crate::support::{ms, ok, within};

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
            bench.balancer.on(3).run(|_| (), argument).err()
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
    // A runner that is lost now is replaced before these.
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

/// Jobs that wait for the replacement of a runner, and then for it, are lost with it: no `Closed` tells of a balancer
/// that is open.
pub async fn load_balancer_tells_who_is_lost<P: Platform>() {
    let balancer = LoadBalancer::<P>::spawn(1).await.unwrap();
    let balancer = balancer.restarts(u32::MAX, ms(1));
    for _ in 0..8 {
        let leaves = balancer.run(|(): ()| drop(Isolate::<P>::exit_silently()), ());
        let jobs: Vec<_> = (0..4).map(|n| balancer.run(|n: u32| n, n)).collect();
        assert!(matches!(leaves.await, Err(TaskError::IsolateLost { .. })));
        for (n, job) in (0..).zip(jobs) {
            let outcome = within::<P, _>(ms(10_000), job).await;
            let outcome = outcome.expect("each job ends");
            let is_lost = matches!(outcome, Err(TaskError::IsolateLost { .. }));
            assert!(is_lost || outcome == Ok(n), "{outcome:?}");
        }
    }
}
