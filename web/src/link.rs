//! The way from this isolate to others: to and by the root, which owns all workers, or by a direct link.
//!
//! Each keeps the order of one sender (M1), whichever ports its messages are for; `direct.rs` keeps it between both.

use std::cell::{Cell, RefCell};

use insula_core::{Control, RemoteError};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::MessageEvent;

#[cfg(feature = "gloo")]
use crate::gloo;
use crate::{
    build, checkpoint,
    delivery::Delivery,
    direct, driver,
    frame::{self, Frame, Head, Posted},
    js,
    mailbox::{Mailbox, ROOT},
    outbox::{self, Way},
    root, spawner,
};

type Listener = Closure<dyn FnMut(MessageEvent)>;

thread_local! {
    /// The number of this thread's isolate.
    static OWN: Cell<u64> = const { Cell::new(ROOT) };
    static OVER: Cell<bool> = const { Cell::new(false) };
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// The number of this thread's isolate; the root's where nobody has said otherwise.
pub(crate) fn own_isolate() -> u64 {
    OWN.get()
}

/// Makes this thread that of an isolate, or the root's again.
pub(crate) fn become_isolate(id: u64) {
    OWN.set(id);
    OVER.set(false);
}

/// Sends a frame to an isolate that is not this one; to the root's own link when `to` is the root.
pub(crate) fn send(to: u64, frame: Frame) {
    if own_isolate() == ROOT {
        root::route(to, frame);
    } else if let Some(frame) = direct::send(to, frame) {
        post_to_parent(to, frame);
    }
}

/// Sends control; the root looks at it on the way.
pub(crate) fn send_control(to: u64, control: Control<crate::Web>) {
    if own_isolate() == ROOT {
        root::control(to, control);
    } else {
        post_to_parent(to, Frame::from_control(control));
        direct::fall_behind(to);
    }
}

pub(crate) fn post_to_parent(to: u64, frame: Frame) {
    outbox::post(&Way::Root, to, frame);
}

/// The way from this worker to the root.
pub(crate) fn post_to_root(message: &JsValue, transfer: &Array) -> Result<(), JsValue> {
    #[cfg(feature = "gloo")]
    if let Some(posted) = gloo::host::post(message) {
        return posted;
    }
    js::post_to_parent(message, transfer)
}

/// Posts a message of ours, without its buffers when the engine refuses one: it may have been transferred
/// by somebody else, or be the memory of a module. The receiver then finds its data gone.
pub(crate) fn post(
    (message, transfer): &Posted,
    post: impl Fn(&JsValue, &Array) -> Result<(), JsValue>,
) {
    let Err(error) = post(message, transfer) else {
        return;
    };
    report_bad_frame(&format!("its buffers: {}", spawner::text_of(&error)));
    message.set_length(frame::BUFFERS_FROM.min(message.length()));
    // Numbers and bytes of ours can always be cloned.
    let _ = post(message, &Array::new());
}

/// Handles a message that came to this worker from its parent.
pub(crate) fn receive(message: &Array) {
    if OVER.get() || !frame::is_ours(message) {
        return;
    }
    let id = || message.get(3).as_f64().unwrap_or_default() as u64;
    match message.get(2).as_string().as_deref() {
        Some("link") => {
            if let Ok(port) = message.get(4).dyn_into() {
                direct::connect(id(), port);
            }
        }
        Some("said") => {
            let after = message.get(4).as_f64().map(|after| after as u64);
            take_in(message.get(5).unchecked_ref(), Some((id(), after)));
        }
        _ => take_in(message, None),
    }
    driver::run();
}

/// Takes in frames; `said`: in whose name the root says them, and after how many of its events on the link.
fn take_in(message: &Array, said: Option<(u64, Option<u64>)>) {
    match Frame::all_from_js(message) {
        Ok(frames) => frames.into_iter().for_each(|frame| deliver(frame, said)),
        Err(reason) => report_bad_frame(&reason),
    }
}

fn deliver(frame: Frame, said: Option<(u64, Option<u64>)>) {
    match Delivery::from_frame(frame) {
        Ok(Delivery::Event(event)) => match said {
            Some((id, after)) => direct::said(id, after, event),
            None => driver::add(|queues| queues.events.push_back(event)),
        },
        Ok(Delivery::Control(control)) => driver::add(|queues| queues.control.push_back(control)),
        Ok(Delivery::Link(frame)) => match frame.head {
            Head::Started { id, failure } => {
                spawner::started(id, failure.map_or(Ok(()), |failure| Err(failure.into())));
            }
            Head::Heard => checkpoint::heard(),
            Head::Mark { from, number } => direct::marked(from, number),
            Head::Over { id, sent } => direct::over(id, sent),
            Head::TryPorts => direct::try_ports(),
            Head::Echo => direct::echo_has_come(),
            _ => report_bad_frame("a frame for a worker that it does not know"),
        },
        Err(reason) => report_bad_frame(&reason),
    }
}

pub(crate) fn report_bad_frame(reason: &str) {
    web_sys::console::error_1(&format!("insula: a message was dropped: {reason}").into());
}

/// The first code of a worker: becomes the isolate that its parent asked for. Called by the loader
/// through the function table.
pub(crate) fn enter_worker() {
    let Some(boot) = js::take_boot() else { return };
    let message = boot.message();
    let expected = js::field(&message.get(3), "build")
        .as_string()
        .unwrap_or_default();
    let found = build::identity();
    let id = frame::destination(&message).map_or(ROOT, Mailbox::isolate);
    become_isolate(id);
    // Not a frame: another build may have other frames.
    let ready = Array::of5(
        &frame::TAG.into(),
        &0.into(),
        &"ready".into(),
        &found.as_str().into(),
        &boot.holds_lock().into(),
    );
    let _ = js::post_to_parent(&ready, &Array::new());
    if found != expected {
        return js::close_self();
    }
    let spawn = js::field(&message.get(3), "spawn");
    match Frame::from_js(spawn.unchecked_ref()) {
        Ok(frame) => spawner::become_isolate(Mailbox::new(id), frame),
        Err(reason) => return lost(&RemoteError::new(reason, "")),
    }
    let listener = Closure::new(|event: MessageEvent| {
        if let Ok(message) = event.data().dyn_into::<Array>() {
            receive(&message);
        }
    });
    js::listen_to_parent("message", listener.as_ref().unchecked_ref());
    LISTENER.set(Some(listener));
    outbox::flush_on_error();
    let backlog = boot.backlog();
    boot.set_backlog(JsValue::NULL);
    for message in backlog.iter() {
        receive(message.unchecked_ref());
    }
    driver::run();
}

/// Whether this isolate is over.
pub(crate) fn is_over() -> bool {
    OVER.get()
}

/// This isolate is over: the root tells the listeners and takes the worker away.
pub(crate) fn ended() {
    if own_isolate() != ROOT && !OVER.replace(true) {
        let sent = direct::sent();
        post_to_parent(ROOT, Frame::new(Head::Ended { sent }));
        #[cfg(feature = "gloo")]
        if gloo::host::ended() {
            return;
        }
        js::close_self();
    }
}

/// This isolate is over, in the middle of its code: what is on the stack is neither run nor dropped.
pub(crate) fn abandon() -> ! {
    #[cfg(feature = "gloo")]
    if gloo::host::abandoned() {
        js::leave();
    }
    ended();
    js::leave();
    unreachable!("it throws")
}

/// This instance can't be trusted any more. Called from the panic hook: nothing here may rely on the
/// event loop.
pub(crate) fn lost(error: &RemoteError) {
    if own_isolate() == ROOT {
        web_sys::console::error_1(&format!("{error}\n{}", error.stack_trace()).into());
    } else if !OVER.replace(true) {
        let (description, stack_trace) = (
            error.description().to_owned(),
            error.stack_trace().to_owned(),
        );
        post_to_parent(
            ROOT,
            Frame::new(Head::Lost {
                description,
                stack_trace,
                sent: direct::sent(),
            }),
        );
        #[cfg(feature = "gloo")]
        gloo::host::lost();
    }
}
