//! The root: owns every worker, carries what they send each other, and speaks for those that are gone.
//!
//! | a worker | is known by | its listeners are told |
//! |---|---|---|
//! | starts | `Ready` with the same build; otherwise an error event, another build, or the time limit | – |
//! | ends | `Ended`, after everything it had sent | exit |
//! | is lost | `Lost` from the panic hook, or an error event | error, then exit |
//! | is killed | `Terminate` with its capability | exit |
//! | dies without a word | its lock is free, or it answers no heartbeat | error, then exit |
//!
//! Whichever comes first removes the worker's record, so its listeners are told exactly once.

mod control;
mod end;
mod links;
mod liveness;
#[cfg(feature = "js")]
mod script;
mod starting;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::Duration,
};

use insula_core::{Capability, Listeners, RemoteError};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker};

use control::Pings;
pub(crate) use control::control;
use end::{end, failed, lose};
use links::Peers;
pub use liveness::set_heartbeat;
use starting::Starting;
pub use starting::set_start_timeout;

use crate::{
    Web, build,
    delivery::Delivery,
    driver,
    frame::{self, Failure, Frame, Head, Posted},
    js, link,
    mailbox::{Mailbox, ROOT},
    outbox::{self, Way},
    parcel::address,
    spawner::{answer, text_of},
};

struct Record {
    worker: Worker,
    way: Way,
    uri: String,
    terminate: Capability,
    listeners: Listeners<Web>,
    /// The isolate with which it ends.
    linked_to: Option<u64>,
    phase: Phase,
    /// What the phase waits for; one at a time.
    timeout: JsValue,
    /// The pings that it was asked to answer, and has not.
    pings: Pings,
    /// The URL by which it looks for control in the middle of its work.
    bell: Option<String>,
    /// The workers that it talks to.
    peers: Peers,
    /// How many messages it has sent.
    received: Rc<Cell<u32>>,
    /// How many it had sent when that was last asked.
    known: u32,
    /// What the root does for a script.
    #[cfg(feature = "js")]
    script: Option<script::Script>,
    // The worker calls them as long as it has the record.
    callbacks: Callbacks,
}

enum Phase {
    Starting(Starting),
    Running,
    /// It is about to be terminated, when it has answered the pings that were sent before.
    Doomed,
    /// It gives no sign of life; what it has sent before may still be on its way.
    Silent {
        cause: String,
    },
}

type Callbacks = (
    Closure<dyn FnMut(MessageEvent)>,
    Closure<dyn FnMut(Event)>,
    Closure<dyn FnMut()>,
);

impl Drop for Record {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
        js::clear_timeout(&self.timeout);
        self.ring();
    }
}

impl Record {
    /// Whether it runs a program of this build, which can have links.
    fn is_program(&self) -> bool {
        #[cfg(feature = "js")]
        if self.script.is_some() {
            return false;
        }
        true
    }

    /// Who asked for it and was not answered yet.
    fn starting(&self) -> Option<u64> {
        match &self.phase {
            Phase::Starting(starting) => Some(starting.from),
            _ => None,
        }
    }

    /// Runs [`wait_on`] after a while, in place of what ran it before.
    fn set_timeout(&mut self, after: Duration) {
        js::clear_timeout(&self.timeout);
        self.timeout = timeout(&self.callbacks, after);
    }
}

thread_local! {
    static WORKERS: RefCell<HashMap<u64, Record>> = RefCell::default();
    static WORKER_URL: RefCell<Option<String>> = const { RefCell::new(None) };
    static IDENTITY: String = build::identity();
}

/// Sets the URL of the script that new workers start with; `None` for the one beside the glue.
///
/// Needed where a bundler makes no worker from `new Worker(new URL(…, import.meta.url))` by itself, as
/// esbuild and Rollup. The script is a module with two lines: `import * as glue from './pkg/app.js';`, with
/// the glue of this very build, and `self.insula = glue;`.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// // Where the application's own server has it.
/// insula::web::set_worker_url(Some("/assets/insula/worker.js"));
/// insula::web::set_worker_url(None); // the one beside the glue
/// # }
/// ```
pub fn set_worker_url(url: Option<&str>) {
    WORKER_URL.set(url.map(str::to_owned));
}

/// How many workers there are now.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// assert_eq!(insula::web::worker_count(), 0); // none was started yet
/// # }
/// ```
#[must_use]
pub fn worker_count() -> usize {
    WORKERS.with_borrow(HashMap::len)
}

