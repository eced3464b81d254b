//! What only Web Workers do: they fail to load, run another build, trap, and are terminated.
#![cfg(target_arch = "wasm32")]

use std::{hint::black_box, time::Duration};

use insula_web::{
    Error, IsolateRunner, LoadBalancer, Priority, Runner, SpawnError, TaskError,
    TransferableTypedData, sleep, web,
};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Blob, BlobPropertyBag, Url};

wasm_bindgen_test_configure!(run_in_browser);

/// Spawns a runner whose worker starts with `url`, and puts the loader back.
async fn spawn_from(url: &str) -> SpawnError {
    web::set_worker_url(Some(url));
    let spawned = IsolateRunner::spawn();
    web::set_worker_url(None);
    spawned
        .await
        .expect_err("the script is not a loader of this build")
}

/// The URL of a module script with this text.
fn script(text: &str) -> String {
    let options = BlobPropertyBag::new();
    options.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options);
    Url::create_object_url_with_blob(&blob.expect("a string makes a blob"))
        .expect("a blob has a URL")
}

async fn no_worker_is_left() {
    for _ in 0..200 {
        if web::worker_count() == 0 {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("{} workers are left", web::worker_count());
}

#[wasm_bindgen_test]
async fn a_missing_script_is_not_found() {
    let error = spawn_from("/nothing-here.js").await;
    assert!(matches!(error, SpawnError::NotFound { .. }), "{error}");
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
async fn a_script_that_says_nothing_times_out() {
    web::set_start_timeout(Duration::from_millis(1500));
    let error = spawn_from(&script("export {};")).await;
    web::set_start_timeout(Duration::from_secs(20));
    assert!(matches!(error, SpawnError::TimedOut { .. }), "{error}");
    no_worker_is_left().await;
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

async fn for_ever(_: ()) {
    std::future::pending::<()>().await;
}

#[wasm_bindgen_test]
async fn a_panic_names_message_and_place_and_fails_every_job() {
    let runner = IsolateRunner::spawn().await.expect("a runner starts");
    let other = runner.run_async(for_ever, ());
    let lost = runner.run(boom, ()).await.expect_err("the job panics");
    let TaskError::IsolateLost { cause } = &lost else {
        panic!("{lost}")
    };
    assert!(
        cause.contains("boom") && cause.contains("workers.rs"),
        "{cause}"
    );
    assert!(matches!(other.await, Err(TaskError::IsolateLost { .. })));
    assert!(runner.is_lost());
    assert!(matches!(
        runner.run(boom, ()).await,
        Err(TaskError::IsolateLost { .. })
    ));
    no_worker_is_left().await;
}

fn spin(_: ()) {
    let mut state = 1_u32;
    while black_box(state) != 0 {
        state = state.wrapping_mul(3);
    }
}

#[wasm_bindgen_test]
async fn a_busy_worker_is_terminated() {
    let runner = IsolateRunner::spawn().await.expect("a runner starts");
    let spinning = runner.run(spin, ());
    runner.isolate().kill(Priority::Immediate);
    assert!(matches!(spinning.await, Err(TaskError::IsolateLost { .. })));
    no_worker_is_left().await;
}

fn double(number: u32) -> u32 {
    2 * number
}

#[wasm_bindgen_test]
async fn a_balancer_replaces_what_a_panic_took() {
    let balancer = LoadBalancer::spawn(2).await.expect("the runners start");
    assert!(balancer.run(boom, ()).await.is_err());
    for number in 0..6 {
        assert_eq!(balancer.run(double, number).await, Ok(2 * number));
    }
    assert_eq!(web::worker_count(), 2);
    balancer.close().await.expect("the runners close");
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
