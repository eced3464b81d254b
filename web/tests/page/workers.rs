//! Workers that come up, and the ways in which they don't: each is one `SpawnError`, in bounded time.

use std::time::Duration;

use insula_web::{
    Error, ExitReason, IsolateRunner, LoadBalancer, SpawnError, TaskError, TransferableTypedData,
    web,
};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{
    for_ever, in_time, javascript, no_worker_is_left, resolved, runner, script, spawn_from,
    spawn_with, workers, workers_are,
};

#[wasm_bindgen_test]
async fn a_missing_script_is_not_found() {
    let error = spawn_from("/nothing-here.js").await;
    assert!(
        matches!(&error, SpawnError::NotFound { uri, .. } if uri == "/nothing-here.js"),
        "{error}"
    );
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_script_that_throws_says_what() {
    let error = spawn_from(&script("throw new Error('no such luck');")).await;
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
    assert!(error.to_string().contains("no such luck"), "{error}");
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_script_with_a_syntax_error_fails() {
    let error = spawn_from(&script("this is no script(")).await;
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_script_that_imports_nothing_that_is_there_fails() {
    let error = spawn_from(&script("import '/nothing-here.js';")).await;
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
    no_worker_is_left().await;
}

/// Spawns from a script of which an engine may say nothing, so that the limit is what ends the wait.
async fn spawn_from_silent(url: &str) -> SpawnError {
    let options = web::Options::new().start_timeout(Duration::from_millis(1500));
    let error = spawn_with(options.worker_url(url)).await;
    no_worker_is_left().await;
    error
}

/// Of a script that is late only the head is asked for: a text that is not read would keep a connection
/// from the other workers.
#[wasm_bindgen_test]
async fn the_text_of_a_late_script_is_let_go_of() {
    javascript(
        "globalThis.seen = { fetch };
         globalThis.fetch = async (url) => {
            seen.url = String(url);
            return seen.response = await seen.fetch.call(globalThis, url);
         }",
    );
    let silent = script(&" ".repeat(1 << 20));
    let error = spawn_from_silent(&silent).await;
    javascript("globalThis.fetch = seen.fetch");
    assert!(matches!(error, SpawnError::TimedOut { .. }), "{error}");
    assert_eq!(javascript("seen.url").as_string(), Some(silent));
    let rest = "seen.response.body.getReader().read().then(({ done }) => done)";
    assert_eq!(resolved(javascript(rest)).await.as_bool(), Some(true));
}

/// A page where a script should be: what a server says that answers whatever it is asked for. WebKit
/// (GTK 2.50) says nothing of it, as of any module that does not load.
#[wasm_bindgen_test]
async fn a_page_instead_of_a_script_is_not_found() {
    let error = spawn_from("/").await;
    assert!(
        matches!(&error, SpawnError::NotFound { reason, .. } if reason.contains("text/html")),
        "{error}"
    );
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_script_that_says_nothing_times_out() {
    let error = spawn_from_silent(&script("export {};")).await;
    assert!(matches!(error, SpawnError::TimedOut { .. }), "{error}");
}

#[wasm_bindgen_test]
async fn a_script_that_closes_its_worker_times_out() {
    let error = spawn_from_silent(&script("self.close();")).await;
    assert!(matches!(error, SpawnError::TimedOut { .. }), "{error}");
}

/// A `data:` script has an origin of its own, from which nothing of ours can be imported.
#[wasm_bindgen_test]
async fn a_script_of_another_origin_ends_the_wait() {
    let error = spawn_from_silent("data:text/javascript,import '/nothing-here.js';").await;
    assert!(
        matches!(
            error,
            SpawnError::Failed(_) | SpawnError::NotFound { .. } | SpawnError::TimedOut { .. }
        ),
        "{error}"
    );
}

/// WebKit says nothing of it.
#[wasm_bindgen_test]
async fn a_rejected_top_level_await_ends_the_wait() {
    let error = spawn_from_silent(&script("await Promise.reject(new Error('too late'));")).await;
    assert!(
        matches!(error, SpawnError::Failed(_) | SpawnError::TimedOut { .. }),
        "{error}"
    );
}

/// The script answers as a worker of another build would.
#[wasm_bindgen_test]
async fn another_build_is_refused() {
    let ready = "self.postMessage(['insula', 0, 'ready', 'other']);";
    let error = spawn_from(&script(ready)).await;
    assert!(
        matches!(&error, SpawnError::BuildMismatch { found, .. } if found == "other"),
        "{error}"
    );
    no_worker_is_left().await;
}

fn boom(_: ()) {
    panic!("boom");
}

#[wasm_bindgen_test]
async fn a_panic_names_message_and_place() {
    let runner = IsolateRunner::spawn().await.expect("a runner starts");
    let other = runner.run_async(for_ever, ());
    match runner.run(boom, ()).await {
        Err(TaskError::Panicked(error)) if cfg!(panic = "unwind") => {
            assert_eq!(error.description(), "boom");
            assert!(error.stack_trace().contains("workers.rs"), "{error:?}");
            assert_eq!(runner.run(double, 2).await, Ok(4));
            drop((other, runner));
        }
        Err(TaskError::IsolateLost {
            reason: ExitReason::Failed(error),
            ..
        }) if cfg!(panic = "abort") => {
            assert_eq!(error.description(), "boom");
            assert!(error.stack_trace().contains("workers.rs"), "{error:?}");
            assert!(matches!(other.await, Err(TaskError::IsolateLost { .. })));
            assert!(runner.is_lost());
            assert!(matches!(
                runner.run(boom, ()).await,
                Err(TaskError::IsolateLost { .. })
            ));
        }
        other => panic!("{other:?}"),
    }
    no_worker_is_left().await;
}

fn double(number: u32) -> u32 {
    2 * number
}

#[wasm_bindgen_test]
async fn a_balancer_goes_on_after_a_panic() {
    let balancer = LoadBalancer::spawn(2).await.expect("the runners start");
    assert!(balancer.run(boom, ()).await.is_err());
    for number in 0..6 {
        assert_eq!(balancer.run(double, number).await, Ok(2 * number));
    }
    assert_eq!(workers(), 2);
    balancer.close().await.expect("the runners close");
    no_worker_is_left().await;
}

/// Before the engine's own limit, at which some hang.
#[wasm_bindgen_test]
async fn more_than_there_may_be_fail_at_once() {
    let runner = runner().await;
    web::configure(web::Options::new().worker_limit(web::worker_count() + 2));
    let refused = in_time("a balancer", LoadBalancer::spawn(3)).await;
    let error = refused.expect_err("there is room for two");
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
    assert!(error.to_string().contains("worker_limit"), "{error}");
    workers_are(1).await;
    let balancer = in_time("a balancer", LoadBalancer::spawn(2)).await;
    let balancer = balancer.expect("there is room for two");
    let nested = runner.run_async(|()| async { IsolateRunner::spawn().await.is_ok() }, ());
    assert_eq!(in_time("the job", nested).await, Ok(false));
    web::configure(web::Options::new());
    drop((balancer, runner));
    no_worker_is_left().await;
}

fn length(data: TransferableTypedData) -> usize {
    data.materialize().map_or(0, |bytes| bytes.len())
}

#[wasm_bindgen_test]
async fn an_array_buffer_reaches_a_worker_without_a_copy_here() -> Result<(), JsValue> {
    let buffer = ArrayBuffer::new(1 << 20);
    let bytes = Uint8Array::new(&buffer);
    let runner = IsolateRunner::spawn().await.expect("a runner starts");
    let task = runner.run(length, web::transferable_from_array_buffer(buffer));
    assert_eq!(
        bytes.length(),
        0,
        "the buffer was transferred, so it is detached here"
    );
    assert_eq!(
        task.await
            .map_err(Error::from)
            .map_err(|error| error.to_string())?,
        1 << 20
    );
    drop(runner);
    no_worker_is_left().await;
    Ok(())
}
