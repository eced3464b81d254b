//! Browsers that make no worker: the error says why, what helps, and whose worker it was.

use std::time::Duration;

use insula_web::{IsolateRunner, SpawnError, sleep, spawn_local, web};
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{
    in_time, javascript, locks_held, no_worker_is_left, program_url, resolved, spawn_with, tell,
};

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
    let text =
        "the worker of `sorter` (`web::Options::start_timeout` is 100 ms) did not answer in time";
    assert_eq!(error.to_string(), text);
    no_worker_is_left().await;
}

/// Another page of this program, with a policy of its own.
fn open_under(policy: &str, begin: &str) -> JsValue {
    let program = program_url();
    javascript(&format!(
        "(() => {{
           const page = document.createElement('iframe');
           page.srcdoc = `<meta http-equiv='Content-Security-Policy' content=\"{policy}\"><script type='module'>
             import * as program from '{program}';
             await program.default({{ module_or_path: '{program}_bg.wasm' }});
             {begin};
           </` + `script>`;
           document.body.append(page);
           return page;
         }})()"
    ))
}

/// What came of a runner in another page, with another first script if there is one.
#[allow(unreachable_pub, reason = "JavaScript reaches it")]
#[wasm_bindgen]
pub fn spawn_in_another_page(worker_url: Option<String>) {
    let options = worker_url.map(|url| web::Options::new().worker_url(url));
    web::configure(options.unwrap_or_default());
    spawn_local(async {
        let runner = IsolateRunner::builder().debug_name("sorter").spawn().await;
        tell(&runner.map_or_else(|error| format!("{error:?}"), |_| "it runs".to_owned()));
    });
}

/// What comes of a runner in a page with a policy.
async fn spawned_under(policy: &str, worker_url: &str) -> String {
    // In a page without a URL Gecko (153) takes `'self'` for nothing.
    let origin = javascript("location.origin").as_string().expect("a text");
    let page = open_under(
        &policy.replace("'self'", &origin),
        &format!("program.spawn_in_another_page({worker_url})"),
    );
    let told = javascript("new Promise((told) => { globalThis.told = told })");
    let told = in_time("a spawn", resolved(told)).await;
    Reflect::set(&js_sys::global(), &"page".into(), &page).expect("it is set");
    javascript("page.remove()");
    told.as_string().expect("a text")
}

/// The error names the script and the directive that has to allow it.
#[wasm_bindgen_test]
async fn a_policy_that_forbids_workers_is_named() {
    let loader = "http://";
    let blob = "URL.createObjectURL(new Blob(['1'], { type: 'text/javascript' }))";
    for (policy, worker_url, script) in [
        ("worker-src 'none'", "", loader),
        ("child-src 'none'", "", loader),
        ("worker-src 'self'", blob, "blob"),
        // Nor can its script be looked at.
        ("worker-src 'self'; connect-src 'self'", blob, "blob"),
    ] {
        let error = spawned_under(policy, worker_url).await;
        assert!(error.starts_with("Failed("), "{policy}: {error}");
        let names_it = error.contains("policy") && error.contains("`sorter`");
        assert!(
            names_it && error.contains("`worker-src`"),
            "{policy}: {error}"
        );
        // WebKit makes no worker at once, and tells of the script later.
        let is_webkit = error.contains("the browser makes no worker");
        assert!(
            is_webkit || error.contains(&format!("has to allow {script}")),
            "{policy}: {error}"
        );
    }
    let spawned = spawned_under("worker-src 'self'", "").await;
    assert_eq!(spawned, "it runs");
}

/// How many workers a page with a policy begins, which hold a lock each.
async fn locks_under(policy: &str) -> u32 {
    let page = open_under(policy, "program.begin_another_page()");
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
