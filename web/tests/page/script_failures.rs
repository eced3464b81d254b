//! Scripts that do not start: each is one `SpawnError`, in bounded time.

use std::time::Duration;

use insula_web::{Isolate, SpawnError, web};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, no_worker_is_left, script};

/// What ends a spawn, paused or not.
async fn does_not_start(uri: &str, paused: bool) -> SpawnError {
    let spawned = Isolate::builder()
        .paused(paused)
        .spawn_uri(uri, None::<&str>, ());
    let error = in_time("a spawn", spawned)
        .await
        .expect_err("it does not start");
    no_worker_is_left().await;
    error
}

#[wasm_bindgen_test]
async fn a_missing_script_is_not_found() {
    for paused in [false, true] {
        let error = does_not_start("/nothing-here.js", paused).await;
        assert!(matches!(error, SpawnError::NotFound { .. }), "{error}");
    }
}

#[wasm_bindgen_test]
async fn a_uri_that_is_none_is_not_found() {
    let error = does_not_start("http://[", false).await;
    assert!(matches!(error, SpawnError::NotFound { .. }), "{error}");
}

#[wasm_bindgen_test]
async fn a_syntax_error_fails() {
    let error = does_not_start(&script("this is no script("), false).await;
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
}

#[wasm_bindgen_test]
async fn a_missing_import_fails() {
    let error = does_not_start(&script("import '/nothing-here.js';"), false).await;
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
}

#[wasm_bindgen_test]
async fn a_plain_script_that_throws_fails() {
    let error = does_not_start(&script("throw new Error('no such luck');"), false).await;
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
    assert!(error.to_string().contains("no such luck"), "{error}");
}

#[wasm_bindgen_test]
async fn a_plain_script_that_is_never_there_times_out() {
    web::configure(web::Options::new().start_timeout(Duration::from_millis(1500)));
    let error = does_not_start(&script("await new Promise(() => {});"), false).await;
    web::configure(web::Options::new());
    assert!(matches!(error, SpawnError::TimedOut { .. }), "{error}");
}
