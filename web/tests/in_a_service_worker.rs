//! An application in a service worker. It has no `Worker`, so no isolate starts.
#![cfg(target_arch = "wasm32")]

mod common;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_service_worker);

anywhere_tests!(compute_runs a_runner_starts_where_there_are_workers);
