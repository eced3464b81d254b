//! Channels with credits: items in order, a sender that waits, and an end that nobody misses.

use std::{future::poll_fn, task::Poll};

use insula_core::{
    Isolate, IsolateRunner, Platform, Priority, ReceivePort, SendItemError, SendPort, Start,
    TaskError, TrySendItemError, WorkerPool, compute, program, sleep, spawn_local,
    stream::{Receiver, Sender, channel},
};
use serde::{Deserialize, Serialize};

use crate::{
    differences::Refusing,
    encoding::Even,
    support::{expect_quiet, ms, ok, take, within},
};

async fn send_up_to<P: Platform>((count, to): (u32, Sender<P, u32>)) {
    for n in 0..count {
        to.send(n).await.unwrap();
    }
}

/// Sends and tells of it.
async fn send_and_tell<P: Platform>((to, sent): (Sender<P, u32>, SendPort<P, u32>)) {
    for n in 0..10 {
        if to.send(n).await.is_err() {
            break;
        }
        sent.send(n).unwrap();
    }
}

/// The items up to the end, which must come without an error.
async fn collect<P: Platform>(receiver: &mut Receiver<P, u32>) -> Vec<u32> {
    let mut items = Vec::new();
    while let Some(item) = next(receiver).await {
        items.push(item.expect("no item is missing"));
    }
    items
}

/// What comes next, which must be soon.
async fn next<P: Platform>(receiver: &mut Receiver<P, u32>) -> Option<Result<u32, TaskError>> {
    let item = within::<P, _>(ms(10_000), receiver.next()).await;
    item.expect("a stream goes on or ends")
}

/// Items arrive in order, many more than there are credits, and the stream ends with its sender.
pub async fn channel_gives_every_item_in_order<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    for credits in [0, 1, 2, 3, 8, 200] {
        let (sender, mut items) = channel::<P, u32>(credits);
        let sending = runner.run_async(send_up_to::<P>, (100, sender));
        assert_eq!(collect(&mut items).await, (0..100).collect::<Vec<_>>());
        ok(sending).await;
    }
}

/// A sender sends as many items as it has credits, and goes on as they are taken.
pub async fn channel_sender_waits_without_credit<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (sender, mut items) = channel::<P, u32>(4);
    let mut sent = ReceivePort::<P, u32>::new();
    let sending = runner.run_async(send_and_tell::<P>, (sender, sent.send_port()));
    assert_eq!(take(&mut sent, 4).await, [0, 1, 2, 3]);
    expect_quiet(&mut sent).await;
    assert_eq!(next(&mut items).await, Some(Ok(0)));
    assert_eq!(next(&mut items).await, Some(Ok(1)));
    // Half of the credits goes back at once.
    assert_eq!(take(&mut sent, 2).await, [4, 5]);
    expect_quiet(&mut sent).await;
    assert_eq!(collect(&mut items).await, (2..10).collect::<Vec<_>>());
    ok(sending).await;
}

/// Without a credit `try_send` gives its item back at once.
pub async fn channel_try_send_needs_a_credit<P: Platform>() {
    let (sender, mut items) = channel::<P, u32>(2);
    sender.try_send(0).unwrap();
    sender.clone().try_send(1).unwrap();
    assert_eq!(sender.try_send(2), Err(TrySendItemError::NoCredit(2)));
    assert_eq!(next(&mut items).await, Some(Ok(0)));
    sender.send(3).await.unwrap();
    drop(sender);
    assert_eq!(collect(&mut items).await, [1, 3]);
}

/// Sender and receiver may be in one isolate.
pub async fn channel_works_within_one_isolate<P: Platform>() {
    let (sender, mut items) = channel::<P, u32>(3);
    spawn_local::<P>(send_up_to((50, sender)));
    assert_eq!(collect(&mut items).await, (0..50).collect::<Vec<_>>());
}

