//! What only browsers have.

pub use crate::root::{
    options::{Options, configure},
    record::worker_count,
};

#[cfg(feature = "gloo")]
#[doc(inline)]
pub use crate::gloo::face as gloo;

/// The URL of `isolate.js`, which a JavaScript module imports to take part as an isolate.
///
/// The file needs no build and may lie anywhere: this is where wasm-bindgen has put it, a `blob:` URL or, with its
/// `--split-linked-modules`, a file beside the glue. Scripts that can't know that import a copy, or from the URL
/// in their arguments.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// let url = insula::web::isolate_module_url();
/// assert!(url.starts_with("blob:") || url.ends_with("isolate.js"), "{url}");
/// # }
/// ```
#[cfg(feature = "js")]
#[must_use]
pub fn isolate_module_url() -> String {
    wasm_bindgen::link_to!(module = "/src/isolate.js")
}

/// Wraps an `ArrayBuffer`, such as a fetched document, without copying it into wasm memory.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// let fetched = js_sys::Uint8Array::from(b"photos".as_slice()).buffer();
/// let data = insula::web::transferable_from_array_buffer(fetched);
/// assert_eq!(data.materialize().unwrap(), b"photos"); // here, or in the worker it is sent to
/// # }
/// ```
#[must_use]
pub fn transferable_from_array_buffer(buffer: js_sys::ArrayBuffer) -> crate::TransferableTypedData {
    crate::TransferableTypedData::from_buffer(crate::Buffer::new(buffer))
}
