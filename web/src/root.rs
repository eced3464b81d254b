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
mod line;
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

use control::Pings;
pub(crate) use control::control;
use end::{end, failed, lose};
use line::Line;
use links::Peers;
pub use liveness::set_heartbeat;
use starting::Starting;
pub use starting::{set_start_timeout, set_worker_limit};

use crate::{
    Web, build,
    delivery::Delivery,
    driver,
    frame::{self, Birth, Failure, Frame, Head},
    js, link,
    mailbox::{Mailbox, ROOT},
    parcel::address,
    spawner::{answer, text_of},
};

struct Record {
    line: Line,
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
    /// Called when `timeout` is over.
    on_timeout: Closure<dyn FnMut()>,
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

impl Drop for Record {
    fn drop(&mut self) {
        js::clear_timeout(&self.timeout);
        self.ring();
    }
}

impl Record {
    /// Whether it can have links: it runs a program of this build, and a port can be posted to it.
    fn can_link(&self) -> bool {
        #[cfg(feature = "js")]
        if self.script.is_some() {
            return false;
        }
        self.line.transfers()
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
        self.timeout = timeout(&self.on_timeout, after);
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
                Some(speaker) => record.line.post(&speaker.says(to, frame.into_js(to))),
                None => record.line.send(to, frame),
            }
        }
    });
}

/// Handles a message that came from a worker.
pub(crate) fn receive(from: u64, message: &Array) {
    let to = frame::destination(message).map_or(ROOT, Mailbox::isolate);
    if to != ROOT && frame::is_handed_on(message) {
        hand_on(to, message);
        return links::talked(from, to);
    }
    let text = || message.get(3).as_string().unwrap_or_default();
    match message.get(2).as_string().as_deref() {
        None => match Frame::all_from_js(message) {
            Ok(frames) => frames
                .into_iter()
                .for_each(|frame| take_in(from, to, frame)),
            Err(reason) => link::report_bad_frame(&reason),
        },
        Some("ready") => starting::ready(from, text(), message.get(4).is_truthy()),
        Some("failed") => has_failed(from, &text()),
        #[cfg(feature = "js")]
        Some(_) if script::receive(from, to, message) => {}
        Some(kind) => link::report_bad_frame(&format!("nobody here knows what `{kind}` is")),
    }
}

/// The code of a worker says that it has failed, and how.
fn has_failed(id: u64, reason: &str) {
    let (description, stack_trace) = reason.split_once('\n').unwrap_or((reason, ""));
    let error = RemoteError::new(description, stack_trace);
    #[cfg(feature = "js")]
    if script::is_script(id) {
        return starting::failed(id, error);
    }
    lose(id, &error, false);
}

fn take_in(from: u64, to: u64, frame: Frame) {
    match Delivery::from_frame(frame) {
        Ok(Delivery::Event(event)) => driver::add(|queues| queues.events.push_back(event)),
        Ok(Delivery::Control(message)) if to == ROOT => {
            driver::add(|queues| queues.control.push_back(message));
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
            let transfer = frame::transfers(message);
            record.line.post(&(message.clone(), transfer));
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
    if let Some(failure) = starting::obstacle() {
        return answer(id, from, Some(failure));
    }
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
    let line = Line::to_worker(id, worker, received.clone());
    line.post(&(boot_message(id, &what), transfer));
    let starting = Starting::new(from, script_url.or(url));
    enroll(id, line, received, birth, starting);
    #[cfg(feature = "js")]
    WORKERS.with_borrow_mut(|workers| {
        if let Some(record) = workers.get_mut(&id) {
            record.script = script;
        }
    });
}

/// Has a worker of somebody else's become an isolate; what is at its side of the line does it.
#[cfg(feature = "gloo")]
pub(crate) fn host(id: u64, to: impl FnOnce(Rc<Cell<u32>>) -> crate::gloo::Line, frame: Frame) {
    let Head::Spawn { birth, from, .. } = &frame.head else {
        return;
    };
    let (birth, starting) = (birth.clone(), Starting::elsewhere(*from));
    let (spawn, transfer) = frame.into_js(id);
    let what = js::object(&[
        ("build", IDENTITY.with(|build| build.as_str().into())),
        ("spawn", spawn.into()),
    ]);
    let received = Rc::new(Cell::new(0));
    let line = Line::Gloo(to(received.clone()));
    line.post(&(boot_message(id, &what), transfer));
    enroll(id, line, received, birth, starting);
}

/// What a worker is told first.
fn boot_message(id: u64, what: &JsValue) -> Array {
    Array::of4(&frame::TAG.into(), &js::number(id), &"boot".into(), what)
}

/// Makes the record of a worker that was told what to run.
fn enroll(id: u64, line: Line, received: Rc<Cell<u32>>, birth: Birth, starting: Starting) {
    let on_timeout = Closure::new(move || {
        wait_on(id);
        driver::run();
    });
    let mut listeners = Listeners::default();
    for (isolate, port) in &birth.on_error {
        listeners.add_error(address(*isolate, *port));
    }
    let record = Record {
        line,
        uri: birth.uri,
        terminate: birth.terminate_capability,
        listeners,
        linked_to: birth.linked.then_some(starting.from),
        timeout: timeout(&on_timeout, starting.first_timeout()),
        phase: Phase::Starting(starting),
        pings: Pings::default(),
        bell: None,
        peers: Peers::default(),
        received,
        known: 0,
        #[cfg(feature = "js")]
        script: None,
        on_timeout,
    };
    WORKERS.with_borrow_mut(|workers| workers.insert(id, record));
}

/// What the worker of a program is to run.
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

fn timeout(on_timeout: &Closure<dyn FnMut()>, after: Duration) -> JsValue {
    let after_ms = i32::try_from(after.as_millis()).unwrap_or(i32::MAX);
    js::set_timeout(on_timeout.as_ref().unchecked_ref(), after_ms)
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