/// Whether an isolate has a worker.
pub(crate) fn is_alive(isolate: u64) -> bool {
    WORKERS.with_borrow(|workers| workers.contains_key(&isolate))
}

/// Carries a frame from the root itself.
pub(crate) fn route(to: u64, frame: Frame) {
    if to == ROOT {
        handle_link(ROOT, frame);
        return;
    }
    WORKERS.with_borrow_mut(|workers| {
        // To an isolate that is gone: dropped.
        if let Some(record) = workers.get_mut(&to) {
            #[cfg(feature = "js")]
            if record.script.is_some() {
                return record.deliver(to, frame);
            }
            match links::speaker(to) {
                Some(speaker) => post(&record.worker, &speaker.says(to, frame.into_js(to))),
                None => outbox::post(&record.way, to, frame),
            }
        }
    });
}

fn post(worker: &Worker, posted: &Posted) {
    link::post(posted, |message, transfer| {
        worker.post_message_with_transfer(message, transfer)
    });
}

/// Handles a message that came from a worker.
fn receive(from: u64, message: &Array) {
    let to = frame::destination(message).map_or(ROOT, Mailbox::isolate);
    if to != ROOT && frame::is_handed_on(message) {
        hand_on(to, message);
        return links::talked(from, to);
    }
    let text = || message.get(3).as_string().unwrap_or_default();
    if message.get(2) == "ready" {
        return starting::ready(from, text(), message.get(4).is_truthy());
    }
    if message.get(2) == "failed" {
        let reason = text();
        let (description, stack_trace) = reason.split_once('\n').unwrap_or((&reason, ""));
        let error = RemoteError::new(description, stack_trace);
        #[cfg(feature = "js")]
        if script::is_script(from) {
            return starting::failed(from, error);
        }
        return lose(from, &error, false);
    }
    #[cfg(feature = "js")]
    if script::receive(from, to, message) {
        return;
    }
    match Frame::all_from_js(message) {
        Ok(frames) => frames
            .into_iter()
            .for_each(|frame| take_in(from, to, frame)),
        Err(reason) => link::report_bad_frame(&reason),
    }
}

fn take_in(from: u64, to: u64, frame: Frame) {
    match Delivery::from_frame(frame) {
        Ok(Delivery::Event(event)) => driver::push(|queues| queues.events.push_back(event)),
        Ok(Delivery::Control(message)) if to == ROOT => {
            driver::push(|queues| queues.control.push_back(message));
        }
        Ok(Delivery::Control(message)) => control(to, message),
        Ok(Delivery::Link(frame)) if to == ROOT => handle_link(from, *frame),
        Ok(Delivery::Link(_)) => {}
        Err(reason) => link::report_bad_frame(&reason),
    }
}

/// Carries a frame from one worker to another, unread.
fn hand_on(to: u64, message: &Array) {
    #[cfg(feature = "js")]
    if script::is_script(to) {
        return match Frame::all_from_js(message) {
            Ok(frames) => frames.into_iter().for_each(|frame| route(to, frame)),
            Err(reason) => link::report_bad_frame(&reason),
        };
    }
    WORKERS.with_borrow(|workers| {
        if let Some(record) = workers.get(&to) {
            post(
                &record.worker,
                &(message.clone(), frame::transfers(message)),
            );
        }
    });
}

fn handle_link(from: u64, frame: Frame) {
    match frame.head {
        Head::Spawn { id, from, .. } => spawn(id, from, frame),
        Head::Ended { sent } => {
            links::note_sent(from, sent);
            end(from, true);
        }
        Head::Lost {
            description,
            stack_trace,
            sent,
        } => {
            links::note_sent(from, sent);
            lose(from, &RemoteError::new(description, stack_trace), true);
        }
        Head::Terminate { id, key } => control::terminate(id, key),
        Head::Pong { number, sent } => {
            links::note_sent(from, sent);
            control::pong(from, number);
        }
        Head::Bell { url, sent } => {
            links::note_sent(from, sent);
            control::bell(from, url);
        }
        Head::Echo => links::tell(from, Head::Echo),
        Head::PortsAre { direct } => links::ports_are(direct),
        _ => link::report_bad_frame("a frame for the root that it does not know"),
    }
}

