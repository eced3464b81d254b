//! Where `isolate.js` is.

use std::cell::RefCell;

use crate::js;

thread_local! {
    /// Made once: wasm-bindgen makes another `blob:` URL each time, which stays as long as the page.
    static URL: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The URL of `isolate.js`, which a JavaScript module imports to take part as an isolate.
///
/// The file needs no build and may lie anywhere: this is where wasm-bindgen has put it, a `blob:` URL or, with its
/// `--split-linked-modules`, a file beside the glue. Scripts that can't know that import a copy, or from the URL
/// in their arguments. It is the same each time, until [`shut_down`](crate::web::shut_down).
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// let url = insula::web::isolate_module_url();
/// assert!(url.starts_with("blob:") || url.ends_with("isolate.js"), "{url}");
/// # }
/// ```
#[must_use]
pub fn isolate_module_url() -> String {
    URL.with_borrow_mut(|url| {
        url.get_or_insert_with(|| wasm_bindgen::link_to!(module = "/src/isolate.js"))
            .clone()
    })
}

/// Gives the URL up.
pub(crate) fn revoke() {
    if let Some(url) = URL.take() {
        js::revoke_url(&url);
    }
}
