//! Scripts that lie: they do what their ports allow, and nothing else.

use std::{collections::BTreeMap, time::Duration};

use insula_tests::picture;
use insula_web::{
    Isolate, IsolateRunner, Priority, ReceivePort, SendPort, error::TryRecvError, trace, web,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, no_worker_is_left, runner, script};

/// What a script may know: a port of the page, and one of another worker.
#[derive(Serialize, Deserialize)]
struct Known {
    page: SendPort<u32>,
    worker: SendPort<u32>,
}

/// What each script begins with: the numbers behind its ports, and frames as programs post them.
const TOOLS: &str = "
    const numbers = (port) => port.toString().match(/#(\\w+):(\\d+)/).slice(1).map((text, i) => parseInt(text, i ? 10 : 16));
    const little = (number) => [number & 255, (number >> 8) & 255, (number >> 16) & 255, (number >> 24) & 255];
    const text = (bytes) => String.fromCharCode(...bytes);
    const frame = (to, kind, head, functions = []) => {
      const bytes = [...head, ...little(0), ...little(head.length), ...little(functions.length / 2)];
      const numbers = functions.flatMap(little);
      postMessage(['insula', to, kind, text(bytes), text(numbers)]);
      postMessage(['insula', to, kind, new Uint8Array(bytes), new Uint8Array(numbers)]);
    };
    const varint = (number) => {
      const bytes = [];
      for (let rest = BigInt(number); ; rest >>= 7n) {
        if (rest < 128n) return [...bytes, Number(rest)];
        bytes.push(Number(rest & 127n) | 128);
      }
    };
    const HANDLE = 'insula:' + ':attachment';
    const { page, worker } = isolate.message ?? {};
    const long = (length) => { const list = []; list.length = length; return list; };
    // Such a list takes a few bytes. WebKit (GTK 2.50) takes its time to clone it, place by place.
    const LONG = /AppleWebKit.*Version/.test(navigator.userAgent) ? 2 ** 22 : 2 ** 32 - 1;
";

fn hostile(text: &str) -> String {
    let helper = web::isolate_module_url();
    script(&format!(
        "import {{ isolate, ReceivePort, SendPort }} from '{helper}';\n{TOOLS}\n{text}"
    ))
}

/// A port in the worker that is never closed.
fn open_there(_: ()) -> SendPort<u32> {
    let port = ReceivePort::new();
    let send_port = port.send_port();
    std::mem::forget(port);
    send_port
}

async fn start(uri: &str, message: impl insula_web::Message) -> Isolate {
    in_time("a spawn", Isolate::spawn_uri(uri, None::<&str>, message))
        .await
        .expect("the script starts")
}

/// Runs a script that says 1 at its end. The page and the other worker are as they were.
async fn goes_nowhere(text: &str) {
    let runner: IsolateRunner = runner().await;
    let worker = in_time("a port", runner.run(open_there, ())).await;
    let (mut page, mut secret) = (ReceivePort::<u32>::new(), ReceivePort::<u32>::new());
    let known = Known {
        page: page.send_port(),
        worker: worker.expect("the job is done"),
    };
    let isolate = start(&hostile(&format!("{text}\npage.send(1);")), known).await;
    assert_eq!(in_time("the last word", page.next()).await, Some(1));
    assert_eq!(web::worker_count(), 2, "no worker was ended or made");
    let answer = in_time("a job", runner.run(|number: u32| number + 1, 1)).await;
    assert_eq!(answer, Ok(2));
    let mut pongs = ReceivePort::<u32>::new();
    isolate
        .ping(&pongs.send_port(), 5, Priority::Immediate)
        .expect("it is a value");
    assert_eq!(in_time("a pong", pongs.next()).await, Some(5));
    secret.send_port().send(7).expect("a number can be sent");
    assert_eq!(in_time("its own message", secret.next()).await, Some(7));
    assert_eq!(secret.try_recv(), Err(TryRecvError::Empty));
    isolate.kill(Priority::Immediate);
    // Its port keeps it.
    runner.isolate().kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// By any number, on the page and in the other worker.
#[wasm_bindgen_test]
async fn a_script_calls_no_function_of_the_program() {
    goes_nowhere(
        "for (const to of [0, numbers(worker)[0]]) for (const kind of [0, 1]) for (let i = 1; i < 400; i++) {
           frame(to, kind, [1, 1, 0, 1, 0, 0], [i, 0]);
         }",
    )
    .await;
}

/// The first number of a head says which message it is. The bodies that follow fit some of them.
#[wasm_bindgen_test]
async fn no_frame_is_read_from_a_script() {
    goes_nowhere(
        "const [id] = numbers(worker);
         for (const to of [0, id]) for (const kind of [0, 1, 2, -1, 0.5, NaN]) for (let head = 0; head < 40; head++) {
           for (const body of [[], [0], [1, 0], [0, 0, 0], varint(id), [...varint(id), 0], [0, ...varint(id), 0, 0]]) {
             frame(to, kind, [head, ...body]);
           }
         }",
    )
    .await;
}

/// What it posts is no part of a recording, and what it is sent has no number that it could read.
#[wasm_bindgen_test]
async fn a_script_forges_no_recording() {
    let recording = trace::start(1_000);
    goes_nowhere(
        "const [id, port] = numbers(worker);
         for (const to of [0, id]) for (let head = 0; head < 40; head++) for (let i = 1; i < 100; i++) {
           frame(to, 0, [head], [i, 0]);
         }
         for (let i = 0; i < 100; i++) worker.send(i);",
    )
    .await;
    let read = recording.stop_within(Duration::from_secs(5));
    let picture = picture::read(&in_time("the picture", read).await.to_string());
    let mut scripts = picture.tracks.iter().filter(|name| name.contains("blob:"));
    assert_eq!(scripts.next(), None, "{:?}", picture.tracks);
    let mut main = picture.slices.iter().filter(|slice| slice.track == "main");
    assert!(main.any(|slice| slice.kind == "message"), "{picture:?}");
}

/// An isolate is paused, ended and listened to with its capability, which the script does not have.
#[wasm_bindgen_test]
async fn a_script_controls_no_other_isolate() {
    goes_nowhere(
        "const [id, port] = numbers(worker);
         const none = [0], key = [1, ...varint(7)];
         for (const capability of [none, key]) {
           frame(id, 0, [6, ...capability, 0]);
           frame(id, 0, [3, ...capability, ...varint(9)]);
           frame(id, 0, [11, ...capability, 1]);
           frame(0, 0, [16, ...varint(id), ...varint(7)]);
         }
         frame(id, 0, [2, ...varint(port)]);
         for (let i = 0; i < 400; i++) frame(0, 0, [2, ...varint(i)]);
         for (const kind of ['kill', 'channel', 'on-behalf-of', 'load', 'boot', 'ping', 'close']) {
           for (const to of [0, id]) postMessage(['insula', to, kind, port, 0, ['insula', to, 'ended']]);
         }",
    )
    .await;
}

/// Ports have numbers that can't be guessed: a send port that was never given away is not reached.
#[wasm_bindgen_test]
async fn a_script_reaches_no_port_that_it_was_not_given() {
    goes_nowhere(
        "const own = numbers(page)[1];
         for (let i = 0; i < 2000; i++) postMessage(['insula', 0, 'value', i, 666, []]);
         for (let i = 1; i < 500; i++) {
           postMessage(['insula', 0, 'value', own + i, 666, []]);
           postMessage(['insula', 0, 'value', own - i, 666, []]);
         }",
    )
    .await;
}

#[wasm_bindgen_test]
async fn garbage_in_any_field_is_dropped() {
    goes_nowhere(
        "const [, port] = numbers(page);
         const garbage = [undefined, null, NaN, -1, 1.5, 2 ** 53, 1e300, -0, Infinity, 'x', '', true, 10n, {}, [], [[]],
           new Map(), new Date(), new ArrayBuffer(8), new Uint8Array(3), long(LONG >>> 8), { length: 1e9 },
           JSON.parse('{\"__proto__\": {\"length\": 5}, \"constructor\": 1}')];
         const right = ['insula', 0, 'value', port, 'no number', []];
         for (let at = 0; at <= right.length; at++) for (const value of garbage) {
           if (at === 4 && value === -0) continue;
           postMessage(Object.assign([...right], { [at]: value }));
         }
         for (const value of garbage) for (const kind of ['error', 'pong', 'failed?', 'value']) {
           if (kind !== 'error') postMessage(['insula', 0, kind, value, value, value, value]);
           postMessage(['insula', 0, 'value', port, 'no number', [value]]);
           postMessage(['insula', 0, 'value', port, 'no number', [[value, value]]]);
           postMessage(['insula', 0, 'value', port, { [HANDLE]: value }, ['buffer', 5, 'buffer']]);
         }
         postMessage(Object.assign(long(LONG), right));
         postMessage(['insula', 0, 'value', port, 'no number', long(LONG)]);
         postMessage(['insula', 0, 'value', port, long(LONG), []]);",
    )
    .await;
}

/// A library in the script has the events of the worker's scope for itself too.
#[wasm_bindgen_test]
async fn a_script_that_takes_all_events_is_reached_and_heard() {
    goes_nowhere(
        "self.onmessage = (event) => event.stopImmediatePropagation();
         addEventListener('message', (event) => event.stopImmediatePropagation());
         self.onmessageerror = self.onerror = self.onunhandledrejection = () => true;
         self.name = 'another';
         delete globalThis[Symbol.for('insula')];
         const own = [1, null, 'insula', { insula: 0 }, ['insula'], [['insula', 0, 'ended']], new Error('own'), new Map(), new Date()];
         for (const value of own) postMessage(value);",
    )
    .await;
}

/// It is told once that it is ready, and ends once.
#[wasm_bindgen_test]
async fn a_script_that_says_ready_again_is_no_other() {
    goes_nowhere(
        "for (const build of ['', 'another']) for (const lock of [true, false, 'x']) {
           postMessage(['insula', 0, 'ready', build, lock, 'blob:x']);
         }",
    )
    .await;
}

