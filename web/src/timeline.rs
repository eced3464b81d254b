//! What isolates do, as the browser's developer tools show it: a track an isolate, in a group of its own.

use std::{cell::Cell, time::Duration};

use insula_core::contract::Drawn;
use wasm_bindgen::JsValue;

use crate::js;

/// The group of all tracks.
const GROUP: &str = "insula";

/// How many jobs become entries of the page's timeline, which keeps them for ever.
const MOST_ENTRIES: u32 = 10_000;

thread_local! {
    static IS_DRAWING: Cell<bool> = const { Cell::new(false) };
    static ENTRIES: Cell<u32> = const { Cell::new(0) };
}

/// Has the browser's developer tools show what isolates do, from now on or no more: what the calling isolate does, and the jobs
/// of its pools. An application calls it in the function marked `#[wasm_bindgen(start)]`, which runs in each worker too.
///
/// In Chromium's Performance panel each isolate has a track with its name, in the group `insula`: an entry for each event, and
/// one with its label for each job of a pool. The jobs are also entries of `performance.getEntriesByType('measure')`, in every
/// browser, up to 10,000 of them.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// // In an application: `#[wasm_bindgen::prelude::wasm_bindgen(start)]`.
/// fn start() {
///     insula::web::draw_timeline(true);
///     insula::main(async || Ok::<(), insula::Error>(()));
/// }
/// # start();
/// # insula::web::draw_timeline(false);
/// # }
/// ```
pub fn draw_timeline(on: bool) {
    IS_DRAWING.set(on);
}

pub(crate) fn is_drawing() -> bool {
    IS_DRAWING.get()
}

pub(crate) fn draw(drawn: &Drawn<'_>) {
    let name = drawn.label.unwrap_or(drawn.kind);
    let (begin, end) = (ms(drawn.begin), ms(drawn.end));
    let color = color_of(drawn.kind);
    if let Some(waited) = drawn.waited
        && ENTRIES.get() < MOST_ENTRIES
    {
        ENTRIES.set(ENTRIES.get() + 1);
        let properties = properties(&[
            ("isolate", drawn.isolate.to_owned()),
            ("waited", format!("{waited:?}")),
            (
                "ran",
                format!("{:?}", drawn.end.saturating_sub(drawn.begin)),
            ),
        ]);
        let devtools = js::object(&[
            ("dataType", "track-entry".into()),
            ("track", drawn.isolate.into()),
            ("trackGroup", GROUP.into()),
            ("color", color.into()),
            ("properties", properties),
        ]);
        let detail = js::object(&[("devtools", devtools.into())]);
        let options = js::object(&[
            ("start", begin.into()),
            ("end", end.into()),
            ("detail", detail.into()),
        ]);
        // A host without it shows nothing.
        let _ = js::measure(name, &options);
        return;
    }
    let _ = js::time_stamp(name, begin, end, drawn.isolate, GROUP, color);
}

fn properties(pairs: &[(&str, String)]) -> JsValue {
    let pairs = pairs
        .iter()
        .map(|(name, value)| js_sys::Array::of2(&(*name).into(), &value.as_str().into()));
    pairs.collect::<js_sys::Array>().into()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// One of the colours that the panel has.
fn color_of(kind: &str) -> &'static str {
    match kind {
        "job" => "primary",
        "message" => "secondary",
        "timer" | "wake" | "microtasks" => "tertiary",
        "end" => "primary-dark",
        _ => "secondary-dark",
    }
}
