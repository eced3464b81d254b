//! Callbacks whose errors are told to the isolate of a worker of gloo's.

use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/hosted.js")]
extern "C" {
    /// A callback whose errors are told to the isolate, while this is one of a worker of gloo's.
    #[wasm_bindgen(js_name = guard)]
    pub(crate) fn guarded(callback: &Function) -> Function;
}
