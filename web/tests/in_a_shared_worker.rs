//! An application in a shared worker. Isolates start where the browser has `Worker` there.
#![cfg(target_arch = "wasm32")]

mod common;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_shared_worker);

anywhere_tests!(compute_runs a_runner_starts_where_there_are_workers);
