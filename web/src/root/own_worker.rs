//! A worker that the root has made.

use std::{cell::Cell, rc::Rc};

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Worker;

use crate::{ids::IsolateId, js, post::endpoint::Listener, protocol::plain, turn::driver};

/// What handles messages that came from a worker.
#[derive(Clone, Copy)]
pub(super) struct Receive {
    /// Those that are frames alone, for an isolate.
    pub(super) frames: fn(IsolateId, IsolateId, Vec<u8>, &[u8]),
    pub(super) other: fn(IsolateId, &Array),
}

/// What Bun fires at a worker that has ended.
const CLOSE: &str = "close";

/// Ends the worker when it is dropped.
pub(super) struct OwnWorker {
    worker: Worker,
    // The worker calls them until it ends.
    _on_message: Listener,
    _on_error: Closure<dyn FnMut(JsValue)>,
    on_close: Option<Closure<dyn FnMut()>>,
}

impl OwnWorker {
    /// Listens to a worker. `received` counts what comes from it.
    pub(super) fn new(
        id: IsolateId,
        worker: Worker,
        received: Rc<Cell<u32>>,
        receive: Receive,
        failed: fn(IsolateId, &JsValue),
        closed: fn(IsolateId),
    ) -> Self {
        let counted = received.clone();
        let count = move || counted.set(counted.get().wrapping_add(1));
        let count_other = count.clone();
        let on_message = Listener::new(
            move |to, bytes, functions| {
                count();
                (receive.frames)(id, plain::addressee(to), bytes, &functions);
                driver::run();
            },
            move |message| {
                count_other();
                (receive.other)(id, &message);
                driver::run();
            },
        );
        let on_error = Closure::<dyn FnMut(_)>::new(move |event: JsValue| {
            failed(id, &event);
            driver::run();
        });
        on_message.hear(&worker);
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        let on_close = js::workers_tell_their_end().then(|| {
            Closure::<dyn FnMut()>::new(move || {
                closed(id);
                driver::run();
            })
        });
        if let Some(on_close) = &on_close {
            // It fails for no event.
            let _ =
                worker.add_event_listener_with_callback(CLOSE, on_close.as_ref().unchecked_ref());
        }
        Self {
            worker,
            _on_message: on_message,
            _on_error: on_error,
            on_close,
        }
    }
}

impl Drop for OwnWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        if let Some(on_close) = &self.on_close {
            let _ = self
                .worker
                .remove_event_listener_with_callback(CLOSE, on_close.as_ref().unchecked_ref());
        }
        self.worker.terminate();
    }
}