/// What was sent before the last sender was dropped can still be read.
pub async fn channel_end_keeps_what_was_sent<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (sender, mut items) = channel::<P, u32>(8);
    ok(runner.run_async(send_up_to::<P>, (5, sender))).await;
    ok(runner.shutdown(ms(0))).await;
    sleep::<P>(ms(20)).await;
    assert_eq!(collect(&mut items).await, [0, 1, 2, 3, 4]);
}

/// A receiver that is dropped fails the senders that wait and those that come, and their items come back.
pub async fn channel_without_a_receiver_gives_the_item_back<P: Platform>() {
    async fn overflow<P: Platform>((to, told): (Sender<P, u32>, SendPort<P, ()>)) -> Vec<u32> {
        let mut back = Vec::new();
        for n in 0..4 {
            if n == 2 {
                told.send(()).unwrap();
            }
            if let Err(error) = to.send(n).await {
                back.push(error.into_item());
            }
        }
        assert_eq!(to.try_send(9), Err(TrySendItemError::Closed(9)));
        assert!(to.is_closed());
        back
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (sender, items) = channel::<P, u32>(2);
    let mut full = ReceivePort::new();
    let sending = runner.run_async(overflow::<P>, (sender, full.send_port()));
    full.next().await;
    drop(items);
    assert_eq!(
        within::<P, _>(ms(10_000), sending).await,
        Some(Ok(vec![2, 3]))
    );
    // One that arrives too late, too.
    let (sender, items) = channel::<P, u32>(1);
    drop(items);
    let sending = runner.run_async(send_and_tell::<P>, (sender, ReceivePort::new().send_port()));
    assert_eq!(within::<P, _>(ms(10_000), sending).await, Some(Ok(())));
}

/// The stream ends when the last of its senders is gone, wherever they are.
pub async fn channel_ends_with_its_last_sender<P: Platform>() {
    let (first, second) = (IsolateRunner::<P>::spawn(), IsolateRunner::<P>::spawn());
    let (first, second) = (ok(first).await, ok(second).await);
    let (sender, mut items) = channel::<P, u32>(4);
    let mut jobs = Vec::new();
    for runner in [&first, &second, &first] {
        jobs.push(runner.run_async(send_up_to::<P>, (20, sender.clone())));
    }
    let clone = sender.clone();
    drop(sender);
    let mut all = Vec::new();
    while all.len() < 60 {
        all.push(next(&mut items).await.unwrap().unwrap());
    }
    all.sort_unstable();
    let expected: Vec<_> = (0..20).flat_map(|n| [n; 3]).collect();
    assert_eq!(all, expected);
    for job in jobs {
        ok(job).await;
    }
    assert!(
        within::<P, _>(ms(20), items.next()).await.is_none(),
        "a sender is left"
    );
    drop(clone);
    assert_eq!(next(&mut items).await, None);
}

#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Journey<P: Platform> {
    sender: Sender<P, u32>,
    ways: u32,
}

/// Sends one item and hands the sender on.
async fn hand_on<P: Platform>(journey: Journey<P>) {
    let Journey { sender, ways } = journey;
    sender.send(ways).await.unwrap();
    if ways > 0 {
        let next = ok(IsolateRunner::<P>::spawn()).await;
        let ways = ways - 1;
        // The job outlives the runner's handle; this isolate may end before it has begun.
        drop(next.run_async(hand_on::<P>, Journey { sender, ways }));
    }
}

/// A sender works in each isolate that it is sent to, although those before have ended.
pub async fn channel_sender_travels_on<P: Platform>() {
    let (sender, mut items) = channel::<P, u32>(1);
    let first = ok(IsolateRunner::<P>::spawn()).await;
    ok(first.run_async(hand_on::<P>, Journey { sender, ways: 3 })).await;
    ok(first.close()).await;
    drop(first);
    let mut all = collect(&mut items).await;
    // Items of different isolates come in any order.
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 3]);
}

