//! Whether ports are direct in this engine, found by trying.
//!
//! In WebKit every port passes the page, and stops while that is busy; a worker's own channel to the root is faster there.
//! So a worker asks the root for an echo, and then posts to itself by a port. Where ports are direct its own message is
//! there at once; where they pass the page it is behind the question, and the echo comes first.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

use crate::{
    frame::{Frame, Head},
    link,
    mailbox::ROOT,
};

/// The channel stays until one of both has come.
type Trial = (MessageChannel, Closure<dyn FnMut()>);

thread_local! {
    static TRIAL: RefCell<Option<Trial>> = const { RefCell::new(None) };
}

/// Finds out, and tells the root.
pub(crate) fn try_ports() {
    let Ok(channel) = MessageChannel::new() else {
        return link::send(ROOT, Frame::new(Head::PortsAre { direct: false }));
    };
    let on_message = Closure::<dyn FnMut()>::new(|| decide(true));
    channel
        .port1()
        .set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    link::send(ROOT, Frame::new(Head::Echo));
    // Nothing is easier to clone.
    let _ = channel.port2().post_message(&JsValue::UNDEFINED);
    TRIAL.set(Some((channel, on_message)));
}

/// The echo has come.
pub(crate) fn answered() {
    decide(false);
}

fn decide(direct: bool) {
    if let Some((channel, _)) = TRIAL.take() {
        channel.port1().set_onmessage(None);
        channel.port1().close();
        link::send(ROOT, Frame::new(Head::PortsAre { direct }));
    }
}
