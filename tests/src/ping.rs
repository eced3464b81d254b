//! `ping`: an isolate that lives answers, also when it is paused or busy.

use std::time::Duration;

use insula_core::{Isolate, Platform, Priority, ReceivePort, SendPort, Start, Timer};

use crate::{
    starting::start,
    support::{drain, expect_quiet, ms, take},
    worker::{Order, Worker},
};

/// The place of a number among those that were said.
fn place(said: &[u32], number: u32) -> usize {
    said.iter()
        .position(|said| *said == number)
        .expect("it was said")
}

/// The answer to a ping of either priority comes before the messages that were sent after the ping.
/// The messages keep their order.
///
/// Source: dart-sdk `tests/lib/isolate/ping_test`.
pub async fn ping_overtakes_messages<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.say([3]);
    worker.ping(100, Priority::Immediate);
    worker.say([2]);
    worker.ping(101, Priority::BeforeNextEvent);
    worker.say([1, 0]);
    let said = worker.dismiss().await;
    assert_eq!(
        said.iter()
            .copied()
            .filter(|number| *number < 100)
            .collect::<Vec<_>>(),
        [3, 2, 1, 0]
    );
    assert!(place(&said, 100) < place(&said, 2), "{said:?}");
    assert!(place(&said, 101) < place(&said, 1), "{said:?}");
}

/// A paused isolate answers a ping of either priority, before the events that wait.
///
/// Source: dart-sdk `tests/lib/isolate/ping_pause_test`.
pub async fn ping_is_answered_during_a_pause<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let resume = worker.isolate.pause();
    worker.say([4, 3, 2]);
    worker.ping(100, Priority::BeforeNextEvent);
    worker.ping(101, Priority::Immediate);
    worker.say([1, 0]);
    // Which of the two comes first depends on whether the worker's first event was over.
    let mut answers = take(&mut worker.said, 2).await;
    answers.sort_unstable();
    assert_eq!(answers, [100, 101]);
    expect_quiet(&mut worker.said).await;
    worker.isolate.resume(resume);
    assert_eq!(worker.dismiss().await, [4, 3, 2, 1, 0]);
}

/// The answers to pings of one sender come in the order of the pings.
pub async fn ping_answers_come_in_order<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let _resume = worker.isolate.pause();
    for answer in 0..5 {
        worker.ping(answer, Priority::Immediate);
    }
    assert_eq!(take(&mut worker.said, 5).await, [0, 1, 2, 3, 4]);
}

/// An isolate that is gone does not answer.
pub async fn ping_of_an_ended_isolate_has_no_answer<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.dismiss().await;
    worker.ping(1, Priority::Immediate);
    worker.ping(2, Priority::BeforeNextEvent);
    expect_quiet(&mut worker.said).await;
}

/// The host answers too.
pub async fn ping_is_answered_by_the_host<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    Isolate::<P>::current()
        .ping(&port.send_port(), 1, Priority::Immediate)
        .unwrap();
    assert_eq!(port.next().await, Some(1));
}

/// On itself an immediate ping is answered before the call returns, a delayed one after the event.
pub async fn ping_of_itself_is_answered_by_priority<P: Platform>() {
    async fn ping_self<P: Platform>(start: Start<SendPort<P, u32>>) {
        let (this, said) = (Isolate::<P>::current(), start.message);
        this.ping(&said, 4, Priority::BeforeNextEvent).unwrap();
        said.send(1).unwrap();
        this.ping(&said, 2, Priority::Immediate).unwrap();
        said.send(3).unwrap();
        // Something has to be alive when the event ends.
        insula_core::sleep::<P>(ms(1)).await;
        said.send(5).unwrap();
    }
    let mut said = ReceivePort::<P, u32>::new();
    start::<P, _, _>(ping_self::<P>, said.send_port()).await;
    assert_eq!(take(&mut said, 5).await, [1, 2, 3, 4, 5]);
}

/// Says 1, is busy for so many milliseconds, reaching checkpoints, and says 2.
async fn be_busy<P: Platform>(start: Start<(SendPort<P, u32>, u64)>) {
    let (said, milliseconds) = start.message;
    said.send(1).unwrap();
    let end = P::now() + Duration::from_millis(milliseconds);
    while P::now() < end {
        Isolate::<P>::checkpoint();
    }
    said.send(2).unwrap();
}

async fn busy<P: Platform>(milliseconds: u64) -> (Isolate<P>, ReceivePort<P, u32>) {
    let mut said = ReceivePort::new();
    let isolate = start::<P, _, _>(be_busy::<P>, (said.send_port(), milliseconds)).await;
    assert_eq!(said.next().await, Some(1));
    (isolate, said)
}

