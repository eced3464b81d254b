//! The conformance suite, on a page: `wasm-pack test --headless --chrome`, `--firefox`, `--safari`.
#![cfg(target_arch = "wasm32")]

use std::time::Duration;

use insula_tests::{differences, within};
use insula_web::Web;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// How long a test may take. Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = Duration::from_secs(30);

#[wasm_bindgen]
extern "C" {
    type Element;
    #[wasm_bindgen(catch, js_namespace = document, js_name = getElementById)]
    fn element(id: &str) -> Result<Option<Element>, JsValue>;
    #[wasm_bindgen(method)]
    fn append(this: &Element, text: &str);
    /// What `tests/hosts/run.mjs` prints, where there is no document.
    #[wasm_bindgen(js_name = __wbgtest_og_console_log)]
    fn print(line: &str);
}

/// Writes a line where the runner reads the results from: what a test logs it shows only when that fails.
fn tell(line: &str) {
    match element("output") {
        Ok(place) => place
            .expect("the runner's page has a place for results")
            .append(&format!("{line}\n")),
        Err(_) => print(line),
    }
}

/// Runs a test, unless it does not apply here.
async fn run<F: Future<Output = ()>>(name: &str, test: fn() -> F) {
    if let Some(reason) = differences::not_applicable::<Web>(name) {
        tell(&differences::line::<Web>(name, reason));
        return;
    }
    insula_tests::programs::<Web>();
    let done = within::<Web, _>(LIMIT, test()).await;
    assert!(
        done.is_some(),
        "{name} hangs: it is not done after {LIMIT:?}"
    );
}

macro_rules! tests {
    ($($module:ident: $($name:ident)+;)+) => {
        $($(
            #[wasm_bindgen_test]
            async fn $name() {
                run(stringify!($name), insula_tests::$module::$name::<Web>).await;
            }
        )+)+
    };
}

insula_tests::suite!(tests);
