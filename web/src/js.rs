//! Every import from JavaScript that web-sys does not have in this form.

use std::panic::AssertUnwindSafe;

use js_sys::{Array, ArrayBuffer, Function, Object, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Url, Worker};

/// The largest whole number that JavaScript tells from the next.
const MAX_NUMBER: f64 = 9_007_199_254_740_991.0;

#[wasm_bindgen(module = "/src/worker.js")]
extern "C" {
    /// Makes a worker from `url`, or from the loader itself.
    #[wasm_bindgen(catch, js_name = createWorker)]
    pub(crate) fn create_worker(url: Option<String>, name: &str) -> Result<Worker, JsValue>;

    #[wasm_bindgen(js_name = probe)]
    fn probe_script(id: f64, url: Option<String>, is_first: bool, glue: &str, done: &Function);

    #[wasm_bindgen(js_name = ownBase)]
    fn base_of(glue: &str) -> String;

    #[wasm_bindgen(js_name = hasGlobal)]
    fn has_global(name: &str) -> bool;

    /// A JavaScript error as text.
    #[wasm_bindgen(js_name = textOf)]
    pub(crate) fn text_of(error: &JsValue) -> String;

    /// Where an error event has happened, and behind a line feed what. `None` where the engine does not say. The event has no
    /// other effect.
    #[wasm_bindgen(js_name = heardIn)]
    pub(crate) fn heard_in(event: &JsValue) -> Option<String>;

    /// A URL that is there until it is revoked, or this worker ends.
    ///
    /// # Errors
    /// What the engine says.
    #[wasm_bindgen(catch, js_name = makeUrl)]
    pub(crate) fn make_url() -> Result<String, JsValue>;

    /// Whether a blob's URL is there, without waiting for the event loop: only in workers.
    #[wasm_bindgen(js_name = isThere)]
    pub(crate) fn url_is_there(url: &str) -> bool;

    /// A URL that may be relative to `base`.
    #[wasm_bindgen(catch, js_name = resolveUrl)]
    pub(crate) fn resolve_url(url: &str, base: &str) -> Result<String, JsValue>;

    /// Calls `done` with `name` when the lock of that name is free. False where there are no
    /// locks.
    #[wasm_bindgen(js_name = awaitLock)]
    pub(crate) fn await_lock(name: &str, done: &Function) -> bool;

    /// Calls `code`. What it throws stops here.
    #[wasm_bindgen(catch)]
    fn call(code: &mut dyn FnMut()) -> Result<(), JsValue>;

    /// Calls `flush` when this worker has failed, before the root hears of that.
    // It throws nothing. Of the functions that wasm can import without glue, a second one would make the glue name this
    // script twice in one object, of which esbuild warns.
    #[wasm_bindgen(catch, js_name = flushOnError)]
    pub(crate) fn flush_on_error(flush: &Function) -> Result<(), JsValue>;

    /// The names of what a module imports and exports.
    #[cfg(not(feature = "bundler-target"))]
    #[wasm_bindgen(js_name = namesOf)]
    pub(crate) fn names_of(module: &JsValue) -> String;
    /// The key under which an object has a value.
    #[wasm_bindgen(js_name = keyOf)]
    pub(crate) fn key_of(object: &JsValue, value: &JsValue) -> Option<String>;

    /// A message of frames that have nothing but functions beside their bytes.
    #[wasm_bindgen]
    pub(crate) fn compose(to: f64, kind: u32, bytes: &[u8], functions: &[u8]) -> Array;
    /// Posts such a message to a worker or a port, or to this worker's parent.
    #[wasm_bindgen(js_name = postFrames)]
    pub(crate) fn post_frames(target: &JsValue, to: f64, kind: u32, bytes: &[u8], functions: &[u8]);
    /// The bytes that stand in a message, if they are bytes.
    #[wasm_bindgen]
    pub(crate) fn unpack(data: &JsValue) -> Option<Vec<u8>>;
    /// Hands on what comes from a worker or a port, or from this worker's parent: such messages to `frames`, and to `other`
    /// what else is ours.
    // It throws nothing; see `flush_on_error`.
    #[wasm_bindgen(catch)]
    pub(crate) fn hear(
        target: &JsValue,
        own: f64,
        frames: &Function,
        other: &Function,
    ) -> Result<(), JsValue>;

    /// Throws through whatever code runs in this worker. No error is reported.
    #[wasm_bindgen]
    pub(crate) fn leave();

    /// What this worker was started with; `undefined` where it was not started by the loader.
    #[wasm_bindgen(js_name = takeBoot)]
    pub(crate) fn take_boot() -> Option<Boot>;
}

