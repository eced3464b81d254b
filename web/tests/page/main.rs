//! What isolates in workers do beyond the suite, in an application that begins on a page. One program for all, as each has
//! a browser to start.
#![cfg(target_arch = "wasm32")]

mod base_url;
mod bursts;
mod channels;
mod checkpoints;
#[path = "../common/mod.rs"]
mod common;
mod compute_pool;
mod deaths;
mod foreign;
#[cfg(feature = "gloo")]
mod gloo;
#[cfg(feature = "js")]
mod hostile_scripts;
mod inspect;
mod nested;
mod pages;
mod panics;
mod recordings;
#[cfg(all(feature = "log", feature = "tracing"))]
mod records;
mod refused_workers;
#[cfg(feature = "js")]
mod script_failures;
#[cfg(feature = "js")]
mod scripts;
#[cfg(feature = "js")]
mod served;
#[cfg(feature = "devtools")]
mod timeline;
mod timeouts;
mod workers;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
