//! What relative URLs are relative to: the page, also in a worker.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

use crate::js;

thread_local! {
    /// What the root has told this worker.
    static TOLD: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The URL that relative ones are relative to in this application: the page's, or that of the worker that the application
/// began in. Where a host has neither (Deno, Bun) it is the program's own URL. It is the same in each of its isolates.
///
/// A worker's own relative URLs are relative to its script, and a bundler may have put that anywhere. So a job that fetches
/// `"data.json"` finds it on the page and not in a worker. Joined to this URL it is found in both.
///
/// `Isolate::spawn_uri` of a script does this by itself, wherever it is called.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// fn where_the_data_is(name: String) -> String {
///     let base = insula::web::base_url();
///     let url = web_sys::Url::new_with_base(&name, &base).expect("the name is a URL");
///     url.href()
/// }
///
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # async fn example() -> Result<(), insula::Error> {
/// let runner = insula::IsolateRunner::spawn().await?;
/// let there = runner.run(where_the_data_is, "data.json".to_owned()).await?;
/// assert_eq!(there, where_the_data_is("data.json".to_owned()));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn base_url() -> String {
    TOLD.with_borrow(Clone::clone).unwrap_or_else(js::own_base)
}

/// The root has told this worker, with what it is to run.
pub(crate) fn set(told: &JsValue) {
    TOLD.set(told.as_string());
}