/// An isolate that is lost with a sender ends the stream with that error, after all that has come.
pub async fn channel_tells_of_a_lost_sender<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (sender, mut items) = channel::<P, u32>(2);
    let mut sent = ReceivePort::<P, u32>::new();
    let other = sender.clone();
    let sending = runner.run_async(send_and_tell::<P>, (sender, sent.send_port()));
    assert_eq!(sent.next().await, Some(0));
    assert_eq!(sent.next().await, Some(1));
    runner.isolate().kill(Priority::Immediate);
    assert!(sending.await.is_err());
    // The other sender goes on.
    other.send(7).await.unwrap();
    drop(other);
    let mut all = Vec::new();
    let error = loop {
        match next(&mut items).await.expect("an error comes last") {
            Ok(item) => all.push(item),
            Err(error) => break error,
        }
    };
    assert_eq!(all, [0, 1, 7]);
    assert!(matches!(error, TaskError::IsolateLost { .. }), "{error}");
    assert_eq!(next(&mut items).await, None);
}

/// Registers the programs that are started by name.
pub(crate) fn programs<P: Platform>() {
    program::register::<P, _, _>("tests/send_one", send_one::<P>);
}

async fn send_one<P: Platform>(start: Start<Sender<P, u32>>) {
    start.message.send(1).await.unwrap();
}

/// The stream ends when its only sender is in the message of a program whose isolate ends before it reads it.
pub async fn channel_ends_when_a_program_does_not_begin<P: Platform>() {
    let (sender, mut items) = channel::<P, u32>(1);
    let builder = Isolate::<P>::builder().paused(true);
    let started = builder.spawn_uri("insula:tests/send_one", None::<&str>, sender);
    let isolate = ok(started).await;
    isolate.kill(Priority::Immediate);
    // Where memory is shared, the sender is dropped with its message.
    let last = next(&mut items).await;
    assert!(!matches!(last, Some(Ok(_))), "{last:?}");
    // One that could not even be started.
    let (sender, mut items) = channel::<P, u32>(1);
    let missing = Isolate::<P>::spawn_uri("insula:tests/nothing", None::<&str>, sender);
    assert!(missing.await.is_err());
    let last = next(&mut items).await;
    assert!(!matches!(last, Some(Ok(_))), "{last:?}");
}

/// The stream ends when its only sender is the argument of a computation that is cancelled at once.
pub async fn channel_ends_with_a_cancelled_computation<P: Platform>() {
    let (sender, mut items) = channel::<P, u32>(1);
    compute::<P, _, _>(|sender: Sender<P, u32>| drop(sender), sender).cancel();
    let last = next(&mut items).await;
    assert!(!matches!(last, Some(Ok(_))), "{last:?}");
}

