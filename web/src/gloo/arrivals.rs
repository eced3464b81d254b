//! Packets that have arrived. Gloo calls both sides while it has borrowed what it needs, so packets wait for a microtask.

use std::{cell::RefCell, collections::VecDeque};

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::{guard::guarded, js, log, protocol::packet::Packet, turn::driver};

/// What is done with a message that has arrived.
pub(super) type Receive = Box<dyn FnOnce(&Array)>;

thread_local! {
    static ARRIVED: RefCell<VecDeque<(Packet, Receive)>> = const { RefCell::new(VecDeque::new()) };
    static HANDLE: (Function, Closure<dyn FnMut()>) = {
        let handle = Closure::new(handle);
        (guarded(handle.as_ref().unchecked_ref()), handle)
    };
}

/// Keeps a packet until gloo has returned.
pub(super) fn arrived(packet: Packet, receive: Receive) {
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
            Err(reason) => log::dropped(reason),
        }
    }
    driver::run();
}
