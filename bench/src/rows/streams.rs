//! A stream whose sender waits when the receiver does not keep up: 64 items may be on their way.

use std::{sync::mpsc, thread};

use insula::{
    Isolate, ReceivePort, SendPort,
    stream::{Sender, channel},
};

use super::peers;
use crate::contest::{Contestant, Row, Unit, timed};

const CREDITS: usize = 64;

pub(crate) fn row(id: &'static str) -> Row {
    Row::new(id)
        .measure(
            Unit::Time,
            "one of many numbers through a channel with room for 64",
        )
        .ours("stream::channel", &[], ours)
        .reference("crossbeam bounded", || {
            theirs(|count| {
                let (sender, receiver) = crossbeam_channel::bounded(CREDITS);
                let sending =
                    thread::spawn(move || (0..count).all(|number| sender.send(number).is_ok()));
                (receiver.into_iter().count(), sending)
            })
        })
        .peer("flume bounded", || {
            theirs(|count| {
                let (sender, receiver) = flume::bounded(CREDITS);
                let sending =
                    thread::spawn(move || (0..count).all(|number| sender.send(number).is_ok()));
                (receiver.into_iter().count(), sending)
            })
        })
        .peer("tokio mpsc", || {
            let runtime = peers::tokio();
            timed(move |count| {
                let received = runtime.block_on(async {
                    let (sender, mut receiver) = tokio::sync::mpsc::channel(CREDITS);
                    tokio::spawn(async move {
                        for number in 0..count {
                            sender.send(number).await.expect("the other task listens");
                        }
                    });
                    // On the runtime's threads, as the sender is.
                    let receiving = tokio::spawn(async move {
                        let mut received = 0;
                        while receiver.recv().await.is_some() {
                            received += 1;
                        }
                        received
                    });
                    receiving.await
                });
                assert_eq!(received.ok(), Some(count));
            })
        })
}

type Order = (Sender<u32>, u32);

async fn produce(ready: SendPort<SendPort<Order>>) {
    let mut orders = ReceivePort::new();
    ready
        .send(orders.send_port())
        .expect("the other one listens");
    while let Some((sender, count)) = orders.next().await {
        for number in 0..count {
            sender.send(number).await.expect("the other one listens");
        }
    }
}

/// Two isolates that live on: a go is an order and its items.
fn ours() -> Contestant {
    let (mut ready, mut received) = (ReceivePort::new(), ReceivePort::new());
    let ends = (ready.send_port(), received.send_port());
    let consumer = async |(ready, received): (SendPort<SendPort<u32>>, SendPort<u32>)| {
        let mut told = ReceivePort::new();
        let producer = Isolate::builder()
            .linked(true)
            .spawn_async(produce, told.send_port());
        producer.await.expect("an isolate starts");
        let orders = told.next().await.expect("it tells its port");
        let mut counts = ReceivePort::new();
        ready
            .send(counts.only_send_port())
            .expect("the host listens");
        while let Some(count) = counts.next().await {
            let (sender, mut numbers) = channel(CREDITS);
            orders.send((sender, count)).expect("an order can be sent");
            let mut got = 0;
            while let Some(number) = numbers.next().await {
                number.expect("the producer lives");
                got += 1;
            }
            received.send(got).expect("the host listens");
        }
    };
    Isolate::spawn_async(consumer, ends)
        .wait()
        .expect("an isolate starts");
    let counts = ready.recv().expect("the isolate tells its port");
    timed(move |count| {
        counts.send(count).expect("the isolate lives");
        assert_eq!(received.recv(), Ok(count));
    })
}

/// A thread sends, and one receives; both are started for each go.
fn theirs(run: fn(u32) -> (usize, thread::JoinHandle<bool>)) -> Contestant {
    timed(move |count| {
        let (answer, answered) = mpsc::channel();
        thread::spawn(move || {
            let (received, sending) = run(count);
            answer
                .send((received, sending.join()))
                .expect("the caller listens");
        });
        let (received, sent) = answered.recv().expect("the thread answers");
        assert_eq!((received, sent.ok()), (count as usize, Some(true)));
    })
}
