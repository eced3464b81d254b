//! In place of `room.rs` where there are no scripts: no message has a value, and the compiler leaves out what would carry one.

use wasm_bindgen::JsValue;

/// There is none.
#[derive(Debug)]
pub(crate) enum Value {}

impl Value {
    pub(crate) fn into_js(self) -> JsValue {
        match self {}
    }
}

/// What came in the place of a value.
pub(crate) fn value_of(_: JsValue) -> Option<Value> {
    None
}
