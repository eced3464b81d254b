//! Isolates in a worker of gloo's: what they do as any other.

mod ends;
mod forged;
mod worker;

use std::{cell::Cell, time::Duration};

use insula_tests::within;
use insula_web::{
    Isolate, IsolateRunner, Priority, ReceivePort, SendPort, Start, TransferableTypedData, Web,
    ask, inspect,
    runner::{RunnerPort, RunnerRemote},
    sleep, web,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;

use self::worker::{App, Listeners};
#[cfg(feature = "js")]
use crate::common::script;
use crate::common::{in_time, no_worker_is_left, runner, workers_are};

#[derive(Serialize, Deserialize)]
struct Question {
    number: u32,
    reply: SendPort<u32>,
}

/// Doubles whatever it is asked.
async fn doubler(ready: SendPort<SendPort<Question>>) {
    let mut questions = ReceivePort::new();
    let _ = ready.send(questions.send_port());
    while let Some(Question { number, reply }) = questions.next().await {
        let _ = reply.send(2 * number);
    }
}

/// An isolate that doubles, and its port.
async fn doubler_in(app: &App) -> (Isolate, SendPort<Question>) {
    let mut ready = ReceivePort::new();
    let isolate = app.spawn(doubler, ready.send_port()).await;
    let questions = in_time("its port", ready.next()).await.expect("open");
    (isolate, questions)
}

async fn double(questions: &SendPort<Question>, number: u32) -> u32 {
    let answer = ask(questions, |reply| Question { number, reply });
    in_time("an answer", answer).await.expect("it is there")
}

#[wasm_bindgen_test]
async fn messages_go_both_ways_beside_the_workers_own() {
    let mut app = App::new();
    app.adds().await;
    let (isolate, questions) = doubler_in(&app).await;
    for number in 0..50 {
        assert_eq!(double(&questions, number).await, 2 * number);
        app.adds().await;
    }
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
    app.adds().await;
}

#[wasm_bindgen_test]
async fn inspect_asks_it_as_any_other() {
    let app = App::new();
    let (isolate, questions) = doubler_in(&app).await;
    assert_eq!(double(&questions, 4).await, 8);
    let now = inspect::within(Duration::from_secs(5)).await;
    let [_, there] = &now.isolates[..] else {
        panic!("{now}");
    };
    assert!(there.silent.is_none() && there.events > 1, "{there:?}");
    assert_eq!(there.ports, 1);
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

async fn who_am_i(to: SendPort<Isolate>) {
    let _ = to.send(Isolate::current());
}

#[wasm_bindgen_test]
async fn it_is_an_isolate_with_a_name() {
    let app = App::new();
    let mut told = ReceivePort::new();
    let (ended, errors) = (ReceivePort::new(), ReceivePort::new());
    let builder = Isolate::builder()
        .debug_name("adder")
        .on_exit(ended.send_port())
        .on_error(errors.send_port());
    let spawned = web::gloo::spawn_with(builder, &app.bridge, who_am_i, told.send_port());
    let isolate = in_time("a spawn", spawned).await.expect("it starts");
    let itself = in_time("its handle", told.next()).await.expect("open");
    assert_eq!(itself, isolate);
    assert_eq!(itself.debug_name(), Some("adder"));
    // Nothing keeps it alive.
    let mut ended = ended;
    assert_eq!(in_time("its end", ended.next()).await, Some(()));
    no_worker_is_left().await;
}

/// Asks from a worker of insula's own.
async fn double_from_there(questions: SendPort<Question>) -> Option<u32> {
    ask(&questions, |reply| Question { number: 21, reply })
        .await
        .ok()
}

/// Starts a worker of insula's own, and has it ask.
async fn doubled_by_a_runner_of_mine((questions, to): (SendPort<Question>, SendPort<Option<u32>>)) {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return;
    };
    let doubled = runner.run_async(double_from_there, questions).await;
    let _ = to.send(doubled.ok().flatten());
}

#[wasm_bindgen_test]
async fn ports_reach_other_isolates_and_are_reached_from_there() {
    let app = App::new();
    let (isolate, questions) = doubler_in(&app).await;
    let runner = runner().await;
    let doubled = runner.run_async(double_from_there, questions.clone());
    assert_eq!(in_time("the job", doubled).await, Ok(Some(42)));

    let second = App::new();
    let mut told = ReceivePort::new();
    let message = (questions, told.send_port());
    second.spawn(doubled_by_a_runner_of_mine, message).await;
    assert_eq!(in_time("the answer", told.next()).await, Some(Some(42)));
    drop(runner);
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn the_order_of_one_sender_is_kept() {
    async fn sort(to: SendPort<u32>) {
        for number in 0..2_000 {
            let _ = to.send(number);
        }
    }
    let app = App::new();
    let mut numbers = ReceivePort::new();
    app.spawn(sort, numbers.send_port()).await;
    for number in 0..2_000 {
        assert_eq!(in_time("a number", numbers.next()).await, Some(number));
    }
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn it_is_paused_resumed_and_pinged() {
    let app = App::new();
    let (isolate, questions) = doubler_in(&app).await;
    let capability = isolate.pause();
    let mut pongs = ReceivePort::new();
    for priority in [Priority::Immediate, Priority::BeforeNextEvent] {
        isolate.ping(&pongs.send_port(), 1, priority).expect("sent");
        assert_eq!(in_time("a pong", pongs.next()).await, Some(1));
    }
    let answer = ask(&questions, |reply| Question { number: 4, reply });
    let mut answer = std::pin::pin!(answer);
    let early = within::<Web, _>(Duration::from_millis(200), answer.as_mut()).await;
    assert!(early.is_none(), "it is paused");
    isolate.resume(capability);
    assert_eq!(in_time("the answer", answer).await, Ok(8));
    isolate.kill(Priority::BeforeNextEvent);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn it_can_be_born_paused() {
    let app = App::new();
    let mut ready = ReceivePort::new();
    let builder = Isolate::builder().paused(true);
    let spawned = web::gloo::spawn_with(builder, &app.bridge, doubler, ready.send_port());
    let isolate = in_time("a spawn", spawned).await.expect("it starts");
    let early = within::<Web, _>(Duration::from_millis(200), ready.next()).await;
    assert!(early.is_none(), "it is paused");
    isolate.resume(isolate.pause_capability().expect("its spawner has it"));
    let questions = in_time("its port", ready.next()).await.expect("open");
    assert_eq!(double(&questions, 3).await, 6);
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// A busy isolate answers at its checkpoints.
#[wasm_bindgen_test]
async fn a_busy_one_is_pinged() {
    async fn work(_: ()) {
        let end = js_sys::Date::now() + 2_000.0;
        while js_sys::Date::now() < end {
            Isolate::checkpoint();
        }
    }
    let app = App::new();
    let isolate = app.spawn(work, ()).await;
    let listeners = Listeners::of(&isolate);
    sleep(Duration::from_millis(100)).await;
    let before = js_sys::Date::now();
    let mut pongs = ReceivePort::new();
    isolate
        .ping(&pongs.send_port(), (), Priority::Immediate)
        .expect("sent");
    assert_eq!(in_time("a pong", pongs.next()).await, Some(()));
    let waited = js_sys::Date::now() - before;
    assert!(
        waited < 1_800.0,
        "after {waited} ms: it was not busy any more"
    );
    listeners.end().await;
}

async fn takes_jobs(ready: SendPort<RunnerPort>) {
    let remote = RunnerRemote::new();
    let _ = ready.send(remote.port());
    std::future::pending::<()>().await;
    remote.close();
}

#[wasm_bindgen_test]
async fn it_can_be_a_runner() {
    thread_local! {
        static CALLS: Cell<u32> = const { Cell::new(0) };
    }
    fn count(_: ()) -> u32 {
        CALLS.with(|calls| calls.replace(calls.get() + 1))
    }
    let app = App::new();
    let mut ready = ReceivePort::new();
    let isolate = app.spawn(takes_jobs, ready.send_port()).await;
    let jobs = in_time("its port", ready.next()).await.expect("open");
    let runner = IsolateRunner::attach(isolate, jobs);
    for calls in 0..3 {
        assert_eq!(in_time("a job", runner.run(count, ())).await, Ok(calls));
    }
    assert_eq!(count(()), 0, "the page has a value of its own");
    in_time("its end", runner.close()).await.expect("it ends");
    no_worker_is_left().await;
}

async fn reverse((data, to): (TransferableTypedData, SendPort<TransferableTypedData>)) {
    let mut bytes = data.materialize().unwrap_or_default();
    bytes.reverse();
    let _ = to.send(TransferableTypedData::from_slices(&[&bytes]));
}

#[wasm_bindgen_test]
async fn transferable_data_arrives_as_a_copy() {
    let app = App::new();
    for length in [0_usize, 5, 300_000] {
        let bytes: Vec<u8> = (0..length).map(|index| index as u8).collect();
        let mut reversed = ReceivePort::new();
        let data = TransferableTypedData::from_slices(&[&bytes]);
        let kept = data.clone();
        app.spawn(reverse, (data, reversed.send_port())).await;
        let back = in_time("the data", reversed.next()).await.expect("open");
        let mut back = back.materialize().expect("nobody has taken it");
        back.reverse();
        assert!(back == bytes, "{length} bytes");
        assert!(kept.materialize().is_err(), "it has another owner");
        no_worker_is_left().await;
    }
}

async fn idle(_: Start<()>) {
    ReceivePort::<()>::new().detach();
}

#[wasm_bindgen_test]
async fn one_ends_with_who_has_spawned_it() {
    let app = App::new();
    let mut told = ReceivePort::new();
    async fn with_child(to: SendPort<Isolate>) {
        let builder = Isolate::builder().linked(true);
        let child = builder.spawn_uri("insula:idle", None::<&str>, ()).await;
        let _ = to.send(child.expect("a program of this build"));
        std::future::pending::<()>().await;
    }
    insula_web::register_program("idle", idle);
    let isolate = app.spawn(with_child, told.send_port()).await;
    let child = in_time("the child", told.next()).await.expect("open");
    let listeners = Listeners::of(&child);
    workers_are(2).await;
    isolate.kill(Priority::Immediate);
    listeners.end().await;
}

/// Messages of scripts are JavaScript values, also to and from a worker of gloo's.
#[cfg(feature = "js")]
#[wasm_bindgen_test]
async fn scripts_and_it_know_each_other() {
    use std::collections::BTreeMap;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Point,
        Circle { radius: f64 },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Everything {
        text: String,
        large: u64,
        huge: u128,
        flags: (bool, Option<u8>),
        list: Vec<i16>,
        map: BTreeMap<String, i32>,
        shapes: Vec<Shape>,
    }

    #[derive(Serialize, Deserialize)]
    struct Echo {
        value: Everything,
        data: TransferableTypedData,
        reply: SendPort<(Everything, TransferableTypedData)>,
    }

    async fn compare((echo, to): (SendPort<Echo>, SendPort<bool>)) {
        let value = Everything {
            text: "snow ☃".to_owned(),
            large: (1 << 53) - 1,
            huge: u128::MAX,
            flags: (true, None),
            list: vec![-1, 0, 1],
            map: BTreeMap::from([("a".to_owned(), -2)]),
            shapes: vec![Shape::Point, Shape::Circle { radius: 2.5 }],
        };
        let data = TransferableTypedData::from_slices(&[b"photo"]);
        let sent = value.clone();
        let echoed = ask(&echo, |reply| Echo { value, data, reply }).await;
        let is_equal = echoed.is_ok_and(|(value, data)| {
            value == sent && data.materialize().is_ok_and(|bytes| bytes == b"photo")
        });
        let _ = to.send(is_equal);
    }

    let helper = web::isolate_module_url();
    let echo = script(&format!(
        "import {{ isolate, ReceivePort }} from '{helper}';
         const jobs = new ReceivePort();
         isolate.message.send(jobs.sendPort);
         for await (const {{ value, data, reply }} of jobs) reply.send([value, data]);"
    ));
    let mut ready = ReceivePort::new();
    let spawned = Isolate::spawn_uri(&echo, None::<&str>, ready.send_port());
    let script = in_time("a spawn", spawned).await.expect("it starts");
    let echo = in_time("its port", ready.next()).await.expect("open");
    let app = App::new();
    let mut told = ReceivePort::new();
    app.spawn(compare, (echo, told.send_port())).await;
    assert_eq!(in_time("the echo", told.next()).await, Some(true));
    script.kill(Priority::Immediate);
    no_worker_is_left().await;
}