fn spawn(id: u64, from: u64, frame: Frame) {
    let Head::Spawn { birth, .. } = &frame.head else {
        return;
    };
    let birth = birth.clone();
    let url = WORKER_URL.with_borrow(Clone::clone);
    #[cfg(feature = "js")]
    let script = birth.is_script.then(|| script::Script::new(&birth));
    let booted = match birth.is_script {
        #[cfg(feature = "js")]
        true => script::boot(&birth, frame),
        _ => boot(id, frame),
    };
    let (what, transfer) = match booted {
        Ok(boot) => boot,
        Err(failure) => return answer(id, from, Some(failure)),
    };
    let worker = match js::create_worker(url.clone(), &birth.debug_name) {
        Ok(worker) => worker,
        Err(error) => {
            return answer(
                id,
                from,
                Some(Failure::NotFound {
                    uri: birth.uri,
                    reason: text_of(&error),
                }),
            );
        }
    };
    let script_url = js::field(&what, "script").as_string();
    let received = Rc::new(Cell::new(0));
    let callbacks = listen(id, &worker, received.clone());
    let timeout = timeout(&callbacks, starting::first_timeout());
    let mut listeners = Listeners::default();
    for (isolate, port) in &birth.on_error {
        listeners.add_error(address(*isolate, *port));
    }
    let boot = Array::of4(&frame::TAG.into(), &js::number(id), &"boot".into(), &what);
    post(&worker, &(boot, transfer));
    let record = Record {
        way: Way::Worker(worker.clone()),
        worker,
        uri: birth.uri,
        terminate: birth.terminate_capability,
        listeners,
        linked_to: birth.linked.then_some(from),
        phase: Phase::Starting(Starting::new(from, script_url.or(url))),
        timeout,
        pings: Pings::default(),
        bell: None,
        peers: Peers::default(),
        received,
        known: 0,
        #[cfg(feature = "js")]
        script,
        callbacks,
    };

    WORKERS.with_borrow_mut(|workers| workers.insert(id, record));
}

/// What the worker of a program is told first.
fn boot(id: u64, frame: Frame) -> Result<(JsValue, Array), Failure> {
    let Some(table) = build::table_name() else {
        return Err(failed("this build does not export its function table"));
    };
    let (spawn, transfer) = frame.into_js(id);
    let entry =
        u32::try_from(link::enter_worker as fn() as usize).expect("wasm32 has no larger addresses");
    let what = js::object(&[
        ("glue", js::GLUE_URL.with(|url| url.as_str().into())),
        ("module", build::module()),
        ("table", table.into()),
        ("entry", entry.into()),
        ("build", IDENTITY.with(|build| build.as_str().into())),
        ("spawn", spawn.into()),
    ]);
    Ok((what.into(), transfer))
}

fn listen(id: u64, worker: &Worker, received: Rc<Cell<u32>>) -> Callbacks {
    let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
        received.set(received.get().wrapping_add(1));
        if let Ok(message) = event.data().dyn_into::<Array>()
            && frame::is_ours(&message)
        {
            receive(id, &message);
            driver::run();
        }
    });
    let on_error = Closure::<dyn FnMut(_)>::new(move |event: Event| {
        event.prevent_default();
        starting::failed_by(id, &event);
        driver::run();
    });
    let on_timeout = Closure::<dyn FnMut()>::new(move || {
        wait_on(id);
        driver::run();
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
    (on_message, on_error, on_timeout)
}

fn timeout(callbacks: &Callbacks, after: Duration) -> JsValue {
    let after_ms = i32::try_from(after.as_millis()).unwrap_or(i32::MAX);
    js::set_timeout(callbacks.2.as_ref().unchecked_ref(), after_ms)
}

/// What a worker was waited for has not come.
fn wait_on(id: u64) {
    enum Next {
        Starting,
        Running,
        Doomed,
        Silent,
    }
    let next = WORKERS.with_borrow(|workers| {
        Some(match workers.get(&id)?.phase {
            Phase::Starting(_) => Next::Starting,
            Phase::Running => Next::Running,
            Phase::Doomed => Next::Doomed,
            Phase::Silent { .. } => Next::Silent,
        })
    });
    match next {
        None => {}
        Some(Next::Starting) => starting::wait_on(id),
        Some(Next::Running) => liveness::beat(id),
        Some(Next::Doomed) => control::finish(id),
        Some(Next::Silent) => liveness::listen_on(id),
    }
}
