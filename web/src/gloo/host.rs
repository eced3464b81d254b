//! The side of the worker: it becomes an isolate, and is itself again when that has ended.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use insula_core::{Capability, Control, Priority, RemoteError};
use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::packet::Packet;
use crate::{
    build, checkpoint, driver,
    frame::{self, Frame, Head},
    js, link,
    mailbox::{Mailbox, ROOT},
    root, spawner,
};

/// The way to the root.
type Answer = Rc<dyn Fn(Packet)>;

/// The isolate that this worker is.
struct Hosted {
    id: u64,
    answer: Answer,
    terminate: Capability,
    /// The URL whose end tells that the root has let this isolate go.
    life: Option<String>,
    hold: js::Hold,
    /// What has come before the lock was there.
    backlog: Option<Vec<Array>>,
}

thread_local! {
    static HOSTED: RefCell<Option<Hosted>> = const { RefCell::new(None) };
    /// An isolate of this worker panicked, so nothing in the worker's memory can be relied on.
    static IS_LOST: Cell<bool> = const { Cell::new(false) };
    static LOST: Closure<dyn FnMut(String)> = Closure::new(|reason: String| {
        let (description, stack_trace) = reason.split_once('\n').unwrap_or((&reason, ""));
        link::lost(&RemoteError::new(description, stack_trace));
    });
    static FINISH: Closure<dyn FnMut()> = Closure::new(finish);
}

/// Handles a message that came to this worker.
pub(super) fn receive(message: &Array, answer: Answer) {
    let to = frame::destination(message).map_or(ROOT, Mailbox::isolate);
    if message.get(2) == "boot" {
        return boot(to, message, answer);
    }
    if message.get(2) == "cut" && is_beginning(to) {
        forget();
        return;
    }
    let is_begun = HOSTED.with_borrow_mut(|hosted| {
        let hosted = hosted.as_mut().filter(|hosted| hosted.id == to)?;
        if let Some(backlog) = &mut hosted.backlog {
            backlog.push(message.clone());
        }
        Some(hosted.backlog.is_none())
    });
    // For an isolate that is over: dropped.
    if is_begun == Some(true) {
        deliver(message);
    }
}

/// Whether the isolate waits for its lock.
fn is_beginning(id: u64) -> bool {
    HOSTED.with_borrow(|hosted| {
        let hosted = hosted.as_ref().filter(|hosted| hosted.id == id);
        hosted.is_some_and(|hosted| hosted.backlog.is_some())
    })
}

fn deliver(message: &Array) {
    if message.get(2) == "cut" {
        kill();
    } else {
        link::receive(message);
    }
}

fn boot(id: u64, message: &Array, answer: Answer) {
    let what = message.get(3);
    let found = build::identity();
    if js::field(&what, "build") != found.as_str() {
        return say(&answer, "ready", &found);
    }
    if let Some(obstacle) = obstacle() {
        return say(&answer, "failed", obstacle);
    }
    let frame = match Frame::from_js(js::field(&what, "spawn").unchecked_ref()) {
        Ok(frame) => frame,
        Err(reason) => return say(&answer, "failed", &reason),
    };
    let Head::Spawn { birth, .. } = &frame.head else {
        return say(&answer, "failed", "it was not said what to run");
    };
    let terminate = birth.terminate_capability;
    let held = Closure::once_into_js(move |holds_lock: bool| begin(id, frame, &found, holds_lock));
    let name = format!("{} {id}", frame::TAG);
    let hold =
        LOST.with(|lost| js::hold(&name, held.unchecked_ref(), lost.as_ref().unchecked_ref()));
    // A policy may forbid to ask for it: then it would look as if it had gone.
    let life = js::make_url().ok();
    let life = life.filter(|url| js::url_is_there(&format!("{url}#0")));
    HOSTED.set(Some(Hosted {
        id,
        answer,
        terminate,
        life,
        hold,
        backlog: Some(Vec::new()),
    }));
}

/// Tells the root of this worker, which is no isolate.
fn say(answer: &Answer, kind: &str, text: &str) {
    let message = Array::of4(&frame::TAG.into(), &0.into(), &kind.into(), &text.into());
    // Texts and a number.
    if let Ok(packet) = Packet::of(&message) {
        answer(packet);
    }
}

const IS_HOST: &str =
    "this worker's own code has used insula outside of an isolate, so it is a host";

