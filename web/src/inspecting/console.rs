//! `insula.inspect()` in the browser's console.

use std::{cell::Cell, time::Duration};

use insula_core::{
    inspect::{Inspection, within},
    spawn_local,
};
use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::console;

use crate::{Web, js, log, side};

/// How long isolates have to answer, unless told otherwise.
const LIMIT: Duration = Duration::from_millis(500);

/// The name under which the page has it.
const NAME: &str = "insula";

thread_local! {
    static IS_THERE: Cell<bool> = const { Cell::new(false) };
}

/// Makes `insula.inspect()` available in the browser's console, for whoever debugs the page.
///
/// There it prints a table of the isolates, one of the pools, and what stands out as warnings. It takes for how many milliseconds
/// isolates may be waited for, 500 unless told otherwise, and gives a promise of the same as text: in the developer tools
/// `copy(await insula.inspect())` takes that to a report. See [`inspect::within`](crate::inspect::within).
///
/// An application that does not call this has no code for it. In an isolate it does nothing: the console of the page is the one
/// that people see. A value that the page has under the name `insula` keeps its other fields.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// async fn app() -> Result<(), insula::Error> {
///     insula::web::inspect_in_console();
///     Ok(())
/// }
/// # insula::main(app);
/// # }
/// ```
pub fn inspect_in_console() {
    if !side::is_root() || IS_THERE.replace(true) {
        return;
    }
    let call = Closure::<dyn FnMut(Option<f64>) -> Promise>::new(call);
    let global = js_sys::global();
    let known = js::field(&global, NAME);
    let place = if known.is_object() {
        known
    } else {
        js_sys::Object::new().into()
    };
    let is_set = Reflect::set(&place, &"inspect".into(), &call.into_js_value());
    let is_placed = Reflect::set(&global, &NAME.into(), &place);
    if is_set != Ok(true) || is_placed != Ok(true) {
        log::error(
            "`insula.inspect` is not there: something else has the name `insula`, and can't be changed",
        );
    }
}

fn call(limit_ms: Option<f64>) -> Promise {
    let limit = limit_ms.map_or(LIMIT, |limit_ms| Duration::from_millis(limit_ms as u64));
    Promise::new(&mut |resolve, _| {
        spawn_local::<Web>(async move {
            let now = within::<Web>(limit).await;
            print(&now);
            // A promise's own function throws nothing.
            let _ = resolve.call1(&JsValue::UNDEFINED, &now.to_string().into());
        });
    })
}

fn print(now: &Inspection) {
    let isolates = now.isolates.iter();
    table(isolates.map(|isolate| row(&isolate.cells())));
    if !now.pools.is_empty() {
        table(now.pools.iter().map(|pool| row(&pool.cells())));
    }
    for finding in now.findings() {
        console::warn_1(&finding.to_string().into());
    }
}

fn table(rows: impl Iterator<Item = JsValue>) {
    console::table_1(&rows.collect::<Array>());
}

fn row(cells: &[(&str, String)]) -> JsValue {
    let fields: Vec<(&str, JsValue)> = cells
        .iter()
        .map(|(head, text)| (*head, text.as_str().into()))
        .collect();
    js::object(&fields).into()
}
