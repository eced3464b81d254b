//! The room for a JavaScript value in a message: to a script, or from one.

use wasm_bindgen::JsValue;

use super::objects::Object;

/// What is in that room.
pub(crate) type Value = Object;

/// What came as the value of a message.
pub(crate) fn value_of(value: JsValue) -> Option<Value> {
    Some(Object::new(value))
}
