//! Light isolates that are alive at once, each of which waits for a message.

use insula::{Isolate, ReceivePort, SendPort};
use tokio::sync::mpsc;

use super::{alive::measured, peers};
use crate::{
    child::in_child,
    contest::{Row, Sample, Target, Unit},
    effort,
};

pub(crate) fn row(id: &'static str) -> Row {
    Row::new(id)
        .measure(Unit::Bytes, "memory of each light isolate that is alive")
        .measure(Unit::Time, "until it is there")
        .rounds(3)
        .ours("10 isolates", &[], || in_child("light-10"))
        .ours("1,000 isolates", &[], || in_child("light-1000"))
        .ours("100,000 isolates", &[], || in_child("light-100000"))
        .ours("1,000,000 isolates", &[Target::value(2_048.0)], || {
            in_child("light-1000000")
        })
        .reference("1,000,000 tokio tasks", || in_child("light-tokio"))
}

async fn listen(ready: SendPort<SendPort<u64>>) {
    let mut numbers = ReceivePort::new();
    ready.send(numbers.send_port()).expect("the host listens");
    numbers.next().await;
}

fn isolates(count: usize) -> Sample {
    let mut ready = ReceivePort::new();
    let mut ports = Vec::new();
    measured(count, |count| {
        for _ in 0..count {
            let light = Isolate::builder().light();
            let spawned = light.spawn_async(listen, ready.send_port());
            spawned.wait().expect("an isolate starts");
        }
        ports.extend((0..count).map(|_| ready.recv().expect("it tells its port")));
    })
}

pub(crate) fn ten() -> Sample {
    isolates(10)
}

pub(crate) fn thousand() -> Sample {
    isolates(effort::either(1_000, 100))
}

pub(crate) fn hundred_thousand() -> Sample {
    isolates(effort::either(100_000, 1_000))
}

fn most() -> usize {
    effort::either(1_000_000, 10_000)
}

pub(crate) fn million() -> Sample {
    isolates(most())
}

pub(crate) fn tokio_tasks() -> Sample {
    let runtime = peers::tokio();
    let (ready, mut readies) = mpsc::unbounded_channel();
    let mut senders = Vec::new();
    measured(most(), |count| {
        for _ in 0..count {
            let ready = ready.clone();
            runtime.spawn(async move {
                let (sender, mut numbers) = mpsc::unbounded_channel::<u64>();
                ready.send(sender).expect("the first thread listens");
                numbers.recv().await
            });
        }
        let next = |_| readies.blocking_recv().expect("it tells its sender");
        senders.extend((0..count).map(next));
    })
}
