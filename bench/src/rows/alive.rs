//! N4: 10,000 at once, each of which waits for a message.

use std::{sync::mpsc, thread, time::Instant};

use insula::{Isolate, ReceivePort, SendPort};

use crate::{
    child::in_child,
    contest::{Row, Sample, Target, Unit},
    effort,
    machine::{cpu_time, resident},
};

pub(crate) fn row(id: &'static str) -> Row {
    Row::new(id)
        .measure(Unit::Bytes, "memory of each of 10,000 that are alive")
        .measure(Unit::Time, "until it is there")
        .rounds(3)
        .ours("isolates", &[Target::value(11_000.0)], || {
            in_child("alive-insula")
        })
        .reference("threads", || in_child("alive-threads"))
}

fn count() -> usize {
    effort::either(10_000, 200)
}

/// Memory and time of each of `count` that `start` starts.
pub(super) fn measured(count: usize, start: impl FnOnce(usize)) -> Sample {
    let (memory, cpu, began) = (resident(), cpu_time(), Instant::now());
    start(count);
    let took = began.elapsed().as_nanos() as f64;
    let cpu = cpu_time().saturating_sub(cpu).as_nanos() as f64;
    let count = count as f64;
    Sample {
        values: vec![(resident() - memory) / count, took / count],
        cpu: Some(cpu / count),
    }
}

async fn listen(ready: SendPort<SendPort<u64>>) {
    let mut numbers = ReceivePort::new();
    ready.send(numbers.send_port()).expect("the host listens");
    numbers.next().await;
}

pub(crate) fn insula() -> Sample {
    let mut ready = ReceivePort::new();
    let mut ports = Vec::new();
    measured(count(), |count| {
        for _ in 0..count {
            let spawned = Isolate::spawn_async(listen, ready.send_port());
            spawned.wait().expect("an isolate starts");
        }
        ports.extend((0..count).map(|_| ready.recv().expect("it tells its port")));
    })
}

pub(crate) fn threads() -> Sample {
    let (ready, readies) = mpsc::channel();
    let mut senders = Vec::new();
    measured(count(), |count| {
        for _ in 0..count {
            let ready = ready.clone();
            thread::spawn(move || {
                let (sender, numbers) = mpsc::channel::<u64>();
                ready.send(sender).expect("the first thread listens");
                numbers.recv()
            });
        }
        senders.extend(readies.iter().take(count));
    })
}
