//! What comes to this worker from the root.

use js_sys::Array;
use wasm_bindgen::JsCast;

use super::{channels, control_signal, parent, trial};
use crate::{
    ids::{IsolateId, ROOT},
    log,
    protocol::{
        batch::Frames,
        delivery::Delivery,
        frame::{Beside, Frame},
        head::{Head, Kind},
        plain,
    },
    turn::{driver, starts},
};

/// Handles a message that came to this worker from its parent.
pub(crate) fn receive(message: &Array) {
    if parent::is_over() || !plain::is_ours(message) {
        return;
    }
    match plain::kind(message) {
        Some(Kind::Channel) => {
            if let Ok(port) = plain::value(message, 1).dyn_into() {
                channels::connect(plain::isolate_at(message, 0), port);
            }
        }
        Some(Kind::OnBehalfOf) => {
            let (isolate, after) = (plain::isolate_at(message, 0), plain::number_at(message, 1));
            take_in(
                plain::value(message, 2).unchecked_ref(),
                Some((isolate, after)),
            );
        }
        _ => take_in(message, None),
    }
    driver::run();
}

/// Handles frames that came from the parent as bytes and functions alone.
pub(crate) fn receive_frames(bytes: Vec<u8>, functions: &[u8]) {
    if parent::is_over() {
        return;
    }
    deliver_all(
        Frame::all_from_parts(bytes, functions, Beside::default()),
        None,
    );
    driver::run();
}

/// Delivers frames. `on_behalf_of`: the worker that the root speaks for, and how many of that worker's events on the
/// channel must be delivered first.
fn take_in(message: &Array, on_behalf_of: Option<(IsolateId, Option<u64>)>) {
    deliver_all(Frame::all_from_js(message), on_behalf_of);
}

fn deliver_all(
    frames: Result<Frames, &'static str>,
    on_behalf_of: Option<(IsolateId, Option<u64>)>,
) {
    match frames {
        Ok(frames) => frames.for_each(|frame| deliver(frame, on_behalf_of)),
        Err(reason) => log::dropped(reason),
    }
}

fn deliver(frame: Frame, on_behalf_of: Option<(IsolateId, Option<u64>)>) {
    match Delivery::from_frame(frame) {
        Ok(Delivery::Event(event)) => match on_behalf_of {
            Some((id, after)) => channels::said(id, after, event),
            None => driver::add_event(event),
        },
        Ok(Delivery::Control(control)) => driver::add_control(control),
        Ok(Delivery::Internal(frame)) => match frame.head {
            Head::Started { id, failure } => starts::answered(id, failure),
            Head::ControlSignalSeen => control_signal::seen(),
            Head::Fence { from, number } => channels::fence_came(from, number),
            Head::ChannelOver { id, sent } => channels::over(id, sent),
            Head::TryPorts => trial::try_ports(),
            Head::Echo => trial::echo_has_come(),
            Head::Call => frame.run_call(ROOT),
            _ => log::dropped("a frame for a worker that it does not know"),
        },
        Err(reason) => log::dropped(reason),
    }
}
