//! Messages that are none of ours, on the channels that are: an application's own, and garbage.

use std::time::Duration;

use insula_web::{IsolateRunner, sleep};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, javascript, no_worker_is_left, runner};

fn double(number: u32) -> u32 {
    2 * number
}

async fn works(runner: &IsolateRunner) {
    assert_eq!(in_time("a job", runner.run(double, 21)).await, Ok(42));
}

/// A runner, whose worker is `globalThis.worker` from here on.
async fn known_runner() -> IsolateRunner {
    javascript(
        "globalThis.kept = Worker.prototype.postMessage;
         Worker.prototype.postMessage = function (...rest) {
           globalThis.worker = this;
           return kept.apply(this, rest);
         }",
    );
    let runner = runner().await;
    works(&runner).await;
    javascript("Worker.prototype.postMessage = kept; delete globalThis.kept");
    runner
}

#[wasm_bindgen_test]
async fn an_application_has_the_channel_for_itself_too() {
    fn listen(_: ()) {
        javascript(
            "self.addEventListener('message', ({ data }) => {
               if (!Array.isArray(data) || data[0] !== 'insula') self.postMessage({ echo: data });
             })",
        );
    }
    let runner = known_runner().await;
    assert_eq!(in_time("a job", runner.run(listen, ())).await, Ok(()));
    javascript(
        "globalThis.echoes = [];
         worker.addEventListener('message', ({ data }) => data.echo && echoes.push(JSON.stringify(data.echo)));
         for (const own of [1, 'two', { three: 3 }, ['four'], [['insula']]]) worker.postMessage(own);",
    );
    works(&runner).await;
    in_time("the echoes", async {
        while javascript("echoes.length").as_f64() != Some(5.0) {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let echoes = javascript("echoes.join(' ')").as_string();
    assert_eq!(
        echoes.as_deref(),
        Some(r#"1 "two" {"three":3} ["four"] [["insula"]]"#)
    );
    works(&runner).await;
    drop(runner);
    no_worker_is_left().await;
}

/// What looks like ours and is not: too short, too long, of the wrong types.
const GARBAGE: &str = "
  const bytes = (...list) => new Uint8Array(list);
  const end = (own, head, functions) => new Uint8Array(new Uint32Array([own, head, functions]).buffer);
  const after = (before, ...numbers) => new Uint8Array([...before, ...end(...numbers)]);
  const garbage = [
    ['insula'],
    ['insula', 0],
    ['insula', 'nobody', 'nothing'],
    ['insula', 0, 'no such kind', 1, 2, 3],
    ['insula', 0, 0],
    ['insula', 0, 0, 'no bytes'],
    ['insula', 0, 1, { length: 12 }],
    ['insula', 0, 0, bytes(1, 2, 3)],
    ['insula', 0, 0, end(0, 0, 0)],
    ['insula', 0, 0, end(0, 1, 0)],
    ['insula', 0, 0, end(1, 0, 0)],
    ['insula', 0, 0, end(2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1)],
    ['insula', 0, 0, after([255], 0, 1, 0)],
    ['insula', 0, 0, after([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], 0, 11, 0)],
    ['insula', 0, 1, after([0, 1], 0, 2, 1)],
    ['insula', 0, 1, after([0, 1], 0, 2, 0), [1]],
    ['insula', 0, 1, after([0, 1], 0, 2, 0), ['a', 'b']],
    ['insula', 0, 1, after([0, 1], 0, 2, 0), 'no list'],
    ['insula', 0, 1, after([0, 1], 0, 2, 0), [], undefined, 'no buffer'],
    // A message for a port that does not exist, with a promise of more ports than there are bytes.
    ['insula', 0, 1, after([0, 99, 255, 255, 255, 255, 15], 0, 7, 0)],
    ['insula', 7, 1, bytes(9)],
    ['insula', -1, 1, bytes(9)],
    ['insula', NaN, 0, bytes(9)],
    ['insula', 0, 'on-behalf-of', 5, 6, 'nothing'],
    ['insula', 0, 'on-behalf-of', 5, 6, []],
    ['insula', 0, 'channel', 5, 'no port'],
    ['insula', 0, 'value', 5, 'no script', []],
    ['insula', 0, 'pong', 5],
  ];";

#[wasm_bindgen_test]
async fn garbage_from_a_worker_is_dropped() {
    fn litter(_: ()) {
        javascript(&format!(
            "(() => {{ {GARBAGE} garbage.forEach((message) => self.postMessage(message)); }})()"
        ));
    }
    let (runner, other) = (runner().await, runner().await);
    assert_eq!(in_time("a job", runner.run(litter, ())).await, Ok(()));
    works(&runner).await;
    works(&other).await;
    drop((runner, other));
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn garbage_for_a_worker_is_dropped() {
    let runner = known_runner().await;
    javascript(&format!(
        "(() => {{ {GARBAGE} garbage.forEach((message) => worker.postMessage(message)); }})()"
    ));
    works(&runner).await;
    assert!(!runner.is_lost());
    drop(runner);
    no_worker_is_left().await;
}