/// A busy isolate answers an immediate ping at its next checkpoint.
///
/// Source: co19 `Isolate/ping_A01_t01`.
pub async fn ping_is_answered_by_a_busy_isolate<P: Platform>() {
    let (isolate, mut said) = busy::<P>(5_000).await;
    let mut answers = ReceivePort::<P, ()>::new();
    isolate
        .ping(&answers.send_port(), (), Priority::Immediate)
        .unwrap();
    assert_eq!(answers.next().await, Some(()));
    assert!(drain(&mut said).is_empty(), "it is still busy");
    isolate.kill(Priority::Immediate);
}

/// The answer of a busy isolate comes before what it says at the end of its event.
///
/// Source: co19 `Isolate/ping_A02_t01`.
pub async fn ping_answer_comes_before_the_event_ends<P: Platform>() {
    let (isolate, mut said) = busy::<P>(5_000).await;
    isolate
        .ping(&said.send_port(), 100, Priority::Immediate)
        .unwrap();
    assert_eq!(said.next().await, Some(100));
    isolate.kill(Priority::Immediate);
}

/// The answer of a busy isolate is the value that the ping carried, of any type.
///
/// Source: co19 `Isolate/ping_A02_t02`.
pub async fn ping_of_a_busy_isolate_carries_any_type<P: Platform>() {
    async fn carries<P: Platform, R: insula_core::Message + Clone + PartialEq + std::fmt::Debug>(
        isolate: &Isolate<P>,
        value: R,
    ) {
        let mut answers = ReceivePort::new();
        isolate
            .ping(&answers.send_port(), value.clone(), Priority::Immediate)
            .unwrap();
        assert_eq!(answers.next().await, Some(value));
    }
    let (isolate, mut said) = busy::<P>(5_000).await;
    carries(&isolate, -1_i64).await;
    carries(&isolate, 0.1_f64).await;
    carries(&isolate, true).await;
    carries(&isolate, "text".to_owned()).await;
    carries(&isolate, None::<String>).await;
    carries(&isolate, said.send_port()).await;
    assert!(drain(&mut said).is_empty(), "it is still busy");
    isolate.kill(Priority::Immediate);
}

/// A busy isolate answers an immediate ping once, not a second time when it is no longer busy.
pub async fn ping_is_answered_once_by_a_busy_isolate<P: Platform>() {
    let (isolate, mut said) = busy::<P>(2_000).await;
    isolate
        .ping(&said.send_port(), 100, Priority::Immediate)
        .unwrap();
    assert_eq!(take(&mut said, 2).await, [100, 2]);
    expect_quiet(&mut said).await;
}

/// A pause that was sent to a busy isolate before a ping is in force when the ping is answered: no
/// event begins after the one that is running.
pub async fn ping_after_a_pause_finds_it_in_force<P: Platform>() {
    async fn be_busy_with_a_timer<P: Platform>(start: Start<SendPort<P, u32>>) {
        let said = start.message;
        let timer = said.clone();
        Timer::<P>::new(ms(0), move || timer.send(3).unwrap());
        said.send(1).unwrap();
        let end = P::now() + ms(2_000);
        while P::now() < end {
            Isolate::<P>::checkpoint();
        }
        said.send(2).unwrap();
    }
    let mut said = ReceivePort::<P, u32>::new();
    let isolate = start::<P, _, _>(be_busy_with_a_timer::<P>, said.send_port()).await;
    assert_eq!(said.next().await, Some(1));
    let resume = isolate.pause();
    isolate
        .ping(&said.send_port(), 100, Priority::Immediate)
        .unwrap();
    assert_eq!(take(&mut said, 2).await, [100, 2]);
    expect_quiet(&mut said).await;
    isolate.resume(resume);
    assert_eq!(said.next().await, Some(3));
}

/// A busy isolate does not answer a delayed ping, checkpoints or not.
///
/// Source: co19 `Isolate/ping_A03_t01`.
pub async fn ping_before_next_event_waits_for_the_event<P: Platform>() {
    let (isolate, mut said) = busy::<P>(200).await;
    isolate
        .ping(&said.send_port(), 100, Priority::BeforeNextEvent)
        .unwrap();
    assert_eq!(said.next().await, Some(2));
}

/// A value of a ping can be of any type, also for an isolate that waits.
pub async fn ping_carries_any_type<P: Platform>() {
    let worker = Worker::<P>::start().await;
    let mut answers = ReceivePort::<P, Vec<Option<String>>>::new();
    worker
        .isolate
        .ping(
            &answers.send_port(),
            vec![None, Some("a".to_owned())],
            Priority::Immediate,
        )
        .unwrap();
    assert_eq!(answers.next().await, Some(vec![None, Some("a".to_owned())]));
}

/// A ping needs no capability.
pub async fn ping_needs_no_capability<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let handle = Isolate::from_parts(worker.isolate.control_port().clone(), None, None);
    handle
        .ping(&worker.said.send_port(), 1, Priority::Immediate)
        .unwrap();
    assert_eq!(worker.hear().await, 1);
    worker.order(Order::Leave);
}
