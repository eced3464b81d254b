//! Isolates that are scripts: JavaScript modules, with our helper and without.

use std::{collections::BTreeMap, time::Duration};

use insula_tests::within;
use insula_web::{
    ExitReason, Isolate, IsolateRunner, Priority, ReceivePort, RemoteError, SendPort, SpawnError,
    TransferableTypedData, Web, ask, sleep, web,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, no_worker_is_left, runner, script};

/// A module that begins with an import of the helper.
fn helped(text: &str) -> String {
    let helper = web::isolate_module_url();
    script(&format!(
        "import {{ isolate, ReceivePort, SendPort, TransferableTypedData }} from '{helper}';\n{text}"
    ))
}

async fn spawn<M: insula_web::Message>(uri: &str, message: M) -> Isolate {
    in_time(
        "a spawn",
        Isolate::spawn_uri(uri, ["first", "second"], message),
    )
    .await
    .expect("the script starts")
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle { radius: f64 },
    Line(i32, i32),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Everything {
    text: String,
    number: f64,
    large: u64,
    flag: bool,
    some: Option<u8>,
    none: Option<u8>,
    list: Vec<u16>,
    map: BTreeMap<String, i32>,
    shapes: Vec<Shape>,
    unit: (),
    pair: (i8, String),
}

fn everything() -> Everything {
    Everything {
        text: "snow ☃".to_owned(),
        number: -0.5,
        large: (1 << 53) - 1,
        flag: true,
        some: Some(7),
        none: None,
        list: vec![1, 2, 65_535],
        map: BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), -2)]),
        shapes: vec![
            Shape::Point,
            Shape::Circle { radius: 2.5 },
            Shape::Line(-1, 1),
        ],
        unit: (),
        pair: (-128, "x".to_owned()),
    }
}

#[derive(Serialize, Deserialize)]
struct Echo {
    value: Everything,
    reply: SendPort<Everything>,
}

