//! N10: what 1,000 isolates cost that have nothing to do.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use insula::{Isolate, ReceivePort, SendPort};

use crate::{
    child::in_child,
    contest::{Row, Sample, Target, Unit},
    effort,
    machine::{cpu_time, sleeps},
};

pub(crate) fn row(id: &'static str) -> Row {
    let nothing = [Target::value(0.0), Target::value(1e6)];
    Row::new(id)
        .measure(Unit::Count, "how often 1,000 idle ones wake up in a second")
        .measure(Unit::Time, "the CPU time of 1,000 idle ones in a second")
        .rounds(3)
        .ours("isolates", &nothing, || in_child("idle-insula"))
        .peer("threads", || in_child("idle-threads"))
}

fn count() -> usize {
    effort::either(1_000, 50)
}

fn measured() -> Sample {
    // Until the last one sleeps.
    thread::sleep(Duration::from_millis(300));
    let (woken, cpu, began) = (sleeps(), cpu_time(), Instant::now());
    thread::sleep(Duration::from_secs(1));
    let cpu = cpu_time().saturating_sub(cpu).as_nanos() as f64;
    let seconds = began.elapsed().as_secs_f64();
    Sample {
        values: vec![sleeps() - woken, cpu / seconds],
        cpu: None,
    }
}

async fn wait_for_nothing(ready: SendPort<()>) {
    let mut nothing = ReceivePort::<()>::new();
    ready.send(()).expect("the host listens");
    nothing.next().await;
}

pub(crate) fn insula() -> Sample {
    let mut ready = ReceivePort::new();
    for _ in 0..count() {
        let spawned = Isolate::spawn_async(wait_for_nothing, ready.send_port()).wait();
        spawned.expect("an isolate starts");
        ready.recv().expect("it is ready");
    }
    measured()
}

pub(crate) fn threads() -> Sample {
    let held: Vec<_> = (0..count())
        .map(|_| {
            let (hold, held) = mpsc::channel::<()>();
            thread::spawn(move || held.recv());
            hold
        })
        .collect();
    let sample = measured();
    drop(held);
    sample
}
