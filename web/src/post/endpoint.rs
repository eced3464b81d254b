//! Where messages can be posted: a worker, the root that made this one, a port of a channel, a bridge of gloo's.

use js_sys::{Array, Function};
use wasm_bindgen::{JsValue, prelude::*};
use web_sys::{MessagePort, Worker};

use crate::{
    ids::{self, IsolateId},
    js, log,
    protocol::{
        batch::{BUFFERS_FROM, Batch},
        plain::Posted,
    },
};

/// The other end of a way that messages take.
pub(crate) trait Endpoint {
    /// Posts a message, and transfers to the other end what is listed.
    ///
    /// # Errors
    /// What the engine refuses.
    fn try_post(&self, message: &JsValue, transfer: &Array) -> Result<(), JsValue>;

    /// Posts frames that have nothing beside them. In one call where that is possible.
    fn post_frames(&self, batch: Batch, to: IsolateId) {
        self.post(&batch.into_js(to));
    }

    /// Whether what is listed is transferred; otherwise it is copied.
    fn transfers(&self) -> bool {
        true
    }

    /// Posts a message of ours, without its buffers when the engine refuses one: it may have been transferred
    /// before, or be the memory of a module. The receiver then finds its data gone.
    fn post(&self, (message, transfer): &Posted) {
        let Err(error) = self.try_post(message, transfer) else {
            return;
        };
        log::dropped(&format!("its buffers: {}", js::text_of(&error)));
        message.set_length(BUFFERS_FROM.min(message.length()));
        // Numbers and bytes of ours can always be cloned.
        let _ = self.try_post(message, &Array::new());
    }
}

impl Endpoint for Worker {
    fn try_post(&self, message: &JsValue, transfer: &Array) -> Result<(), JsValue> {
        self.post_message_with_transfer(message, transfer)
    }

    fn post_frames(&self, batch: Batch, to: IsolateId) {
        if let Some(batch) = batch.post_to(self, to) {
            self.post(&batch.into_js(to));
        }
    }
}

impl Endpoint for MessagePort {
    fn try_post(&self, message: &JsValue, transfer: &Array) -> Result<(), JsValue> {
        self.post_message_with_transferable(message, transfer)
    }

    fn post_frames(&self, batch: Batch, to: IsolateId) {
        if let Some(batch) = batch.post_to(self, to) {
            self.post(&batch.into_js(to));
        }
    }
}

/// Takes for whom frames are, their bytes, and their functions.
type Frames = dyn FnMut(f64, Vec<u8>, Vec<u8>);

/// What is called with messages, as long as it is kept.
pub(crate) struct Listener {
    frames: Closure<Frames>,
    other: Closure<dyn FnMut(Array)>,
}

impl Listener {
    /// `frames` gets those that are bytes and functions alone, and for whom they are; `other` gets the other messages of ours.
    pub(crate) fn new(
        mut frames: impl FnMut(Option<u64>, Vec<u8>, Vec<u8>) + 'static,
        other: impl FnMut(Array) + 'static,
    ) -> Self {
        let frames = move |to, bytes, functions| frames(js::whole(to), bytes, functions);
        Self {
            frames: Closure::own_assert_unwind_safe(frames),
            other: Closure::own_assert_unwind_safe(other),
        }
    }

    /// Listens to a worker or a port, or to this worker's parent.
    pub(crate) fn hear(&self, target: &JsValue) {
        let [frames, other]: [&Function; 2] = [
            self.frames.as_ref().unchecked_ref(),
            self.other.as_ref().unchecked_ref(),
        ];
        // It throws nothing.
        let _ = js::hear(target, ids::own().as_f64(), frames, other);
    }
}