/// Why this worker can't become an isolate now.
fn obstacle() -> Option<&'static str> {
    if IS_LOST.get() {
        Some("an isolate of this worker has panicked, so its memory can't be trusted any more")
    } else if HOSTED.with_borrow(Option::is_some) {
        Some("this worker is an isolate already")
    } else if has_own_loop() {
        Some(IS_HOST)
    } else {
        None
    }
}

fn has_own_loop() -> bool {
    crate::EventLoop::try_current().is_some() || root::worker_count() > 0
}

/// The lock was asked for: makes this worker's event loop, with the entry as its first event.
fn begin(id: u64, frame: Frame, build: &str, holds_lock: bool) {
    let known = HOSTED.with_borrow(|hosted| {
        let hosted = hosted.as_ref().filter(|hosted| hosted.id == id)?;
        Some((hosted.answer.clone(), hosted.life.clone()))
    });
    // It is over already.
    let Some((answer, life)) = known else { return };
    if has_own_loop() {
        // Since it was asked for.
        forget();
        return say(&answer, "failed", IS_HOST);
    }
    link::become_isolate(id);
    let ready = Array::of5(
        &frame::TAG.into(),
        &0.into(),
        &"ready".into(),
        &build.into(),
        &holds_lock.into(),
    );
    ready.push(&life.into());
    let _ = post(&ready);
    spawner::become_isolate(Mailbox::new(id), frame);
    let backlog = HOSTED.with_borrow_mut(|hosted| hosted.as_mut()?.backlog.take());
    for message in backlog.into_iter().flatten() {
        deliver(&message);
    }
    driver::run();
}

/// Posts a message to the root; `None` where this worker is no isolate of gloo's.
pub(crate) fn post(message: &JsValue) -> Option<Result<(), JsValue>> {
    let answer = HOSTED.with_borrow(|hosted| Some(hosted.as_ref()?.answer.clone()))?;
    Some(Packet::of(message).map(|packet| answer(packet)))
}

/// Whether the root has let this isolate go; then it is killed. Asked in the middle of its work, each time with another
/// number, and answered once.
pub(crate) fn is_cut(look: u32) -> bool {
    let life = HOSTED.with_borrow(|hosted| hosted.as_ref()?.life.clone());
    let is_cut = life.is_some_and(|url| !js::url_is_there(&format!("{url}#{look}")));
    if is_cut {
        HOSTED.with_borrow_mut(|hosted| hosted.as_mut()?.life.take());
        kill();
    }
    is_cut
}

fn kill() {
    let terminate = HOSTED.with_borrow(|hosted| Some(hosted.as_ref()?.terminate));
    // Nobody hears its bells any more.
    checkpoint::reset();
    driver::push(|queues| {
        queues.control.push_back(Control::Kill {
            key: terminate,
            priority: Priority::Immediate,
        });
    });
}

/// The isolate has told its end: the worker is itself again. False where it is no isolate of gloo's.
pub(crate) fn ended() -> bool {
    if !forget() {
        return false;
    }
    link::become_isolate(ROOT);
    driver::reset();
    checkpoint::reset();
    true
}

fn forget() -> bool {
    let hosted = HOSTED.take();
    if let Some(hosted) = &hosted {
        hosted.hold.end();
    }
    hosted.is_some()
}

/// The isolate leaves its running code, and ends after that. False where it is no isolate of gloo's.
pub(crate) fn abandoned() -> bool {
    let hold = HOSTED.with_borrow(|hosted| Some(hosted.as_ref()?.hold.clone()));
    if let Some(hold) = &hold {
        // What leaves the code is an error that nothing catches.
        FINISH.with(|finish| hold.end_after(finish.as_ref().unchecked_ref()));
    }
    hold.is_some()
}

/// Ends an isolate whose running code was left: what lies on that stack stays there, the rest is dropped.
fn finish() {
    let event_loop = crate::EventLoop::try_current();
    if let Some(event_loop) = event_loop {
        event_loop.shut_down();
    }
    link::ended();
}

/// The isolate is lost, and the root was told.
pub(crate) fn lost() {
    // In the panic hook: whatever it was that panicked may have borrowed it.
    let hold = HOSTED.with(|hosted| Some(hosted.try_borrow().ok()?.as_ref()?.hold.clone()));
    if let Some(hold) = hold {
        IS_LOST.set(true);
        hold.end();
    }
}