/// Before it is ready a script says that it is ready, or that it failed.
#[wasm_bindgen_test]
async fn nothing_is_heard_before_a_script_is_ready() {
    let mut told = ReceivePort::<u32>::new();
    let text = "
        const [, , , { handles: [[isolate, port]] }] = globalThis[Symbol.for('insula')].message;
        const say = (number) => postMessage(['insula', isolate, 'value', port, number, []]);
        say(1);
        postMessage(['insula', 0, 'ended']);
        postMessage(['insula', 0, 'error', 'too early', '']);
        setTimeout(() => say(2), 300);";
    let isolate = start(&script(text), told.send_port()).await;
    assert_eq!(in_time("a number", told.next()).await, Some(2));
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// A handle in a message is one that a script may have: it leads to an isolate, and not to what insula keeps for itself.
#[wasm_bindgen_test]
async fn a_forged_port_leads_to_no_inner_part() {
    let mut ports = ReceivePort::<SendPort<u32>>::new();
    let text = "
        const [isolate_, port] = numbers(isolate.message);
        for (const forged of [2, 4, 6]) {
          postMessage(['insula', isolate_, 'value', port, { [HANDLE]: 0 }, [[forged, 1]]]);
        }
        isolate.message.send(isolate.message);";
    let isolate = start(&hostile(text), ports.send_port()).await;
    let port = in_time("the port", ports.next()).await.expect("open");
    assert_eq!(format!("{port:?}"), format!("{:?}", ports.send_port()));
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// An ordinary key, also where it names the prototype of objects.
#[wasm_bindgen_test]
async fn a_key_that_names_the_prototype_is_a_key() {
    let mut maps = ReceivePort::<BTreeMap<String, i32>>::new();
    let text =
        "isolate.message.send(JSON.parse('{\"__proto__\": 5, \"constructor\": 6, \"a\": 1}'));";
    let isolate = start(&hostile(text), maps.send_port()).await;
    let map = in_time("the map", maps.next()).await.expect("open");
    let expected = [("__proto__", 5), ("constructor", 6), ("a", 1)];
    assert_eq!(
        map,
        expected.map(|(key, value)| (key.to_owned(), value)).into()
    );
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}

/// Lists with more places than values, and values that contain themselves, are errors of the receiver.
#[wasm_bindgen_test]
async fn a_value_that_unfolds_without_end_is_refused() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Tree {
        children: Vec<Option<Self>>,
    }
    let mut trees = ReceivePort::<Tree>::new();
    let text = "
        const port = isolate.message;
        const sparse = { children: [] };
        sparse.children.length = LONG;
        const endless = { children: [] };
        endless.children.push(endless);
        let laughs = { children: [] };
        for (let i = 0; i < 100; i++) laughs = { children: [laughs, laughs] };
        let deep = { children: [] };
        for (let i = 0; i < 200; i++) deep = { children: [deep] };
        const [to, number] = numbers(port);
        for (const value of [sparse, endless, laughs, deep]) postMessage(['insula', to, 'value', number, value, []]);
        port.send({ children: [{ children: [] }, undefined] });";
    let isolate = start(&hostile(text), trees.send_port()).await;
    let tree = in_time("the tree", trees.next()).await.expect("open");
    assert_eq!(tree.children.len(), 2, "{tree:?}");
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}
