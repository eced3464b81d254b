//! The root's endpoint for a worker of gloo's: a bridge of its own.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_worker::{Worker, WorkerBridge};
use js_sys::Array;
use wasm_bindgen::JsValue;

use super::arrivals::arrived;
use crate::{
    ids::IsolateId,
    js,
    post::endpoint::Endpoint,
    protocol::{head::Kind, packet::Packet, plain},
    root,
};

/// A bridge beside the application's, which keeps the worker as any bridge does.
struct Bridge {
    id: IsolateId,
    send: Box<dyn Fn(Packet)>,
    /// The URL whose end tells the worker, should it be busy, that the root has let it go.
    life_signal: Rc<RefCell<Option<String>>>,
}

/// An isolate in the worker at the other end. Ends it when it is dropped.
struct Keep(Rc<Bridge>);

/// An endpoint for the worker at the other end of `bridge`, and what keeps the isolate `id` there. `received` counts what
/// comes from it.
pub(super) fn reach<W>(
    bridge: &WorkerBridge<W>,
    id: IsolateId,
    received: Rc<Cell<u32>>,
) -> (Rc<dyn Endpoint>, Box<dyn Any>)
where
    W: Worker<Input: From<Packet>> + 'static,
    Packet: TryFrom<W::Output>,
{
    let life_signal = Rc::<RefCell<Option<String>>>::default();
    let told = life_signal.clone();
    let bridge = bridge.fork(Some(move |output: W::Output| {
        // An application may send something of its own to all bridges.
        let Ok(packet) = Packet::try_from(output) else {
            return;
        };
        received.set(received.get().wrapping_add(1));
        let told = told.clone();
        arrived(packet, Box::new(move |message| receive(id, message, &told)));
    }));
    let bridge = Rc::new(Bridge {
        id,
        send: Box::new(move |packet: Packet| bridge.send(packet.into())),
        life_signal,
    });
    (bridge.clone(), Box::new(Keep(bridge)))
}

impl Endpoint for Bridge {
    /// # Errors
    /// What in the message no packet can carry.
    fn try_post(&self, message: &JsValue, _: &Array) -> Result<(), JsValue> {
        (self.send)(Packet::of(message)?);
        Ok(())
    }

    fn transfers(&self) -> bool {
        false
    }
}

fn receive(id: IsolateId, message: &Array, life_signal: &RefCell<Option<String>>) {
    // What it has sent before it learned of its end.
    if !root::record::is_alive(id) {
        return;
    }
    if plain::kind(message) == Some(Kind::Ready) {
        life_signal.replace(plain::value(message, 2).as_string());
    }
    root::receive::receive(id, message);
}

impl Drop for Keep {
    fn drop(&mut self) {
        let Self(bridge) = self;
        if let Some(url) = bridge.life_signal.take() {
            js::revoke_url(&url);
        }
        let kill = plain::message(bridge.id, Kind::Kill, &[]);
        bridge.post(&(kill, Array::new()));
    }
}
