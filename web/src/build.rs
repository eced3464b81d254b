//! What tells two builds of a program apart.

use std::hash::{Hash, Hasher};

use js_sys::WebAssembly;
use wasm_bindgen::{JsCast, JsValue};

use crate::{hash::Fnv, js};

/// The identity of this build: equal for instances of one module, different as soon as a function was
/// added or removed, or the optimizer ran differently.
///
/// It covers the names of everything the module imports and exports (wasm-bindgen puts hashes in
/// them; with `bundler-target` only the exports), the length of the function table, and where in it functions of this file are.
pub(crate) fn identity() -> String {
    let mut hasher = Fnv::default();
    names().hash(&mut hasher);
    let table: WebAssembly::Table = wasm_bindgen::function_table().unchecked_into();
    table.length().hash(&mut hasher);
    (identity as fn() -> String as usize).hash(&mut hasher);
    (table_name as fn() -> Option<String> as usize).hash(&mut hasher);
    (module as fn() -> JsValue as usize).hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The name under which the module exports its function table.
///
/// `None` when it does not, which wasm-bindgen prevents by `function_table` being used here.
pub(crate) fn table_name() -> Option<String> {
    TABLE_NAME.with(Clone::clone)
}

thread_local! {
    /// The search takes as long as a spawn may not.
    static TABLE_NAME: Option<String> = find_table();
}

fn find_table() -> Option<String> {
    js::key_of(&wasm_bindgen::exports(), &wasm_bindgen::function_table())
}

#[cfg(feature = "bundler-target")]
fn export_names() -> Vec<String> {
    let exports = wasm_bindgen::exports();
    let names = js_sys::Object::keys(exports.unchecked_ref::<js_sys::Object>());
    names.iter().filter_map(|name| name.as_string()).collect()
}

/// The names of what the module imports and exports.
#[cfg(not(feature = "bundler-target"))]
fn names() -> String {
    js::names_of(&wasm_bindgen::module())
}

/// The names of what the module exports: with `--target bundler` its imports are not known.
#[cfg(feature = "bundler-target")]
fn names() -> Vec<String> {
    export_names()
}

/// The compiled module, which can be posted.
#[cfg(not(feature = "bundler-target"))]
pub(crate) fn module() -> JsValue {
    wasm_bindgen::module()
}

/// `undefined`: with `--target bundler` each worker loads its own.
#[cfg(feature = "bundler-target")]
pub(crate) fn module() -> JsValue {
    JsValue::UNDEFINED
}
