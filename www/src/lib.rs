//! The page that shows insula in a browser. It runs the programs of examples/ on its own event loop, in a worker
//! and in a pool, beside a meter of its frames. Another pool has isolates that a reader can pause, ping and kill.
//!
//! | file | what |
//! |---|---|
//! | `app.rs` | what the buttons do, one after the other |
//! | `way.rs` | the three ways: the page's own loop, a worker, a pool |
//! | `runs.rs` | photos in the three ways |
//! | `failures.rs` | what a malformed document and a panic look like |
//! | `programs.rs`, `works/` | a card for each of the other programs; what it runs, and the code that it shows |
//! | `route.rs`, `gallery.rs` | live tracking as a picture; pictures side by side |
//! | `panel.rs`, `panel/` | the isolates of a pool at work |
//! | `results.rs` | a chart, and JSON to copy |
//! | `pieces.rs` | a document that stays outside wasm memory, and parts of it |
//! | `frame.rs`, `meter.rs`, `strip.rs`, `surface.rs` | frames as they come, and as pictures; a canvas |
//! | `page.rs`, `js.rs` | the elements of index.html; the browser |
//!
//! A driver reads `window.insulaReport`, the rows so far, `window.insulaPrograms`, the programs so far,
//! and `document.body.dataset.state`: `loading`, `idle`, `running`, `done` or `failed`. `?autorun` in the
//! address starts all three runs.
#![cfg(target_arch = "wasm32")]
#![forbid(unsafe_code)]

mod app;
mod failures;
mod frame;
mod gallery;
mod js;
mod meter;
mod page;
mod panel;
mod pieces;
mod programs;
mod results;
mod route;
mod runs;
mod strip;
mod surface;
mod way;
mod works;

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs in the page and in each of its workers; only the page runs the application.
#[wasm_bindgen(start)]
fn start() {
    insula::main(app::app);
}
