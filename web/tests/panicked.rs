//! A page that has panicked before it knew of isolates. Where panics abort it is for ever in the middle of that panic,
//! so this test has a page of its own.
#![cfg(target_arch = "wasm32")]

mod common;

use std::thread;

use common::{in_time, javascript, no_worker_is_left, runner};
use insula_web::{compute, stream};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn double(number: u32) -> u32 {
    2 * number
}

#[wasm_bindgen_test]
async fn a_page_that_has_panicked_can_use_isolates() {
    let panics = Closure::<dyn FnMut()>::new(|| panic!("before"));
    let call = "(code) => { try { code(); } catch (error) { return String(error); } }";
    let call: js_sys::Function = javascript(call).unchecked_into();
    let thrown = call.call1(&JsValue::UNDEFINED, panics.as_ref());
    assert!(thrown.expect("it is caught").is_string());
    assert_eq!(thread::panicking(), cfg!(panic = "abort"));

    assert_eq!(in_time("compute", compute(double, 2)).await, Ok(4));
    let runner = runner().await;
    assert_eq!(in_time("a job", runner.run(double, 3)).await, Ok(6));
    drop(runner);

    let (sender, mut receiver) = stream::channel::<u32>(1);
    drop(sender);
    let end = in_time("the end", receiver.next()).await;
    assert_eq!(end, None, "what is dropped here is no loss");
    no_worker_is_left().await;
}
