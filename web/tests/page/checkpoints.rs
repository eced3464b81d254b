//! What a checkpoint costs a worker, and what it lets in.

use std::time::Duration;

use insula_core::Platform;
use insula_web::{Isolate, Priority, ReceivePort, SendPort, Web, sleep};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use crate::common::{Patient, in_time, javascript, no_worker_is_left, runner};

/// Reaches so many checkpoints in a row. Returns how long that took, how often the clock was asked meanwhile, and how
/// often the worker looked for control.
fn reach(count: u32) -> (Duration, u32, u32) {
    javascript(
        "self.asked = self.looked = 0;
         const { now } = performance;
         performance.now = () => { self.asked += 1; return now.call(performance); };
         const { send } = XMLHttpRequest.prototype;
         XMLHttpRequest.prototype.send = function () { self.looked += 1; send.call(this); };",
    );
    let begin = Web::now();
    for _ in 0..count {
        Isolate::checkpoint();
    }
    let took = Web::now() - begin;
    let number = |name| javascript(name).as_f64().expect("a number") as u32;
    (took, number("self.asked"), number("self.looked"))
}

/// What costs something is rare, however many checkpoints there are.
#[wasm_bindgen_test]
async fn a_checkpoint_costs_next_to_nothing() {
    const COUNT: u32 = 5_000_000;
    let runner = runner().await;
    let reached = in_time("the job", runner.run(reach, COUNT)).await;
    let (took, asked, looked) = reached.expect("it returns");
    console_log!(
        "checkpoint: {COUNT} took {took:?}, {asked} questions for the time, {looked} looks"
    );
    assert!(asked < COUNT / 10, "{asked}");
    // One every 20 ms at most, and none for want of checkpoints.
    let most = took.as_millis() as u32 / 20 + 2;
    assert!((1..=most).contains(&looked), "{looked} looks in {took:?}");
    drop(runner);
    no_worker_is_left().await;
}

fn reach_checkpoints(_: ()) {
    loop {
        Isolate::checkpoint();
    }
}

/// Says 1 and reaches a checkpoint every 5 ms.
fn reach_few_checkpoints(said: SendPort<u32>) {
    said.send(1).expect("a number can be sent");
    loop {
        let end = Web::now() + Duration::from_millis(5);
        while Web::now() < end {}
        Isolate::checkpoint();
    }
}

/// The root answers one control signal after the other, and misses none.
#[wasm_bindgen_test]
async fn a_busy_worker_answers_again_and_again() {
    let patient = Patient::new().await;
    let _working = patient.runner.run(reach_checkpoints, ());
    let (mut answers, begin) = (ReceivePort::<u32>::new(), Web::now());
    for number in 0..30 {
        let isolate = patient.runner.isolate();
        isolate
            .ping(&answers.send_port(), number, Priority::Immediate)
            .expect("a number can be sent");
        assert_eq!(in_time("a pong", answers.next()).await, Some(number));
    }
    console_log!(
        "checkpoint: 30 pings of a busy worker took {:?}",
        Web::now() - begin
    );
    patient.runner.isolate().kill(Priority::Immediate);
    patient.ends_once().await;
}

/// The job says 1, and then answers one ping after the other at its checkpoints.
async fn answers_pings(job: fn(SendPort<u32>)) {
    let patient = Patient::new().await;
    let mut said = ReceivePort::<u32>::new();
    let _working = patient.runner.run(job, said.send_port());
    assert_eq!(in_time("the job", said.next()).await, Some(1));
    for number in 2..6 {
        let isolate = patient.runner.isolate();
        isolate
            .ping(&said.send_port(), number, Priority::Immediate)
            .expect("a number can be sent");
        assert_eq!(in_time("a pong", said.next()).await, Some(number));
        sleep(Duration::from_millis(30)).await;
    }
    patient.runner.isolate().kill(Priority::Immediate);
    patient.ends_once().await;
}

/// Checkpoints far from each other are not passed over.
#[wasm_bindgen_test]
async fn few_checkpoints_are_enough() {
    answers_pings(reach_few_checkpoints).await;
}

/// Two workers that are busy: one asks, the other answers, while neither returns to its event loop.
#[wasm_bindgen_test]
async fn a_busy_worker_pings_another() {
    fn ping_and_work((isolate, said): (Isolate, SendPort<u32>)) {
        isolate
            .ping(&said, 2, Priority::Immediate)
            .expect("a number can be sent");
        reach_checkpoints(());
    }
    let (asks, answers) = (Patient::new().await, Patient::new().await);
    let mut said = ReceivePort::<u32>::new();
    let _working = answers.runner.run(reach_few_checkpoints, said.send_port());
    assert_eq!(in_time("the job", said.next()).await, Some(1));
    let isolate = answers.runner.isolate().clone();
    let _asking = asks.runner.run(ping_and_work, (isolate, said.send_port()));
    assert_eq!(in_time("a pong", said.next()).await, Some(2));
    for runner in [&asks.runner, &answers.runner] {
        runner.isolate().kill(Priority::Immediate);
    }
    no_worker_is_left().await;
}

/// Where a policy forbids to ask for blobs, each look says where the worker is.
#[wasm_bindgen_test]
async fn a_worker_that_cannot_look_is_heard_all_the_same() {
    fn without_requests(said: SendPort<u32>) {
        javascript("globalThis.XMLHttpRequest = function () { throw new Error('forbidden'); }");
        reach_few_checkpoints(said);
    }
    answers_pings(without_requests).await;
}
