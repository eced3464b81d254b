//! Browsers that make no worker: the error says why, what helps, and whose worker it was.

use std::time::Duration;

use insula_web::{IsolateRunner, SpawnError, sleep, web};
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{in_time, javascript, locks_held, no_worker_is_left, program_url, spawn_with};

async fn named() -> SpawnError {
    let spawned = IsolateRunner::builder().debug_name("sorter").spawn();
    in_time("a spawn", spawned)
        .await
        .expect_err("no worker is made")
}

#[wasm_bindgen_test]
async fn a_host_without_workers_does_not_support_them() {
    javascript("globalThis.kept = Worker; globalThis.Worker = undefined");
    let error = named().await;
    javascript("globalThis.Worker = kept");
    assert!(matches!(error, SpawnError::Unsupported(_)), "{error}");
    assert!(error.to_string().contains("Worker"), "{error}");
    no_worker_is_left().await;
}

/// Makes the constructor throw, as it does for a script of another origin or on a page that requires trusted types.
async fn refused(name: &str, text: &str) -> String {
    javascript(&format!(
        "globalThis.kept = Worker;
         globalThis.Worker = class {{ constructor() {{ throw new DOMException('{text}', '{name}'); }} }};"
    ));
    let error = named().await;
    javascript("globalThis.Worker = kept");
    no_worker_is_left().await;
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
    let error = error.to_string();
    assert!(
        error.contains(text) && error.contains("`sorter`"),
        "{error}"
    );
    assert!(!error.contains("insula:runner"), "{error}");
    error
}

#[wasm_bindgen_test]
async fn an_engine_that_refuses_is_quoted() {
    let error = refused("SecurityError", "another origin").await;
    assert!(error.contains("web::Options::worker_url"), "{error}");
    refused("QuotaExceededError", "no more of them").await;
}

#[wasm_bindgen_test]
async fn a_worker_url_that_is_none_fails() {
    let error = spawn_with(web::Options::new().worker_url("http://[")).await;
    assert!(matches!(error, SpawnError::Failed(_)), "{error}");
    assert!(error.to_string().contains("worker_url"), "{error}");
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn a_worker_that_is_late_is_called_by_its_name() {
    let silent = crate::common::script(" ");
    let options = web::Options::new().start_timeout(Duration::from_millis(100));
    web::configure(options.worker_url(silent));
    let error = named().await;
    web::configure(web::Options::new());
    assert!(matches!(error, SpawnError::TimedOut { .. }), "{error}");
    assert!(error.to_string().contains("`sorter`"), "{error}");
    no_worker_is_left().await;
}

/// Another page of this program, with a policy of its own. Its workers hold a lock each.
async fn locks_under(policy: &str) -> u32 {
    let program = program_url();
    let page = javascript(&format!(
        "(() => {{
           const page = document.createElement('iframe');
           page.srcdoc = `<meta http-equiv='Content-Security-Policy' content=\"{policy}\"><script type='module'>
             import * as program from '{program}';
             await program.default({{ module_or_path: '{program}_bg.wasm' }});
             program.begin_another_page();
           </` + `script>`;
           document.body.append(page);
           return page;
         }})()"
    ));
    let mut locks = 0;
    for _ in 0..500 {
        locks = locks_held().await;
        if locks == 2 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    Reflect::set(&js_sys::global(), &"page".into(), &page).expect("it is set");
    javascript("page.remove()");
    while locks_held().await > 0 {
        sleep(Duration::from_millis(20)).await;
    }
    locks
}

/// The page begins two runners, which start if the policy `insula` is allowed.
#[wasm_bindgen_test]
async fn a_page_that_requires_trusted_types_has_workers() {
    if Reflect::get(&js_sys::global(), &"trustedTypes".into()) == Ok(JsValue::UNDEFINED) {
        return; // this engine has none
    }
    let policy = "require-trusted-types-for 'script'; trusted-types insula";
    assert_eq!(locks_under(policy).await, 2);
}
