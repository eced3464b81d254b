//! Isolates that start isolates, in an application that begins on a page.

use wasm_bindgen_test::wasm_bindgen_test;

crate::nested_tests!();
