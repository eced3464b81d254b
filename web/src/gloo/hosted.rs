//! The side of the worker: it becomes an isolate, and is itself again when that has ended.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_worker::HandlerId;
use insula_core::{Control, Priority, RemoteError, texts::first_line};
use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::{
    Capability, base_url, build,
    ids::{IsolateId, ROOT},
    js, log,
    post::endpoint::Endpoint,
    protocol::{
        frame::Frame,
        head::{self, Kind},
        launch::Launched,
        packet::Packet,
        plain,
    },
    root, side,
    turn::driver,
    worker::{
        control_signal, end, enter,
        parent::{self, Parent},
        receive,
    },
};

#[wasm_bindgen(module = "/src/hosted.js")]
extern "C" {
    /// Calls `held` with whether this worker holds the lock of that name, and `lost` with the first error that nothing
    /// catches, until what it gives back is ended.
    fn hold(name: &str, held: &Function, lost: &Function) -> Hold;

    /// A lock that is held, and errors that are heard.
    #[derive(Clone)]
    type Hold;
    /// Hears no more errors, and lets go of the lock.
    #[wasm_bindgen(method)]
    fn end(this: &Hold);
    /// Hears no more errors; calls `last` in a microtask and then lets go of the lock, whatever that throws.
    #[wasm_bindgen(method, js_name = endAfter)]
    fn end_after(this: &Hold, last: &Function);
}

/// The way to the root.
type Answer = Rc<dyn Fn(Packet)>;

/// A worker of gloo's, as the parent of the isolate in it.
struct Host {
    answer: Answer,
    /// The lock, and the errors that nothing catches.
    hold: Hold,
}

/// The isolate that this worker is.
struct Hosted {
    id: IsolateId,
    /// The root's bridge.
    from: HandlerId,
    host: Rc<Host>,
    terminate: Capability,
    /// What has come before the lock was there.
    backlog: Option<Vec<Array>>,
    /// The root has let it go, and it ends as soon as it comes to that.
    is_killed: bool,
}

/// A message for the next isolate, which came while the last one still ended.
struct Early {
    message: Array,
    from: HandlerId,
    answer: Answer,
}

thread_local! {
    static HOSTED: RefCell<Option<Hosted>> = const { RefCell::new(None) };
    static EARLY: RefCell<Vec<Early>> = const { RefCell::new(Vec::new()) };
    /// An isolate of this worker panicked, so nothing in the worker's memory can be relied on.
    static IS_LOST: Cell<bool> = const { Cell::new(false) };
    static LOST: Closure<dyn FnMut(String)> = Closure::new(|reason: String| {
        let (description, stack_trace) = first_line(&reason);
        side::lost(&RemoteError::new(description, stack_trace));
    });
    static FINISH: Closure<dyn FnMut()> = Closure::new(finish);
}

