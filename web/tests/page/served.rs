//! Functions that a JavaScript module serves, called from Rust.

use insula_web::{Isolate, Priority, ReceivePort, SendPort, ask, web};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, no_worker_is_left, script};

/// A call of a function that a module serves, as `web/npm/src/calls.ts` has it.
#[derive(Serialize, Deserialize)]
struct Call {
    id: u32,
    call: String,
    args: (Vec<i32>,),
    reply: SendPort<Answer>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Answer {
    value: Option<Vec<i32>>,
    error: Option<Thrown>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Thrown {
    name: String,
    message: String,
}

#[wasm_bindgen_test]
async fn functions_that_a_module_serves_are_called() {
    let helper = web::isolate_module_url();
    let uri = script(&format!(
        "import {{ serve }} from '{helper}';
         serve({{
           sort: (xs) => xs.sort((a, b) => a - b),
           async fail() {{ throw new RangeError('as asked'); }},
         }});"
    ));
    let mut ready = ReceivePort::<SendPort<Call>>::new();
    let spawned = Isolate::spawn_uri(&uri, None::<&str>, ready.send_port());
    let isolate = in_time("a spawn", spawned).await.expect("it starts");
    let calls = in_time("its port", ready.next()).await.expect("open");
    let call = |name: &str| {
        let (call, args) = (name.to_owned(), (vec![3, 1, 2],));
        ask(&calls, move |reply| Call {
            id: 1,
            call,
            args,
            reply,
        })
    };
    let sorted = in_time("a result", call("sort")).await.expect("an answer");
    assert_eq!(sorted.value, Some(vec![1, 2, 3]));
    let failed = in_time("an error", call("fail")).await.expect("an answer");
    let error = Thrown {
        name: "RangeError".to_owned(),
        message: "as asked".to_owned(),
    };
    assert_eq!(failed.error, Some(error));
    isolate.kill(Priority::Immediate);
    no_worker_is_left().await;
}
