//! What comes from a worker, or from the root itself.

use insula_core::{ExitReason, RemoteError, contract::Event, texts::first_line};
use js_sys::Array;

use super::{
    channels, control,
    end::{end, failed_by_itself, lose},
    guest::{Said, Upshot},
    own_worker::Receive,
    record::{self, Trust},
    route, spawn, starting,
};
use crate::{
    Web,
    ids::{IsolateId, ROOT},
    log,
    protocol::{
        batch,
        delivery::Delivery,
        frame::{Beside, Frame},
        head::{Head, Kind},
        plain,
    },
    turn::driver,
};

/// What handles the messages of a worker.
const RECEIVE: Receive = Receive {
    frames: receive_frames,
    other: receive,
};

/// Handles a message that came from the worker of `from`, which the endpoint knows: no message can say it.
pub(crate) fn receive(from: IsolateId, message: &Array) {
    // What it had sent before its end.
    let Some(trust) = record::with(from, |record| record.trust()) else {
        return;
    };
    match plain::kind(message) {
        Some(Kind::Ready) => {
            let holds_lock = plain::value(message, 1).is_truthy();
            starting::ready(from, plain::text_at(message, 0), holds_lock);
        }
        Some(Kind::Failed) => has_failed(from, &plain::text_at(message, 0)),
        _ if trust == Trust::Starting => log::dropped("it came before its worker was ready"),
        _ if plain::is_plain(message) => hear(from, plain::destination(message), message),
        _ if trust == Trust::Program => read_frames(from, message),
        _ => log::dropped("a script sends no frames"),
    }
}

/// Handles frames that came from the worker of `from` as bytes and functions alone.
pub(crate) fn receive_frames(from: IsolateId, to: IsolateId, bytes: Vec<u8>, functions: &[u8]) {
    match record::with(from, |record| record.trust()) {
        // What it had sent before its end.
        None => {}
        Some(Trust::Starting) => log::dropped("it came before its worker was ready"),
        Some(Trust::Script) => log::dropped("a script sends no frames"),
        Some(Trust::Program) => take_in_all(
            from,
            to,
            Frame::all_from_parts(bytes, functions, Beside::default()),
        ),
    }
}

fn read_frames(from: IsolateId, message: &Array) {
    let to = plain::destination(message);
    if to != ROOT && batch::is_handed_on(message) {
        route::hand_on(to, message);
        return channels::talked(from, to);
    }
    take_in_all(from, to, Frame::all_from_js(message));
}

fn take_in_all(from: IsolateId, to: IsolateId, frames: Result<batch::Frames, &'static str>) {
    match frames {
        Ok(frames) => frames.for_each(|frame| take_in(from, to, frame)),
        Err(reason) => log::dropped(reason),
    }
}

/// The code of a worker says that it has failed, and how.
fn has_failed(id: IsolateId, reason: &str) {
    let (description, stack_trace) = first_line(reason);
    let error = RemoteError::new(description, stack_trace);
    match record::with(id, |record| record.guest.on_error()) {
        None => {}
        // Its own word counts at once, also while it starts.
        Some(Upshot::Lost) => lose(id, ExitReason::Failed(error), false),
        Some(_) => starting::failed(id, error),
    }
}

/// Hears what only one kind of guest says.
fn hear(from: IsolateId, to: IsolateId, message: &Array) {
    match record::with(from, |record| record.guest.read(message)) {
        None => log::dropped(&plain::unknown(message)),
        Some(Ok(Said::Event(event))) => pass_on(to, event),
        Some(Ok(Said::Pong(number))) => control::pong(from, number),
        Some(Ok(Said::Error(error))) => failed_by_itself(from, error),
        Some(Ok(Said::Ended)) => end(from, ExitReason::Exited, false),
        Some(Err(reason)) => log::dropped(&reason),
    }
}

fn pass_on(to: IsolateId, event: Event<Web>) {
    if to == ROOT {
        driver::add_event(event);
    } else if let Some(frame) = Frame::from_event(event) {
        route::route(to, frame);
    }
}

fn take_in(from: IsolateId, to: IsolateId, frame: Frame) {
    match Delivery::from_frame(frame) {
        Ok(Delivery::Event(event)) => driver::add_event(event),
        Ok(Delivery::Control(message)) if to == ROOT => driver::add_control(message),
        Ok(Delivery::Control(message)) => control::route_control(to, message),
        Ok(Delivery::Internal(frame)) if to == ROOT => handle_internal(from, *frame),
        Ok(Delivery::Internal(_)) => {}
        Err(reason) => log::dropped(reason),
    }
}

/// Handles a frame for the root that is nothing for core.
pub(super) fn handle_internal(from: IsolateId, frame: Frame) {
    match frame.head {
        Head::Spawn { .. } => spawn::spawn(frame, RECEIVE),
        Head::Ended { exit, sent } => {
            channels::note_sent(from, sent);
            if exit.is_heard {
                end(from, exit.reason, true);
            } else {
                lose(from, exit.reason, true);
            }
        }
        Head::Lost {
            description,
            stack_trace,
            sent,
        } => {
            channels::note_sent(from, sent);
            let error = RemoteError::new(description, stack_trace);
            lose(from, ExitReason::Failed(error), true);
        }
        #[cfg(any(feature = "log", feature = "tracing"))]
        Head::Log { record } => super::records::hear(from, &record),
        Head::Terminate { id, key } => control::terminate(id, key),
        Head::Pong { number, sent } => {
            channels::note_sent(from, sent);
            control::pong(from, number);
        }
        Head::ControlSignal { url, sent } => {
            channels::note_sent(from, sent);
            control::signal_came(from, url);
        }
        Head::Call => frame.run_call(from),
        Head::Echo => channels::echo(from),
        Head::PortsAre { direct } => channels::ports_are(direct),
        _ => log::dropped("a frame for the root that it does not know"),
    }
}
