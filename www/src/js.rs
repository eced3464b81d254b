//! The browser, as far as the page needs it. Everything here belongs to the page: a worker calls none of it.

use std::fmt;

use js_sys::{ArrayBuffer, JSON, Promise, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, EventTarget, MediaQueryList, Response, UrlSearchParams, Window};

/// Something that stopped the page, in words for its reader.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl Fault {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What a failed call into the browser says.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the shape that `map_err` wants"
    )]
    pub(crate) fn js(value: JsValue) -> Self {
        match value.dyn_ref::<js_sys::Error>() {
            Some(error) => Self(String::from(error.to_string())),
            None => Self(format!("{value:?}")),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the application runs on the page, never in a worker"
)]
pub(crate) fn window() -> Window {
    web_sys::window().expect("the application runs where there is a window")
}

pub(crate) fn document() -> Document {
    window().document().expect("a page has a document")
}

/// Milliseconds since the page was opened.
pub(crate) fn now_ms() -> f64 {
    window()
        .performance()
        .expect("every browser with WebAssembly has this clock")
        .now()
}

/// Waits until the browser is about to draw.
pub(crate) async fn next_frame() -> Result<(), Fault> {
    let mut requested = Ok(0);
    let frame =
        Promise::new(&mut |resolve, _| requested = window().request_animation_frame(&resolve));
    requested.map_err(Fault::js)?;
    JsFuture::from(frame).await.map_err(Fault::js)?;
    Ok(())
}

/// Fetches bytes into the browser's memory, not into that of this module.
pub(crate) async fn fetch(address: &str) -> Result<ArrayBuffer, Fault> {
    let failed = |error| {
        Fault::new(format!(
            "{address} could not be fetched: {}",
            Fault::js(error)
        ))
    };
    let response = JsFuture::from(window().fetch_with_str(address))
        .await
        .map_err(failed)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(Fault::new(format!(
            "{address} could not be fetched: status {}",
            response.status()
        )));
    }
    let bytes = JsFuture::from(response.array_buffer().map_err(failed)?)
        .await
        .map_err(failed)?;
    Ok(bytes.unchecked_into())
}

/// Puts a value where a driver finds it, as `window.name`.
pub(crate) fn publish<T: Serialize>(name: &str, value: &T) -> Result<(), Fault> {
    let value = JSON::parse(&serde_json::to_string(value)?).map_err(Fault::js)?;
    Reflect::set(&window(), &name.into(), &value).map_err(Fault::js)?;
    Ok(())
}

/// Calls `callback` at each event of this kind, for the rest of the page's life.
pub(crate) fn listen(
    target: &EventTarget,
    event: &str,
    callback: impl FnMut() + 'static,
) -> Result<(), Fault> {
    let callback = Closure::<dyn FnMut()>::new(callback).into_js_value();
    target
        .add_event_listener_with_callback(event, callback.unchecked_ref())
        .map_err(Fault::js)
}

/// Whether the page's address has `?name`.
pub(crate) fn query_has(name: &str) -> Result<bool, Fault> {
    let query = window().location().search().map_err(Fault::js)?;
    Ok(UrlSearchParams::new_with_str(&query)
        .map_err(Fault::js)?
        .has(name))
}

/// Changes when the reader turns to dark or to light.
pub(crate) fn dark_mode() -> Result<MediaQueryList, Fault> {
    media("(prefers-color-scheme: dark)")
}

/// Matches when the reader wants little motion.
pub(crate) fn reduced_motion() -> Result<MediaQueryList, Fault> {
    media("(prefers-reduced-motion: reduce)")
}

fn media(query: &str) -> Result<MediaQueryList, Fault> {
    let found = window().match_media(query).map_err(Fault::js)?;
    found.ok_or_else(|| Fault::new(format!("this browser knows no `{query}`")))
}

/// Puts a text on the reader's clipboard.
pub(crate) async fn copy(text: &str) -> Result<(), Fault> {
    let written = window().navigator().clipboard().write_text(text);
    JsFuture::from(written).await.map_err(Fault::js)?;
    Ok(())
}
