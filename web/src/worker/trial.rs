//! Whether ports are direct in this engine, found by trying.
//!
//! In WebKit every port passes the page, and stops while that is busy; a worker's own channel to the root is faster there.
//! So a worker asks the root for an echo, and then posts to itself by a port. Where ports pass the page its own message is
//! behind the question, and the echo comes first: always, in 1,200 trials in WebKit (GTK 2.50), though once in a suite on a
//! machine with many times as much to do as it could. Where they are direct its own message is first in at least half of
//! them, whether the page and the processors are busy or not.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

use super::parent;
use crate::{
    ids::ROOT,
    protocol::{frame::Frame, head::Head},
};

/// The trial stops when its own message came first so often (ports are direct), or the echo did (they pass the page). With
/// these numbers a direct engine is misjudged once in 10,000 runs, and an indirect one almost never.
const OWN_FIRST: u32 = 3;
const ECHO_FIRST: u32 = 20;

struct Trial {
    channel: MessageChannel,
    // The port calls it as long as it is open.
    _on_message: Closure<dyn FnMut()>,
    own_first: u32,
    echo_first: u32,
    /// What has come of this trial; the other has not.
    first: Option<Back>,
}

/// What comes back of a trial.
#[derive(Clone, Copy)]
enum Back {
    Own,
    Echo,
}

thread_local! {
    static TRIAL: RefCell<Option<Trial>> = const { RefCell::new(None) };
}

/// Finds out, and tells the root.
pub(super) fn try_ports() {
    let Ok(channel) = MessageChannel::new() else {
        return tell(false);
    };
    let on_message = Closure::<dyn FnMut()>::new(|| came(Back::Own));
    let handler = on_message.as_ref().unchecked_ref();
    channel.port1().set_onmessage(Some(handler));
    let trial = Trial {
        channel,
        _on_message: on_message,
        own_first: 0,
        echo_first: 0,
        first: None,
    };
    trial.begin();
    TRIAL.set(Some(trial));
}

impl Trial {
    fn begin(&self) {
        parent::post(ROOT, Frame::new(Head::Echo));
        // Nothing is easier to clone.
        let _ = self.channel.port2().post_message(&JsValue::UNDEFINED);
    }
}

/// The echo has come.
pub(super) fn echo_has_come() {
    came(Back::Echo);
}

fn came(back: Back) {
    let is_direct = TRIAL.with_borrow_mut(|trial| {
        let trial = trial.as_mut()?;
        match trial.first.take() {
            None => {
                trial.first = Some(back);
                return None;
            }
            Some(Back::Own) => trial.own_first += 1,
            Some(Back::Echo) => trial.echo_first += 1,
        }
        let is_direct = trial.own_first == OWN_FIRST;
        if is_direct || trial.echo_first == ECHO_FIRST {
            return Some(is_direct);
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
    parent::post(ROOT, Frame::new(Head::PortsAre { direct }));
}
