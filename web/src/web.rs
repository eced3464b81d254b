//! What only browsers have.

pub use crate::{
    base_url::base_url,
    inspecting::console::inspect_in_console,
    root::{
        options::{Options, configure},
        record::worker_count,
        shut_down::shut_down,
    },
};

#[cfg(feature = "devtools")]
pub use crate::timeline::draw_timeline;

#[cfg(feature = "js")]
pub use crate::isolate_module::isolate_module_url;

#[cfg(feature = "gloo")]
#[doc(inline)]
pub use crate::gloo::face as gloo;

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
