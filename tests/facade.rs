//! The conformance suite through the facade: natively on threads, on wasm32 in the browser.

#[cfg(not(target_arch = "wasm32"))]
#[path = "../native/tests/conformance.rs"]
mod native;

#[cfg(target_arch = "wasm32")]
#[path = "../web/tests/conformance.rs"]
mod web;