#[wasm_bindgen]
extern "C" {
    /// The loader's note to the isolate.
    pub(crate) type Boot;
    /// The message that said what to run.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn message(this: &Boot) -> Array;
    /// What arrived before the isolate listened.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn backlog(this: &Boot) -> Array;
    /// Whether this worker holds the lock that is its sign of life.
    #[wasm_bindgen(method, getter, js_name = holdsLock)]
    pub(crate) fn holds_lock(this: &Boot) -> bool;
    /// `null` tells the loader that the isolate listens itself.
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_backlog(this: &Boot, backlog: JsValue);

    /// <https://developer.mozilla.org/docs/Web/API/Window/setTimeout>, also in workers.
    #[wasm_bindgen(js_name = setTimeout)]
    pub(crate) fn set_timeout(callback: &Function, after_ms: i32) -> JsValue;
    /// <https://developer.mozilla.org/docs/Web/API/Window/clearTimeout>, also in workers.
    #[wasm_bindgen(js_name = clearTimeout)]
    pub(crate) fn clear_timeout(handle: &JsValue);
    /// <https://developer.mozilla.org/docs/Web/API/Window/queueMicrotask>, also in workers.
    #[wasm_bindgen(js_name = queueMicrotask)]
    pub(crate) fn queue_microtask(callback: &Function);

    /// <https://developer.mozilla.org/docs/Web/API/Performance/now>
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn performance_now() -> f64;
    /// <https://developer.mozilla.org/docs/Web/API/Crypto/getRandomValues>
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &Uint8Array);
    /// <https://developer.mozilla.org/docs/Web/API/Navigator/hardwareConcurrency>
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = hardwareConcurrency)]
    pub(crate) static HARDWARE_CONCURRENCY: Option<f64>;

    /// <https://developer.mozilla.org/docs/Web/API/DedicatedWorkerGlobalScope/postMessage>
    #[wasm_bindgen(js_namespace = self, js_name = postMessage, catch)]
    pub(crate) fn post_to_parent(message: &JsValue, transfer: &Array) -> Result<(), JsValue>;
    /// <https://developer.mozilla.org/docs/Web/API/DedicatedWorkerGlobalScope/close>
    #[wasm_bindgen(js_namespace = self, js_name = close)]
    pub(crate) fn close_self();

    /// <https://developer.chrome.com/docs/devtools/performance/extension>: with more than a label it is of Chromium alone. Others
    /// draw a mark with the label, or nothing.
    #[cfg(feature = "devtools")]
    #[wasm_bindgen(js_namespace = console, js_name = timeStamp, catch)]
    pub(crate) fn time_stamp(
        label: &str,
        start: f64,
        end: f64,
        track: &str,
        group: &str,
        color: &str,
    ) -> Result<(), JsValue>;
    /// <https://developer.mozilla.org/docs/Web/API/Performance/measure>
    #[cfg(feature = "devtools")]
    #[wasm_bindgen(js_namespace = performance, js_name = measure, catch)]
    pub(crate) fn measure(name: &str, options: &JsValue) -> Result<JsValue, JsValue>;

    /// The URL of the glue that loaded this module.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    pub(crate) static GLUE_URL: String;
}

