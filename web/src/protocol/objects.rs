//! JavaScript objects behind numbers. So handles are `Send` here as well, and each object stays with the isolate that owns
//! it.

use std::cell::{Cell, RefCell};

use insula_core::table::Table;
use js_sys::ArrayBuffer;
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    /// What this isolate owns outside wasm memory: the one table of JavaScript objects behind handles.
    static OBJECTS: RefCell<Table<u64, JsValue>> = const { RefCell::new(Table::new()) };
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

/// A number that stands for something outside wasm memory.
#[derive(Debug)]
pub(crate) struct Object(u64);

impl Object {
    pub(crate) fn new(object: JsValue) -> Self {
        let number = NEXT.replace(NEXT.get() + 1);
        OBJECTS.with_borrow_mut(|objects| objects.insert(number, object));
        Self(number)
    }

    pub(crate) fn into_js(self) -> JsValue {
        let object = OBJECTS.with_borrow_mut(|objects| objects.remove(self.0));
        object.expect("an object leaves the table with its handle")
    }
}

impl Default for Object {
    fn default() -> Self {
        Self::new(JsValue::UNDEFINED)
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // Gone already when `into_js` has taken it, or when the worker is being torn down.
        let _ = OBJECTS.try_with(|objects| objects.borrow_mut().remove(self.0));
    }
}

/// A number that stands for bytes outside wasm memory.
#[derive(Debug)]
pub struct Buffer(Object);

impl Buffer {
    pub(crate) fn new(buffer: ArrayBuffer) -> Self {
        Self(Object::new(buffer.into()))
    }

    pub(crate) fn into_js(self) -> ArrayBuffer {
        self.0.into_js().unchecked_into()
    }
}
