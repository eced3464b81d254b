//! Isolates in workers of gloo-worker.
//!
//! | file | what |
//! |---|---|
//! | `face.rs` | what an application sees |
//! | `packet.rs` | a message between workers as bytes, which any codec of gloo's can carry |
//! | `line.rs` | the root's way to such a worker |
//! | `host.rs` | the worker's side: it becomes an isolate, and is itself again after that |
//!
//! Gloo calls both sides while it has borrowed what it needs, so packets wait there for a microtask.

pub mod face;
pub(crate) mod host;
mod line;
mod packet;

use std::{cell::RefCell, collections::VecDeque};

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::{driver, js, link};
pub(crate) use line::Line;
use packet::Packet;

/// What is done with a message that has arrived.
type Receive = Box<dyn FnOnce(&Array)>;

thread_local! {
    static ARRIVED: RefCell<VecDeque<(Packet, Receive)>> = const { RefCell::new(VecDeque::new()) };
    static HANDLE: (Function, Closure<dyn FnMut()>) = {
        let handle = Closure::new(handle);
        (js::guard(handle.as_ref().unchecked_ref()), handle)
    };
}

/// Keeps a packet until gloo has returned.
fn arrived(packet: Packet, receive: Receive) {
    let is_first = ARRIVED.with_borrow_mut(|arrived| {
        arrived.push_back((packet, receive));
        arrived.len() == 1
    });
    if is_first {
        HANDLE.with(|(function, _)| js::queue_microtask(function));
    }
}

fn handle() {
    for (packet, receive) in ARRIVED.take() {
        match packet.read() {
            Ok(message) => receive(&message),
            Err(reason) => link::report_bad_frame(reason),
        }
    }
    driver::run();
}
