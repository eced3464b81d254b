//! A worker that the root has made.

use std::{cell::Cell, rc::Rc};

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker};

use crate::{ids::IsolateId, js, protocol::plain, turn::driver};

/// Handles a message that came from a worker.
pub(super) type Receive = fn(IsolateId, &Array);

/// What Bun fires at a worker that has ended.
const CLOSE: &str = "close";

/// Ends the worker when it is dropped.
pub(super) struct OwnWorker {
    worker: Worker,
    // The worker calls them until it ends.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
    on_close: Option<Closure<dyn FnMut()>>,
}

impl OwnWorker {
    /// Listens to a worker. `received` counts what comes from it.
    pub(super) fn new(
        id: IsolateId,
        worker: Worker,
        received: Rc<Cell<u32>>,
        receive: Receive,
        failed: fn(IsolateId, &Event),
        closed: fn(IsolateId),
    ) -> Self {
        let on_message =
            Closure::<dyn FnMut(_)>::own_assert_unwind_safe(move |event: MessageEvent| {
                received.set(received.get().wrapping_add(1));
                if let Ok(message) = event.data().dyn_into::<Array>()
                    && plain::is_ours(&message)
                {
                    receive(id, &message);
                    driver::run();
                }
            });
        let on_error = Closure::<dyn FnMut(_)>::new(move |event: Event| {
            event.prevent_default();
            failed(id, &event);
            driver::run();
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
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
