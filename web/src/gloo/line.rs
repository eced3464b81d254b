//! The root's way to a worker of gloo's: a bridge of its own.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_worker::{Worker, WorkerBridge};
use js_sys::Array;
use wasm_bindgen::JsValue;

use super::{arrived, packet::Packet};
use crate::{frame, js, root};

/// Keeps the worker, as any bridge does, until the isolate is over.
pub(crate) struct Line {
    id: u64,
    send: Box<dyn Fn(Packet)>,
    /// The URL whose end tells the worker, should it be busy, that this line has ended.
    life: Rc<RefCell<Option<String>>>,
}

impl Line {
    /// A way beside `bridge` to the same worker. `received` counts what comes from it.
    pub(super) fn beside<W>(bridge: &WorkerBridge<W>, id: u64, received: Rc<Cell<u32>>) -> Self
    where
        W: Worker<Input: From<Packet>> + 'static,
        Packet: TryFrom<W::Output>,
    {
        let life = Rc::<RefCell<Option<String>>>::default();
        let told = life.clone();
        let bridge = bridge.fork(Some(move |output: W::Output| {
            // An application may send something of its own to all bridges.
            let Ok(packet) = Packet::try_from(output) else {
                return;
            };
            received.set(received.get().wrapping_add(1));
            let told = told.clone();
            arrived(packet, Box::new(move |message| receive(id, message, &told)));
        }));
        let send = Box::new(move |packet: Packet| bridge.send(packet.into()));
        Self { id, send, life }
    }

    /// # Errors
    /// What in the message no packet can carry.
    pub(crate) fn post(&self, message: &JsValue) -> Result<(), JsValue> {
        (self.send)(Packet::of(message)?);
        Ok(())
    }
}

fn receive(id: u64, message: &Array, life: &RefCell<Option<String>>) {
    // What it has sent before it learned of its end.
    if !root::is_alive(id) {
        return;
    }
    if message.get(2) == "ready" {
        life.replace(message.get(5).as_string());
    }
    root::receive(id, message);
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(url) = self.life.take() {
            js::revoke_url(&url);
        }
        let to = js::number(self.id);
        // Three values that every packet can carry.
        let _ = self.post(&Array::of3(&frame::TAG.into(), &to, &"cut".into()));
    }
}
