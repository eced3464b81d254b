//! A balancer that several threads use while its runners die, and one whose runner never comes back.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::{collections::BTreeMap, sync::Mutex, thread, time::Duration};

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

/// A function that reaches no checkpoint can't be stopped; its balancer goes on without it.
#[test]
fn a_runner_that_never_comes_back_is_replaced() {
    static HELD: Mutex<()> = Mutex::new(());
    fn hang(begun: SendPort<()>) {
        begun.send(()).unwrap();
        drop(HELD.lock());
    }
    let held = HELD.lock().unwrap();
    let balancer = LoadBalancer::spawn(1).wait().unwrap();
    let mut begun = ReceivePort::new();
    let hung = balancer.run(hang, begun.send_port());
    begun.recv().unwrap();
    let behind = balancer.run(place, ());
    let late = balancer.unresponsive(Duration::from_millis(50)).wait();
    let late = late.unwrap().pop().expect("it hangs");
    assert_eq!(late.isolate().debug_name(), Some("runner 0"));
    balancer.replace(&late).wait().unwrap();
    for lost in [hung.wait().err(), behind.wait().err()] {
        let text = lost.expect("it fails").to_string();
        assert!(text.ends_with("its balancer has replaced it"), "{text}");
    }
    // In another isolate too, which has asked nothing of it before.
    let elsewhere = Isolate::run(move || late.run(place, ()).wait()).wait();
    assert!(elsewhere.unwrap().is_err());
    assert!(balancer.run(place, ()).wait().is_ok());
    drop(held);
}