#[wasm_bindgen_test]
async fn values_come_back_equal() {
    let script = helped(
        "const { value, reply } = isolate.message;
         if (!(value.map instanceof Map) || value.shapes[0] !== 'Point') throw new Error('not as documented');
         if (value.shapes[1].Circle.radius !== 2.5 || value.none !== undefined) throw new Error('not as documented');
         reply.send(value);",
    );
    let mut reply = ReceivePort::new();
    let isolate = spawn(
        &script,
        Echo {
            value: everything(),
            reply: reply.send_port(),
        },
    )
    .await;
    assert_eq!(in_time("the echo", reply.next()).await, Some(everything()));
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn it_has_arguments_and_a_name() {
    let script = helped("isolate.message.send([...isolate.args, isolate.name]);");
    let mut told = ReceivePort::<Vec<String>>::new();
    let builder = Isolate::builder().debug_name("sorter");
    let spawned = builder.spawn_uri(&script, ["a", "b"], told.send_port());
    let isolate = in_time("a spawn", spawned).await.expect("it starts");
    let told = in_time("the arguments", told.next()).await.expect("open");
    assert_eq!(told, ["a", "b", "sorter"]);
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

#[derive(Serialize, Deserialize)]
struct Sort {
    items: Vec<i32>,
    reply: SendPort<Vec<i32>>,
}

const SORTER: &str = "
    const jobs = new ReceivePort();
    isolate.message.send(jobs.sendPort);
    for await (const { items, reply } of jobs) reply.send(items.sort((a, b) => a - b));";

/// A port of the script, and the script, which awaits at its top level for ever.
async fn sorter() -> (Isolate, SendPort<Sort>) {
    let mut ready = ReceivePort::new();
    let isolate = spawn(&helped(SORTER), ready.send_port()).await;
    let jobs = in_time("its port", ready.next()).await.expect("open");
    (isolate, jobs)
}

#[wasm_bindgen_test]
async fn ports_cross_in_both_directions() {
    let (isolate, jobs) = sorter().await;
    for last in 0..20 {
        let items = vec![3, last, -1];
        let mut expected = items.clone();
        expected.sort_unstable();
        let sorted = ask(&jobs, |reply| Sort { items, reply });
        assert_eq!(in_time("an answer", sorted).await, Ok(expected));
    }
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

async fn sort_there(jobs: SendPort<Sort>) -> Option<Vec<i32>> {
    let request = |reply| Sort {
        items: vec![2, 1],
        reply,
    };
    ask(&jobs, request).await.ok()
}

/// From one worker to another, neither of which is the page.
#[wasm_bindgen_test]
async fn a_program_in_a_worker_talks_to_a_script() {
    let (isolate, jobs) = sorter().await;
    let runner = runner().await;
    let sorted = in_time("the job", runner.run_async(sort_there, jobs)).await;
    assert_eq!(sorted, Ok(Some(vec![1, 2])));
    drop(runner);
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

async fn spawn_there((uri, told): (String, SendPort<u32>)) -> bool {
    Isolate::spawn_uri(&uri, None::<&str>, told).await.is_ok()
}

/// A worker spawns a script, and a script talks to another.
#[wasm_bindgen_test]
async fn a_worker_starts_a_script() {
    let mut told = ReceivePort::<u32>::new();
    let script = helped("isolate.message.send(7); isolate.exit();");
    let runner: IsolateRunner = runner().await;
    let started = runner.run_async(spawn_there, (script, told.send_port()));
    assert_eq!(in_time("the job", started).await, Ok(true));
    assert_eq!(in_time("its message", told.next()).await, Some(7));
    drop(runner);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_script_talks_to_a_script() {
    let (isolate, jobs) = sorter().await;
    let client = helped(
        "const { jobs, done } = isolate.message;
         const answers = new ReceivePort();
         jobs.send({ items: [9, 8], reply: answers.sendPort });
         const { value } = await answers.next();
         isolate.exit(done, value);",
    );
    #[derive(Serialize, Deserialize)]
    struct Start {
        jobs: SendPort<Sort>,
        done: SendPort<Vec<i32>>,
    }
    let mut done = ReceivePort::new();
    let (exits, jobs) = (ReceivePort::<()>::new(), jobs);
    let start = Start {
        jobs,
        done: done.send_port(),
    };
    let builder = Isolate::builder().on_exit(exits.send_port());
    in_time("a spawn", builder.spawn_uri(&client, None::<&str>, start))
        .await
        .expect("it starts");
    assert_eq!(in_time("the answer", done.next()).await, Some(vec![8, 9]));
    let mut exits = exits;
    assert_eq!(in_time("its end", exits.next()).await, Some(()));
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// What `serde_bytes` does.
fn as_bytes<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

#[derive(Serialize, Deserialize)]
struct Bytes {
    data: TransferableTypedData,
    #[serde(serialize_with = "as_bytes")]
    copied: Vec<u8>,
    reply: SendPort<(TransferableTypedData, Vec<u8>)>,
}

#[wasm_bindgen_test]
async fn bytes_change_their_owner() {
    let script = helped(
        "const { data, copied, reply } = isolate.message;
         if (!(copied instanceof Uint8Array)) throw new Error('not as documented');
         const buffer = data.materialize();
         new Uint8Array(buffer).reverse();
         const back = new TransferableTypedData(buffer);
         reply.send([back, copied]);
         if (buffer.byteLength !== 0) throw new Error('it was not transferred');
         try { back.materialize(); } catch { isolate.exit(); }",
    );
    let mut reply = ReceivePort::new();
    let mut exits = ReceivePort::new();
    let message = Bytes {
        data: TransferableTypedData::from_slices(&[&[1, 2], &[3]]),
        copied: vec![4, 5],
        reply: reply.send_port(),
    };
    let builder = Isolate::builder().on_exit(exits.send_port());
    in_time("a spawn", builder.spawn_uri(&script, None::<&str>, message))
        .await
        .expect("it starts");
    let (data, copied) = in_time("the bytes", reply.next()).await.expect("open");
    assert_eq!(data.materialize().as_deref(), Ok([3, 2, 1].as_slice()));
    assert_eq!(copied, [4, 5]);
    assert_eq!(in_time("its end", exits.next()).await, Some(()));
    no_worker_is_left().await;
}

/// A function of this build means nothing to a script.
#[wasm_bindgen_test]
async fn a_function_is_refused() {
    let function = insula_web::Function::<u32, u32>::new(|number| number + 1);
    let spawned = Isolate::spawn_uri(&helped(""), None::<&str>, function).await;
    assert!(matches!(spawned, Err(SpawnError::Encode(_))), "{spawned:?}");
    no_worker_is_left().await;
}

/// What is no `u8` is an error of the receiver and not a message.
#[wasm_bindgen_test]
async fn a_value_of_another_type_does_not_arrive() {
    let script = helped("isolate.message.send('seven'); isolate.message.send(8);");
    let mut numbers = ReceivePort::<u8>::new();
    let isolate = spawn(&script, numbers.send_port()).await;
    assert_eq!(in_time("the number", numbers.next()).await, Some(8));
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// Looks like a handle, and is data: it can't become a port that its message does not have.
#[wasm_bindgen_test]
async fn data_does_not_become_a_port() {
    let script = helped(
        "isolate.message.send({ ['insula:' + ':attachment']: 0 }); isolate.message.send(isolate.message);",
    );
    let mut ports = ReceivePort::<SendPort<()>>::new();
    let isolate = spawn(&script, ports.send_port()).await;
    let port = in_time("the port", ports.next()).await.expect("open");
    assert_eq!(format!("{port:?}"), format!("{:?}", ports.send_port()));
    assert_eq!(
        ports.try_recv(),
        Err(insula_web::error::TryRecvError::Empty)
    );
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// What a script throws at its top level before it is there ends its spawn; what comes after is heard by who
/// listens, and is fatal unless told otherwise.
async fn fails_with(text: &str) -> RemoteError {
    let (mut errors, mut exits) = (ReceivePort::new(), ReceivePort::<()>::new());
    let builder = Isolate::builder()
        .on_error(errors.send_port())
        .on_exit(exits.send_port());
    in_time(
        "a spawn",
        builder.spawn_uri(&helped(text), None::<&str>, ()),
    )
    .await
    .expect("the script starts");
    let error = in_time("the error", errors.next()).await.expect("open");
    assert_eq!(in_time("the end", exits.next()).await, Some(()));
    assert_eq!(
        within::<Web, _>(Duration::from_millis(200), errors.next()).await,
        None
    );
    no_worker_is_left().await;
    error
}

#[wasm_bindgen_test]
async fn an_exception_reaches_the_error_listeners() {
    let error = fails_with("throw new Error('at the top');").await;
    assert!(error.description().contains("at the top"), "{error:?}");
    let error = fails_with("setTimeout(() => { throw new Error('in a timer'); });").await;
    assert!(error.description().contains("in a timer"), "{error:?}");
}

#[wasm_bindgen_test]
async fn a_rejection_reaches_the_error_listeners() {
    let error = fails_with("Promise.reject(new Error('rejected'));").await;
    assert!(error.description().contains("rejected"), "{error:?}");
    let error = fails_with("await Promise.reject(new Error('awaited'));").await;
    assert!(error.description().contains("awaited"), "{error:?}");
}

#[wasm_bindgen_test]
async fn errors_are_fatal_unless_told_otherwise() {
    let script = helped(
        "const port = new ReceivePort();
         port.onmessage = (text) => { throw new Error(text); };
         isolate.message.send(port.sendPort);",
    );
    let (mut ready, mut errors, mut exits) = (
        ReceivePort::<SendPort<String>>::new(),
        ReceivePort::new(),
        ReceivePort::<()>::new(),
    );
    let builder = Isolate::builder()
        .errors_fatal(false)
        .on_error(errors.send_port())
        .on_exit(exits.send_port());
    let isolate = in_time(
        "a spawn",
        builder.spawn_uri(&script, None::<&str>, ready.send_port()),
    )
    .await
    .expect("it starts");
    let port = in_time("its port", ready.next()).await.expect("open");
    for text in ["one", "two"] {
        port.send(text.to_owned()).expect("text is a value");
        let error = in_time("an error", errors.next()).await.expect("open");
        assert!(error.description().contains(text), "{error:?}");
    }
    isolate.set_errors_fatal(true);
    port.send("three".to_owned()).expect("text is a value");
    assert_eq!(in_time("the end", exits.next()).await, Some(()));
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_paused_script_gets_no_events_and_answers_pings() {
    let (isolate, jobs) = sorter().await;
    let mut pongs = ReceivePort::<u32>::new();
    let resume = isolate.pause();
    let mut sorted = ReceivePort::new();
    jobs.send(Sort {
        items: vec![2, 1],
        reply: sorted.send_port(),
    })
    .expect("it is a value");
    for priority in [Priority::Immediate, Priority::BeforeNextEvent] {
        isolate
            .ping(&pongs.send_port(), 5, priority)
            .expect("it is a value");
        assert_eq!(in_time("a pong", pongs.next()).await, Some(5));
    }
    assert_eq!(
        within::<Web, _>(Duration::from_millis(200), sorted.next()).await,
        None
    );
    isolate.resume(resume);
    assert_eq!(in_time("the answer", sorted.next()).await, Some(vec![1, 2]));
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_script_that_starts_paused_runs_when_it_is_resumed() {
    let mut told = ReceivePort::<u32>::new();
    let script = helped("isolate.message.send(1);");
    let builder = Isolate::builder().paused(true);
    let isolate = in_time(
        "a spawn",
        builder.spawn_uri(&script, None::<&str>, told.send_port()),
    )
    .await
    .expect("it starts");
    assert_eq!(
        within::<Web, _>(Duration::from_millis(200), told.next()).await,
        None
    );
    let capability = isolate
        .pause_capability()
        .expect("the spawner's handle has it");
    isolate.resume(capability);
    assert_eq!(in_time("its message", told.next()).await, Some(1));
    isolate.kill(Priority::BeforeNextEvent);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_busy_script_is_killed() {
    let mut exits = ReceivePort::<()>::new();
    let builder = Isolate::builder().on_exit(exits.send_port());
    let script = helped("setTimeout(() => { for (;;); });");
    let isolate = in_time("a spawn", builder.spawn_uri(&script, None::<&str>, ()))
        .await
        .expect("it starts");
    sleep(Duration::from_millis(50)).await;
    isolate.kill(Priority::Immediate);
    assert_eq!(in_time("the end", exits.next()).await, Some(()));
    no_worker_is_left().await;
}

/// A script that throws has failed, and one that leaves or closes has exited.
#[wasm_bindgen_test]
async fn the_reason_of_a_scripts_end_is_known() {
    let ends = [
        "throw new Error('no')",
        "isolate.exit()",
        "self.close()",
        "{}",
    ];
    for end in ends {
        let mut reasons = ReceivePort::<ExitReason>::new();
        let script = helped(&format!("setTimeout(() => {{ {end}; }});"));
        let builder = Isolate::builder().on_exit_reason(reasons.send_port());
        let isolate = in_time("a spawn", builder.spawn_uri(&script, None::<&str>, ()))
            .await
            .expect("it starts");
        if end == "{}" {
            isolate.kill(Priority::Immediate);
        }
        let reason = in_time("the end", reasons.next()).await.expect("open");
        let expected = match end {
            "{}" => ExitReason::Killed,
            "isolate.exit()" | "self.close()" => ExitReason::Exited,
            _ => match reason.clone() {
                ExitReason::Failed(error) if error.description().contains("no") => reason.clone(),
                other => panic!("{other:?}"),
            },
        };
        assert_eq!(reason, expected, "{end}");
    }
    no_worker_is_left().await;
}

/// A script that does not know of us is an isolate too.
#[wasm_bindgen_test]
async fn a_plain_script_starts_answers_pings_fails_and_ends() {
    let (mut errors, mut exits, mut pongs) = (
        ReceivePort::new(),
        ReceivePort::<()>::new(),
        ReceivePort::<u32>::new(),
    );
    let builder = Isolate::builder()
        .errors_fatal(false)
        .on_error(errors.send_port())
        .on_exit(exits.send_port());
    let text =
        "setTimeout(() => { setTimeout(() => self.close(), 300); throw new Error('plain'); });";
    let isolate = in_time(
        "a spawn",
        builder.spawn_uri(&script(text), None::<&str>, ()),
    )
    .await
    .expect("it starts");
    isolate
        .ping(&pongs.send_port(), 1, Priority::Immediate)
        .expect("it is a value");
    assert_eq!(in_time("a pong", pongs.next()).await, Some(1));
    let error = in_time("the error", errors.next()).await.expect("open");
    assert!(error.description().contains("plain"), "{error:?}");
    assert_eq!(in_time("the end", exits.next()).await, Some(()));
    no_worker_is_left().await;
}