/// Handles a message that came to this worker.
///
/// `from`: the bridge that it came by. An isolate is asked for by one, and hears that one alone.
pub(super) fn receive(message: &Array, from: HandlerId, answer: Answer) {
    let (to, kind) = (plain::destination(message), plain::kind(message));
    if ends_for_another(to) {
        let message = message.clone();
        EARLY.with_borrow_mut(|early| {
            early.push(Early {
                message,
                from,
                answer,
            });
        });
        return;
    }
    if kind == Some(Kind::Boot) {
        return boot(to, message, from, answer);
    }
    let is_other = HOSTED.with_borrow(|hosted| {
        let hosted = hosted.as_ref().filter(|hosted| hosted.id == to);
        hosted.is_some_and(|hosted| hosted.from != from)
    });
    if is_other {
        return log::dropped("it came by another bridge than the isolate's own");
    }
    if kind == Some(Kind::Kill) && is_beginning(to) {
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

/// Whether the isolate here was killed, has not ended yet, and is not `to`.
fn ends_for_another(to: IsolateId) -> bool {
    let ends = HOSTED.with_borrow(|hosted| {
        let hosted = hosted.as_ref().filter(|hosted| hosted.id != to);
        hosted.is_some_and(|hosted| hosted.is_killed)
    });
    ends && !IS_LOST.get()
}

/// Handles what has come for the next isolate.
fn receive_early() {
    for early in EARLY.take() {
        receive(&early.message, early.from, early.answer);
    }
}

/// Whether the isolate waits for its lock.
fn is_beginning(id: IsolateId) -> bool {
    HOSTED.with_borrow(|hosted| {
        let hosted = hosted.as_ref().filter(|hosted| hosted.id == id);
        hosted.is_some_and(|hosted| hosted.backlog.is_some())
    })
}

fn deliver(message: &Array) {
    if plain::kind(message) == Some(Kind::Kill) {
        kill();
    } else {
        receive::receive(message);
    }
}

fn boot(id: IsolateId, message: &Array, from: HandlerId, answer: Answer) {
    let what = plain::value(message, 0);
    let found = build::identity();
    if js::field(&what, "build") != found.as_str() {
        return say(&answer, Kind::Ready, &found);
    }
    if let Some(obstacle) = obstacle() {
        return say(&answer, Kind::Failed, obstacle);
    }
    base_url::set(&js::field(&what, "base"));
    let spawn = js::field(&what, "spawn");
    let launched = Frame::from_js(spawn.unchecked_ref()).and_then(Frame::into_launched);
    let launched = match launched {
        Ok(launched) => launched,
        Err(reason) => return say(&answer, Kind::Failed, reason),
    };
    let terminate = launched.launch.terminate_capability;
    let held =
        Closure::once_into_js(move |holds_lock: bool| begin(id, launched, &found, holds_lock));
    let name = head::lock_name(id);
    let hold = LOST.with(|lost| hold(&name, held.unchecked_ref(), lost.as_ref().unchecked_ref()));
    HOSTED.set(Some(Hosted {
        id,
        from,
        host: Rc::new(Host { answer, hold }),
        terminate,
        backlog: Some(Vec::new()),
        is_killed: false,
    }));
}

/// Tells the root of this worker, which is no isolate.
fn say(answer: &Answer, kind: Kind, text: &str) {
    let message = plain::message(ROOT, kind, &[text.into()]);
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
    driver::event_loop().is_some() || root::record::worker_count() > 0
}

/// The lock was asked for: makes this worker's event loop, with the entry as its first event.
fn begin(id: IsolateId, launched: Launched, build: &str, holds_lock: bool) {
    let host = HOSTED.with_borrow(|hosted| {
        let hosted = hosted.as_ref().filter(|hosted| hosted.id == id)?;
        Some(hosted.host.clone())
    });
    // It is over already.
    let Some(host) = host else { return };
    if has_own_loop() {
        // Since it was asked for.
        forget();
        return say(&host.answer, Kind::Failed, IS_HOST);
    }
    parent::begin(id, host.clone());
    let life_signal = life_signal();
    let ready = plain::ready(build, holds_lock, life_signal.as_deref());
    host.post(&(ready, Array::new()));
    if let Some(url) = life_signal {
        control_signal::set_life_signal(url, kill);
    }
    enter::become_isolate(id, launched);
    let backlog = HOSTED.with_borrow_mut(|hosted| hosted.as_mut()?.backlog.take());
    for message in backlog.into_iter().flatten() {
        deliver(&message);
    }
    driver::run();
}

/// A URL whose end will tell that the root has let this isolate go.
fn life_signal() -> Option<String> {
    let url = js::make_url().ok()?;
    // A policy may forbid to ask for it: then it would look as if it had gone.
    js::url_is_there(&format!("{url}#0")).then_some(url)
}

/// The root has let this isolate go.
fn kill() {
    let terminate = HOSTED.with_borrow_mut(|hosted| {
        let hosted = hosted.as_mut()?;
        hosted.is_killed = true;
        Some(hosted.terminate)
    });
    control_signal::reset();
    driver::push_control(Control::Kill {
        key: terminate,
        priority: Priority::Immediate,
    });
}

fn forget() {
    if let Some(hosted) = HOSTED.take() {
        hosted.host.hold.end();
    }
}

impl Endpoint for Host {
    fn try_post(&self, message: &JsValue, _: &Array) -> Result<(), JsValue> {
        (self.answer)(Packet::of(message)?);
        Ok(())
    }

    fn transfers(&self) -> bool {
        false
    }
}

impl Parent for Host {
    /// The worker is itself again.
    fn ended(&self) {
        forget();
        parent::leave();
        driver::uninstall();
        control_signal::reset();
        receive_early();
    }

    fn abandoned(&self) -> bool {
        // What leaves the code is an error that nothing catches.
        FINISH.with(|finish| self.hold.end_after(finish.as_ref().unchecked_ref()));
        true
    }

    fn lost(&self) {
        IS_LOST.set(true);
        self.hold.end();
        receive_early();
    }
}

/// Ends an isolate whose running code was left: what lies on that stack stays there, the rest is dropped.
fn finish() {
    if let Some(event_loop) = driver::event_loop() {
        event_loop.shut_down();
    }
    if !side::is_root() {
        end::ended(driver::exit());
    }
}
