//! Where messages can be posted: a worker, the root that made this one, a port of a channel, a bridge of gloo's.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{MessagePort, Worker};

use crate::{
    js, log,
    protocol::{batch::BUFFERS_FROM, plain::Posted},
};

/// The other end of a way that messages take.
pub(crate) trait Endpoint {
    /// Posts a message, and transfers to the other end what is listed.
    ///
    /// # Errors
    /// What the engine refuses.
    fn try_post(&self, message: &JsValue, transfer: &Array) -> Result<(), JsValue>;

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
}

impl Endpoint for MessagePort {
    fn try_post(&self, message: &JsValue, transfer: &Array) -> Result<(), JsValue> {
        self.post_message_with_transferable(message, transfer)
    }
}
