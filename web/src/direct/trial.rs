//! Whether ports are direct in this engine, found by trying.
//!
//! In WebKit every port passes the page, and stops while that is busy; a worker's own channel to the root is faster there.
//! So a worker asks the root for an echo, and then posts to itself by a port. Where ports pass the page its own message is
//! behind the question, and the echo comes first: always, in 1,200 trials in WebKit (GTK 2.50). Where they are direct its
//! own message is first in at least half of them, whether the page and the processors are busy or not.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

use crate::{
    frame::{Frame, Head},
    link,
    mailbox::ROOT,
};

/// One of a million direct engines is taken for one that is not.
const TRIALS: u32 = 20;

struct Trial {
    channel: MessageChannel,
    // The port calls it as long as it is open.
    _on_message: Closure<dyn FnMut()>,
    left: u32,
    /// The echo of this trial has come, and its own message has not.
    is_half: bool,
}

thread_local! {
    static TRIAL: RefCell<Option<Trial>> = const { RefCell::new(None) };
}

/// Finds out, and tells the root.
pub(crate) fn try_ports() {
    let Ok(channel) = MessageChannel::new() else {
        return tell(false);
    };
    let on_message = Closure::<dyn FnMut()>::new(own_has_come);
    let handler = on_message.as_ref().unchecked_ref();
    channel.port1().set_onmessage(Some(handler));
    let trial = Trial {
        channel,
        _on_message: on_message,
        left: TRIALS,
        is_half: false,
    };
    trial.begin();
    TRIAL.set(Some(trial));
}

impl Trial {
    fn begin(&self) {
        link::send(ROOT, Frame::new(Head::Echo));
        // Nothing is easier to clone.
        let _ = self.channel.port2().post_message(&JsValue::UNDEFINED);
    }
}

/// The echo has come.
pub(crate) fn echo_has_come() {
    TRIAL.with_borrow_mut(|trial| {
        if let Some(trial) = trial {
            trial.is_half = true;
        }
    });
}

fn own_has_come() {
    let is_direct = TRIAL.with_borrow_mut(|trial| {
        let trial = trial.as_mut()?;
        if !std::mem::take(&mut trial.is_half) {
            return Some(true);
        }
        trial.left -= 1;
        if trial.left == 0 {
            return Some(false);
        }
        trial.begin();
        None
    });
    if let Some(is_direct) = is_direct {
        if let Some(trial) = TRIAL.take() {
            trial.channel.port1().close();
        }
        tell(is_direct);
    }
}

fn tell(direct: bool) {
    link::send(ROOT, Frame::new(Head::PortsAre { direct }));
}
