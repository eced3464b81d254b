//! Scripts that do not start: each is one `SpawnError`, in bounded time.

use std::time::Duration;

use insula_web::{Isolate, Priority, SpawnError, web};
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

/// Whatever an engine makes of such a URL, the spawn ends with an error, and no worker is left.
#[wasm_bindgen_test]
async fn odd_urls_are_errors() {
    let revoked = script("export {};");
    web_sys::Url::revoke_object_url(&revoked).expect("it is one");
    let odd = [
        "",
        "/",
        "//",
        "#here",
        "about:blank",
        "javascript:1",
        "nonsense:x",
        "data:,",
        "data:text/plain,1",
        "data:text/javascript,throw 1",
        "data:text/javascript,import '/nothing-here.js'",
        "http://user:secret@localhost:1/x.js",
        "http://localhost:1/nobody.js",
        "https://[::1",
        "file:///no/such/file.js",
        "blob:null/0",
        &revoked,
    ];
    for uri in odd {
        let error = does_not_start(uri, false).await;
        let is_known = matches!(error, SpawnError::NotFound { .. } | SpawnError::Failed(_));
        assert!(is_known, "{uri}: {error}");
        assert!(error.to_string().len() > 10, "{uri}: {error}");
    }
}

#[wasm_bindgen_test]
async fn urls_may_have_a_fragment_and_their_text_inside() {
    let blob = script("export {};");
    let fragment = format!("{blob}#here");
    for uri in [
        &fragment,
        "data:text/javascript,1",
        "data:text/javascript;base64,MQ==",
    ] {
        let spawned = Isolate::spawn_uri(uri, None::<&str>, ());
        let isolate = in_time("a spawn", spawned).await.expect(uri);
        isolate.kill(Priority::Immediate);
    }
    no_worker_is_left().await;
}

/// By turns before it has started, when it has, and never: its task is dropped.
#[wasm_bindgen_test]
async fn scripts_that_are_killed_at_once_leave_nothing() {
    let uri = script("export {};");
    for _ in 0..5 {
        let mut kept = Vec::new();
        for number in 0..40 {
            let builder = Isolate::builder().paused(number % 4 == 0);
            let spawned = builder.spawn_uri(&uri, None::<&str>, ());
            if number % 2 == 0 {
                kept.push(spawned);
            }
        }
        for spawned in kept {
            let isolate = in_time("a spawn", spawned).await.expect("it starts");
            isolate.kill(Priority::Immediate);
            isolate.kill(Priority::BeforeNextEvent);
        }
        web::shut_down();
        assert_eq!(web::worker_count(), 0);
        web::shut_down();
        web::configure(web::Options::new());
    }
    no_worker_is_left().await;
}