/// So many random bytes. Not written into wasm memory by the browser: it refuses memory that is shared.
pub(crate) fn random_bytes(count: usize) -> Vec<u8> {
    let count = u32::try_from(count).expect("wasm32 has no longer slices");
    let bytes = Uint8Array::new_with_length(count);
    get_random_values(&bytes);
    bytes.to_vec()
}

/// Whether this thread is a page's, which has a document.
pub(crate) fn is_page() -> bool {
    has_global("document")
}

/// What relative URLs are relative to in this document, or in this worker by itself.
pub(crate) fn own_base() -> String {
    GLUE_URL.with(|glue| base_of(glue))
}

/// Whether workers can be made here.
pub(crate) fn has_workers() -> bool {
    has_global("Worker")
}

/// Whether a worker fires `close` when it has ended, as in Bun, which has no locks.
pub(crate) fn workers_tell_their_end() -> bool {
    has_global("Bun")
}

/// Whether the error that has ended a worker is told before what the worker had sent: in Deno, where the two have ways of
/// their own.
pub(crate) fn errors_overtake_messages() -> bool {
    !field(&js_sys::global(), "Deno").is_undefined()
}

/// Whether a page can demand here that a policy vouches for its scripts.
pub(crate) fn has_trusted_types() -> bool {
    has_global("trustedTypes")
}

/// Calls `done` with `id`, the reason why the script at `url`, or the loader, is no script for this page, and whether it is
/// there at all. `is_first`: it is the script that a worker starts with.
pub(crate) fn probe(id: f64, url: Option<String>, is_first: bool, done: &Function) {
    GLUE_URL.with(|glue| probe_script(id, url, is_first, glue, done));
}

/// Runs `code`, which catches its own panics.
///
/// # Errors
/// What JavaScript has thrown through it.
pub(crate) fn shield<R>(code: impl FnOnce() -> R) -> Result<R, JsValue> {
    let (mut code, mut result) = (AssertUnwindSafe(Some(code)), None);
    // Nothing looks at it before the call has returned.
    let mut returned = AssertUnwindSafe(&mut result);
    let outcome = call(&mut move || **returned = code.take().map(|code| code()));
    outcome.map(|()| result.expect("it is called once, and has returned"))
}

pub(crate) fn revoke_url(url: &str) {
    // A URL that is not there is revoked already.
    let _ = Url::revoke_object_url(url);
}

/// The bytes of a slice and of another, in one new array outside wasm memory.
pub(crate) fn concat(parts: &[&[u8]]) -> Uint8Array {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let array =
        Uint8Array::new_with_length(u32::try_from(length).expect("wasm32 has no longer slices"));
    let mut at = 0;
    for part in parts {
        let end = at + u32::try_from(part.len()).expect("wasm32 has no longer slices");
        array.subarray(at, end).copy_from(part);
        at = end;
    }
    array
}

/// A copy of a buffer in wasm memory.
pub(crate) fn bytes_of(buffer: &ArrayBuffer) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}

/// A number of at most 53 bits, which all of ours are: isolates and ports have 52, and the others count from 0.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(crate) fn number(number: u64) -> JsValue {
    (number as f64).into()
}

/// What [`number`] has made, in a message that any code may have written.
pub(crate) fn number_of(value: &JsValue) -> Option<u64> {
    whole(value.as_f64()?)
}

/// As [`number_of`], for what is a number already.
pub(crate) fn whole(number: f64) -> Option<u64> {
    let is_whole = number.fract() == 0.0 && (0.0..=MAX_NUMBER).contains(&number);
    is_whole.then_some(number as u64)
}

/// A field of an object; `undefined` when it has none.
pub(crate) fn field(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// An object with these fields.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a fresh plain object can't fail.
        let _ = js_sys::Reflect::set(&object, &(*name).into(), value);
    }
    object
}