/// The stream ends when its only sender is the value of a job whose owner is lost before it reads it.
pub async fn channel_ends_when_a_value_is_not_read<P: Platform>() {
    async fn keep<P: Platform>(sender: Sender<P, u32>) -> Sender<P, u32> {
        sender.send(1).await.unwrap();
        sleep::<P>(ms(50)).await;
        sender
    }
    async fn own<P: Platform>(sender: Sender<P, u32>) {
        let inner = ok(IsolateRunner::<P>::spawn()).await;
        drop(inner.run_async(keep::<P>, sender).await);
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (sender, mut items) = channel::<P, u32>(1);
    let owned = runner.run_async(own::<P>, sender);
    assert_eq!(next(&mut items).await, Some(Ok(1)));
    runner.isolate().kill(Priority::Immediate);
    assert!(owned.await.is_err());
    let last = next(&mut items).await;
    assert!(!matches!(last, Some(Ok(_))), "{last:?}");
}

/// The stream ends when its only sender is the argument of a pool's job whose isolate is lost before it reads it.
pub async fn channel_ends_when_a_pool_loses_an_unread_job<P: Platform>() {
    let pool = WorkerPool::<P>::builder().max(1).build();
    let isolate = ok(pool.run(|()| Isolate::<P>::current(), ())).await;
    let _paused = isolate.pause();
    let (sender, mut items) = channel::<P, u32>(1);
    let sending = pool.run_async(send_up_to::<P>, (1, sender));
    sleep::<P>(ms(20)).await;
    isolate.kill(Priority::Immediate);
    let last = next(&mut items).await;
    assert!(!matches!(last, Some(Ok(_))), "{last:?}");
    assert!(sending.await.is_err());
}

/// The stream ends when its only sender is an exit listener's response that nobody reads.
pub async fn channel_ends_when_a_response_is_not_read<P: Platform>() {
    async fn wait<P: Platform>(to: SendPort<P, SendPort<P, Sender<P, u32>>>) {
        let port = ReceivePort::new();
        to.send(port.send_port()).unwrap();
        sleep::<P>(ms(3_600_000)).await;
    }
    let asking = ok(IsolateRunner::<P>::spawn()).await;
    let asked = ok(IsolateRunner::<P>::spawn()).await;
    let mut ready = ReceivePort::new();
    let waiting = asking.run_async(wait::<P>, ready.send_port());
    let port: SendPort<P, Sender<P, u32>> = ready.next().await.unwrap();
    let _paused = asking.isolate().pause();
    let (sender, mut items) = channel::<P, u32>(1);
    asked.isolate().add_exit_listener(&port, sender).unwrap();
    asked.isolate().kill(Priority::Immediate);
    ok(asked.on_exit()).await;
    asking.isolate().kill(Priority::Immediate);
    let last = next(&mut items).await;
    assert!(!matches!(last, Some(Ok(_))), "{last:?}");
    assert!(waiting.await.is_err());
}

/// The stream ends when its only sender is in a message that is dropped with its port, while the isolate goes on: in the
/// receiver's isolate, and in another.
pub async fn channel_ends_when_its_sender_is_never_read<P: Platform>() {
    async fn close_later<P: Platform>(to: SendPort<P, SendPort<P, Sender<P, u32>>>) {
        let port = ReceivePort::new();
        to.send(port.send_port()).unwrap();
        sleep::<P>(ms(50)).await;
    }
    let port = ReceivePort::<P, Sender<P, u32>>::new();
    let (sender, mut items) = channel::<P, u32>(1);
    port.send_port().send(sender).unwrap();
    expect_quiet_stream(&mut items).await;
    drop(port);
    assert_eq!(next(&mut items).await, None);

    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut ready = ReceivePort::new();
    let closing = runner.run_async(close_later::<P>, ready.send_port());
    let port: SendPort<P, Sender<P, u32>> = ready.next().await.unwrap();
    let (sender, mut items) = channel::<P, u32>(1);
    port.send(sender).unwrap();
    assert_eq!(next(&mut items).await, None);
    ok(closing).await;
    // Where it is closed already.
    let (sender, mut items) = channel::<P, u32>(1);
    port.send(sender).unwrap();
    assert_eq!(next(&mut items).await, None);
    assert_eq!(ok(runner.run(|n: u32| n, 4)).await, 4);
}

/// Nothing comes for a while, and the stream does not end.
async fn expect_quiet_stream<P: Platform>(receiver: &mut Receiver<P, u32>) {
    assert!(within::<P, _>(ms(30), receiver.next()).await.is_none());
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
struct Unreadable<P: Platform> {
    number: Even,
    to: Sender<P, u32>,
}

/// The stream ends when its only sender is in a message that its receiver can't read; where it is moved, the sender sends.
pub async fn channel_ends_when_its_sender_is_unreadable<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let send = |message: Unreadable<P>| drop(message.to.try_send(message.number.0));
    let mut ends = Vec::new();
    for number in [4, 5] {
        let (to, mut items) = channel::<P, u32>(1);
        let number = Even(number);
        let sent = runner.run(send, Unreadable { number, to }).await.is_ok();
        ends.push((sent, collect(&mut items).await.len()));
    }
    assert_eq!(ends[0], (true, 1));
    assert!(matches!(ends[1], (true, 1) | (false, 0)), "{ends:?}");
    assert_eq!(ok(runner.run(|n: u32| n, 4)).await, 4);
}

/// A sender whose receiver's isolate is lost fails, also one that waits.
pub async fn channel_tells_of_a_lost_receiver<P: Platform>() {
    async fn receive<P: Platform>(to: SendPort<P, Sender<P, u32>>) {
        let (sender, _items) = channel::<P, u32>(1);
        to.send(sender).unwrap();
        sleep::<P>(ms(3_600_000)).await;
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut ready = ReceivePort::<P, Sender<P, u32>>::new();
    let receiving = runner.run_async(receive::<P>, ready.send_port());
    let sender = ready.next().await.unwrap();
    sender.send(0).await.unwrap();
    let late = sender.clone();
    let waiting = async move {
        sleep::<P>(ms(20)).await;
        runner.isolate().kill(Priority::Immediate);
        std::future::pending::<()>().await;
    };
    spawn_local::<P>(waiting);
    let outcome = within::<P, _>(ms(10_000), sender.send(1)).await;
    assert_eq!(outcome, Some(Err(SendItemError::Closed(1))));
    assert_eq!(late.send(2).await, Err(SendItemError::Closed(2)));
    assert!(receiving.await.is_err());
}

/// An item that can't be encoded comes back, and takes no credit.
pub async fn channel_gives_back_what_cannot_be_sent<P: Platform>() {
    let (sender, mut items) = channel::<P, Option<Refusing>>(1);
    let refused = sender.send(Some(Refusing)).await;
    assert!(matches!(
        refused,
        Err(SendItemError::Encode { item: Some(_), .. })
    ));
    let refused = sender.try_send(Some(Refusing));
    assert!(matches!(refused, Err(TrySendItemError::Encode { .. })));
    sender.try_send(None).unwrap();
    drop(sender);
    assert!(matches!(items.next().await, Some(Ok(None))));
    assert!(items.next().await.is_none());
}

/// Senders can be the items of a channel, and end with what the receiver does with them.
pub async fn channel_carries_senders<P: Platform>() {
    /// Offers senders, and sums up what comes of each.
    async fn offer<P: Platform>((to, count): (Sender<P, Sender<P, u32>>, usize)) -> Vec<u32> {
        let mut sums = Vec::new();
        for _ in 0..count {
            let (sender, mut items) = channel::<P, u32>(1);
            if to.send(sender).await.is_err() {
                break;
            }
            sums.push(collect(&mut items).await.into_iter().sum());
        }
        sums
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (to, mut senders) = channel::<P, Sender<P, u32>>(1);
    let offering = runner.run_async(offer::<P>, (to, 3));
    let sender = senders.next().await.unwrap().unwrap();
    send_up_to((4, sender)).await;
    // One is not used, and one is never read.
    drop(senders.next().await);
    drop(senders);
    let sums = within::<P, _>(ms(10_000), offering)
        .await
        .expect("each ends");
    assert!(matches!(sums.unwrap()[..], [6, 0] | [6, 0, 0]));
}

/// All senders that wait for a credit are told when the receiver is gone.
pub async fn channel_without_a_receiver_fails_all_who_wait<P: Platform>() {
    async fn all_wait<P: Platform>((to, full): (Sender<P, u32>, SendPort<P, ()>)) -> usize {
        to.send(0).await.unwrap();
        let waiting: Vec<_> = (0..3).map(|_| to.clone()).collect();
        let mut sending: Vec<_> = waiting.iter().map(|to| Box::pin(to.send(1))).collect();
        let mut failed = 0;
        poll_fn(|context| {
            sending.retain_mut(|send| match send.as_mut().poll(context) {
                Poll::Ready(outcome) => {
                    failed += usize::from(outcome.is_err());
                    false
                }
                Poll::Pending => true,
            });
            let _ = full.send(());
            if sending.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        failed
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (to, items) = channel::<P, u32>(1);
    let mut full = ReceivePort::new();
    let sending = runner.run_async(all_wait::<P>, (to, full.send_port()));
    full.next().await;
    drop(items);
    assert_eq!(within::<P, _>(ms(10_000), sending).await, Some(Ok(3)));
}
