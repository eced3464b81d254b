//! Relative URLs: relative to the page, on the page and in each worker.

#[cfg(feature = "js")]
use insula_web::{Isolate, ReceivePort, SpawnError};
use insula_web::{IsolateRunner, web};
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(feature = "js")]
use crate::common::script;
use crate::common::{in_time, javascript, no_worker_is_left, runner};

fn base_there(_: ()) -> String {
    web::base_url()
}

async fn base_deeper(_: ()) -> Option<String> {
    let runner = IsolateRunner::spawn().await.ok()?;
    runner.run(base_there, ()).await.ok()
}

#[wasm_bindgen_test]
async fn the_base_in_a_worker_is_the_page_s() {
    javascript(
        "const base = document.createElement('base');
         base.href = '/elsewhere/page.html';
         document.head.append(base);",
    );
    let expected = javascript("document.baseURI").as_string();
    let (runner, own) = (runner().await, web::base_url());
    let there = in_time("a job", runner.run(base_there, ())).await;
    let deeper = in_time("a job", runner.run_async(base_deeper, ())).await;
    javascript("document.querySelector('base').remove()");
    assert!(own.ends_with("/elsewhere/page.html"), "{own}");
    assert_eq!(Some(&own), expected.as_ref());
    assert_eq!(there.as_ref(), Ok(&own));
    assert_eq!(deeper, Ok(Some(own)));
    drop(runner);
    no_worker_is_left().await;
}

#[cfg(feature = "js")]
async fn start_there(uri: String) -> Option<String> {
    match Isolate::spawn_uri(&uri, None::<&str>, ()).await {
        Err(SpawnError::NotFound { reason, .. }) => Some(reason),
        _ => None,
    }
}

#[cfg(feature = "js")]
#[wasm_bindgen_test]
async fn a_script_that_a_worker_starts_is_relative_to_the_page() {
    let runner = runner().await;
    let job = runner.run_async(start_there, "./nothing-here.js".to_owned());
    let reason = in_time("the job", job).await.expect("the job is done");
    let reason = reason.expect("it is not found");
    let page = javascript("new URL('./nothing-here.js', document.baseURI).href").as_string();
    assert!(reason.contains(&page.expect("a text")), "{reason}");
    drop(runner);
    no_worker_is_left().await;
}

#[cfg(feature = "js")]
#[wasm_bindgen_test]
async fn a_script_is_told_the_base() {
    let helper = web::isolate_module_url();
    let text = format!(
        "import {{ isolate }} from '{helper}'; isolate.message.send(isolate.baseUrl); isolate.exit();"
    );
    let mut told = ReceivePort::<String>::new();
    let spawned = Isolate::spawn_uri(&script(&text), None::<&str>, told.send_port());
    in_time("a spawn", spawned).await.expect("it starts");
    assert_eq!(
        in_time("the base", told.next()).await,
        Some(web::base_url())
    );
    no_worker_is_left().await;
}
