//! A balancer that several threads use while its runners die.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{collections::BTreeMap, thread, time::Duration};

use insula_core::Platform;
use insula_native::{Isolate, LoadBalancer, Native, Priority, ReceivePort, SendPort};

/// How long the threads go on.
const ROUND: Duration = Duration::from_secs(2);
const JOBS: usize = 200;

fn place((): ()) -> Option<String> {
    Isolate::current().debug_name().map(str::to_owned)
}

/// Says where it runs, and waits until it may end.
async fn hold(begun: SendPort<(Option<String>, SendPort<()>)>) {
    let mut gate = ReceivePort::new();
    begun.send((place(()), gate.send_port())).unwrap();
    gate.next().await;
}

/// Its count is right afterwards: each runner gets its share.
#[test]
fn a_balancer_counts_while_runners_die() {
    let balancer = LoadBalancer::spawn(2).wait().unwrap();
    let end = Native::now() + ROUND;
    thread::scope(|scope| {
        for number in 0..4 {
            let balancer = &balancer;
            scope.spawn(move || {
                for round in 0.. {
                    if Native::now() > end {
                        break;
                    }
                    if number == 0 && round % 5 == 0 {
                        let kill = |()| Isolate::current().kill(Priority::Immediate);
                        let _ = balancer.run(kill, ()).wait();
                    } else {
                        let _ = balancer.run(place, ()).wait();
                    }
                }
            });
        }
    });
    // Until no runner is a dead one.
    for _ in 0..10 {
        let _ = balancer.run(place, ()).wait();
    }
    let mut begun = ReceivePort::new();
    let held: Vec<_> = (0..JOBS)
        .map(|_| balancer.run_async(hold, begun.send_port()))
        .collect();
    let (mut shares, mut gates) = (BTreeMap::<_, usize>::new(), Vec::new());
    while gates.len() < JOBS {
        let (name, gate) = begun.recv_timeout(Duration::from_secs(30)).unwrap();
        *shares.entry(name).or_default() += 1;
        gates.push(gate);
    }
    for gate in gates {
        gate.send(()).unwrap();
    }
    for job in held {
        job.wait().unwrap();
    }
    assert_eq!(
        shares.values().copied().collect::<Vec<_>>(),
        [JOBS / 2; 2],
        "{shares:?}"
    );
}
