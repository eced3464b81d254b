//! A worker that the root has made.

use std::{cell::Cell, rc::Rc};

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker};

use crate::{ids::IsolateId, protocol::plain, turn::driver};

/// Handles a message that came from a worker.
pub(super) type Receive = fn(IsolateId, &Array);

/// Ends the worker when it is dropped.
pub(super) struct OwnWorker {
    worker: Worker,
    // The worker calls them until it ends.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl OwnWorker {
    /// Listens to a worker. `received` counts what comes from it.
    pub(super) fn new(
        id: IsolateId,
        worker: Worker,
        received: Rc<Cell<u32>>,
        receive: Receive,
        failed: fn(IsolateId, &Event),
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
        Self {
            worker,
            _on_message: on_message,
            _on_error: on_error,
        }
    }
}

impl Drop for OwnWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
    }
}
