//! The page that shows insula in a browser: `photos` on the page's own
//! event loop, in a worker, and in a pool of them, beside a meter of the page's frames; and the other
//! programs of examples/, in workers.
//!
//! | file | what |
//! |---|---|
//! | `app.rs` | what the buttons do, one after the other |
//! | `runs.rs` | the three ways to decode |
//! | `failures.rs` | what a malformed document and a panic look like |
//! | `programs.rs` | the other programs |
//! | `pieces.rs` | a document that stays outside wasm memory, and parts of it |
//! | `meter.rs`, `strip.rs` | frames as they come, and as pictures |
//! | `page.rs`, `js.rs` | the elements of index.html; the browser |
//!
//! A driver reads `window.insulaReport`, the rows so far, `window.insulaPrograms`, the programs so far,
//! and `document.body.dataset.state`: `loading`, `idle`, `running`, `done` or `failed`. `?autorun` in the
//! address starts all three runs.
#![cfg(target_arch = "wasm32")]
#![forbid(unsafe_code)]

mod app;
mod failures;
mod js;
mod meter;
mod page;
mod pieces;
mod programs;
mod runs;
mod strip;

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs in the page and in each of its workers; only the page runs the application.
#[wasm_bindgen(start)]
fn start() {
    insula::main(app::app);
}
