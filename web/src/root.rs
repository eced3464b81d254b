//! The root: owns every worker, carries what they send each other, and speaks for those that are gone.
//!
//! | a worker | is known by | its listeners are told |
//! |---|---|---|
//! | starts | `Ready` with the same build; otherwise an error event, another build, or the time limit | – |
//! | ends | `Ended`, after everything it had sent | exit |
//! | is lost | `Lost` from the panic hook, or an error event | error, then exit |
//! | is killed | `Terminate` with its capability | exit |
//!
//! Whichever comes first removes the worker's record, so its listeners are told exactly once.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::Duration,
};

use insula_core::{Capability, Control, Listeners, RemoteError};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, Event, MessageEvent, Worker};

use crate::{
    Web, build,
    delivery::Delivery,
    driver,
    frame::{self, Failure, Frame, Head},
    js, link,
    mailbox::{Mailbox, ROOT},
    parcel::address,
    spawner::{answer, text_of},
};

/// When a worker that has not come up is late, and its script is asked for.
const LATE: Duration = Duration::from_secs(1);
/// How long a worker may take to come up when nothing else was said.
const START_TIMEOUT: Duration = Duration::from_secs(20);

struct Record {
    worker: Worker,
    uri: String,
    terminate: Capability,
    listeners: Listeners<Web>,
    /// The isolate with which it ends.
    linked_to: Option<u64>,
    /// Who asked for it and was not answered yet.
    starting: Option<u64>,
    /// Runs when it is late, and when it has taken too long.
    timeout: JsValue,
    is_late: bool,
    /// Where its script is; the loader's own place when `None`.
    script: Option<String>,
    /// What it said before it was ready.
    error: Option<RemoteError>,
    // The worker calls them as long as it has the record.
    callbacks: Callbacks,
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
    }
}

thread_local! {
    static WORKERS: RefCell<HashMap<u64, Record>> = RefCell::default();
    static WORKER_URL: RefCell<Option<String>> = const { RefCell::new(None) };
    static TIMEOUT: Cell<Duration> = const { Cell::new(START_TIMEOUT) };
    static IDENTITY: String = build::identity();
    /// Called by the probe, for whichever worker.
    static PROBED: Closure<dyn FnMut(f64, Option<String>)> = Closure::new(probed);
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

/// Sets how long a worker may take to come up before its spawn fails; 20 seconds otherwise.
///
/// ```ignore-linux,ignore-apple,ignore-windows
/// # wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
/// # #[wasm_bindgen_test::wasm_bindgen_test]
/// # fn example() {
/// insula::web::set_start_timeout(std::time::Duration::from_secs(60)); // a large module, a slow network
/// # }
/// ```
pub fn set_start_timeout(timeout: Duration) {
    TIMEOUT.set(timeout);
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
    WORKERS.with_borrow(|workers| {
        // To an isolate that is gone: dropped.
        if let Some(record) = workers.get(&to) {
            let (message, transfer) = frame.into_js(to);
            post(&record.worker, &message, &transfer);
        }
    });
}

/// Carries control to a worker, remembering who wants to hear what about it.
pub(crate) fn control(to: u64, control: Control<Web>) {
    let control = WORKERS.with_borrow_mut(|workers| {
        let Some(record) = workers.get_mut(&to) else {
            return Some(control);
        };
        match control {
            Control::AddExitListener { to, response } | Control::Watch { to, response } => {
                record.listeners.add_exit(to, response);
                return None;
            }
            Control::RemoveExitListener { to } => {
                record.listeners.remove_exit(&to);
                return None;
            }
            Control::AddErrorListener { ref to } => record.listeners.add_error(to.clone()),
            Control::RemoveErrorListener { ref to } => record.listeners.remove_error(to),
            _ => {}
        }
        let (message, transfer) = Frame::from_control(control).into_js(to);
        post(&record.worker, &message, &transfer);
        None
    });
    if let Some(control) = control {
        control.undeliverable();
    }
}

fn post(worker: &Worker, message: &JsValue, transfer: &Array) {
    // Numbers, bytes and buffers of ours can always be cloned.
    let _ = worker.post_message_with_transfer(message, transfer);
}

/// Handles a message that came from a worker.
fn receive(from: u64, message: &Array) {
    let text = || message.get(3).as_string().unwrap_or_default();
    if message.get(2) == "ready" {
        return ready(from, text());
    }
    if message.get(2) == "failed" {
        let reason = text();
        let (description, stack_trace) = reason.split_once('\n').unwrap_or((&reason, ""));
        return lose(from, &RemoteError::new(description, stack_trace));
    }
    let to = frame::destination(message).map_or(ROOT, Mailbox::isolate);
    let frame = match Frame::from_js(message) {
        Ok(frame) => frame,
        Err(reason) => return link::report_bad_frame(&reason),
    };
    let is_event = matches!(
        frame.head,
        Head::Message { .. } | Head::Job { .. } | Head::Close { .. }
    );
    if to != ROOT && is_event {
        return route(to, frame);
    }
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

fn handle_link(from: u64, frame: Frame) {
    match frame.head {
        Head::Spawn { id, from, .. } => spawn(id, from, frame),
        Head::Ended => end(from),
        Head::Lost {
            description,
            stack_trace,
        } => lose(from, &RemoteError::new(description, stack_trace)),
        Head::Terminate { id, key } => {
            let may = WORKERS.with_borrow(|workers| {
                workers
                    .get(&id)
                    .is_some_and(|record| record.terminate == key)
            });
            if may {
                end(id);
            }
        }
        _ => link::report_bad_frame("a frame for the root that it does not know"),
    }
}

fn spawn(id: u64, from: u64, frame: Frame) {
    let Head::Spawn { birth, .. } = &frame.head else {
        return;
    };
    let birth = birth.clone();
    let Some(table) = build::table_name() else {
        return answer(
            id,
            from,
            Some(failed("this build does not export its function table")),
        );
    };
    let url = WORKER_URL.with_borrow(Clone::clone);
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
    let callbacks = listen(id, &worker);
    let timeout = timeout(&callbacks, LATE.min(TIMEOUT.get()));
    let mut listeners = Listeners::default();
    for (isolate, port) in &birth.on_error {
        listeners.add_error(address(*isolate, *port));
    }
    let (spawn, transfer) = frame.into_js(id);
    let entry =
        u32::try_from(link::enter_worker as fn() as usize).expect("wasm32 has no larger addresses");
    let what = js::object(&[
        ("glue", js::GLUE_URL.with(|url| url.as_str().into())),
        ("module", build::module()),
        ("table", table.into()),
        ("entry", entry.into()),
        ("build", IDENTITY.with(|build| build.as_str().into())),
        ("spawn", spawn),
    ]);
    #[expect(clippy::cast_precision_loss, reason = "isolate numbers have 52 bits")]
    let boot = Array::of4(
        &frame::TAG.into(),
        &(id as f64).into(),
        &"boot".into(),
        &what,
    );
    post(&worker, &boot, &transfer);
    let record = Record {
        worker,
        uri: birth.uri,
        terminate: birth.terminate_capability,
        listeners,
        linked_to: birth.linked.then_some(from),
        starting: Some(from),
        timeout,
        is_late: false,
        script: url,
        error: None,
        callbacks,
    };
    WORKERS.with_borrow_mut(|workers| workers.insert(id, record));
}

fn listen(id: u64, worker: &Worker) -> Callbacks {
    let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
        if let Ok(message) = event.data().dyn_into::<Array>()
            && message.get(0) == frame::TAG
        {
            receive(id, &message);
            driver::run();
        }
    });
    let on_error = Closure::<dyn FnMut(_)>::new(move |event: Event| {
        event.prevent_default();
        failed_by(id, &event);
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

/// A worker that has not come up is late at first, and then given up.
fn wait_on(id: u64) {
    let is_late = WORKERS.with_borrow_mut(|workers| {
        let record = workers
            .get_mut(&id)
            .filter(|record| record.starting.is_some())?;
        record.timeout = timeout(&record.callbacks, TIMEOUT.get().saturating_sub(LATE));
        Some(std::mem::replace(&mut record.is_late, true))
    });
    match is_late {
        None => {}
        Some(false) => probe(id),
        Some(true) => give_up(id, |uri| Failure::TimedOut {
            what: format!("the worker of `{uri}`"),
        }),
    }
}

/// Asks whether the script of a worker that has not come up is there.
fn probe(id: u64) {
    let url =
        WORKERS.with_borrow(|workers| workers.get(&id).and_then(|record| record.script.clone()));
    #[expect(clippy::cast_precision_loss, reason = "isolate numbers have 52 bits")]
    PROBED.with(|probed| js::probe(id as f64, url, probed.as_ref().unchecked_ref()));
}

fn probed(id: f64, missing: Option<String>) {
    let id = id as u64;
    let Some(error) = WORKERS.with_borrow_mut(|workers| {
        let record = workers
            .get_mut(&id)
            .filter(|record| record.starting.is_some())?;
        Some(record.error.take())
    }) else {
        return;
    };
    match (missing, error) {
        (Some(reason), _) => give_up(id, |uri| Failure::NotFound { uri, reason }),
        (None, Some(error)) => give_up(id, |_| failed_with(&error)),
        // It is there and has not failed: still on its way.
        (None, None) => {}
    }
    driver::run();
}

/// An error event: before the worker was ready its script may be missing; after that it is lost.
fn failed_by(id: u64, event: &Event) {
    let error = match event.dyn_ref::<ErrorEvent>() {
        Some(event) if !event.message().is_empty() => {
            let place = format!(
                "at {}:{}:{}",
                event.filename(),
                event.lineno(),
                event.colno()
            );
            RemoteError::new(event.message(), place)
        }
        _ => RemoteError::new(
            "the worker failed without saying why, as it does when its script is missing or the page's content security policy forbids it",
            "",
        ),
    };
    let starting = WORKERS.with_borrow_mut(|workers| {
        let record = workers
            .get_mut(&id)
            .filter(|record| record.starting.is_some())?;
        record.error.get_or_insert_with(|| error.clone());
        Some(())
    });
    match starting {
        Some(()) => probe(id),
        None => lose(id, &error),
    }
}

fn ready(id: u64, found: String) {
    let expected = IDENTITY.with(Clone::clone);
    if found != expected {
        return give_up(id, |_| Failure::BuildMismatch { expected, found });
    }
    let from = WORKERS.with_borrow_mut(|workers| workers.get_mut(&id)?.starting.take());
    if let Some(from) = from {
        answer(id, from, None);
    }
}

/// A worker did not come up. Those who wait for its end are told as well.
fn give_up(id: u64, failure: impl FnOnce(String) -> Failure) {
    let Some(mut record) = WORKERS.with_borrow_mut(|workers| workers.remove(&id)) else {
        return;
    };
    let failure = failure(std::mem::take(&mut record.uri));
    if let Some(from) = record.starting.take() {
        answer(id, from, Some(failure));
    }
    over(id, record);
}

/// An isolate was lost: its listeners hear the error, then the end.
fn lose(id: u64, error: &RemoteError) {
    let starting = WORKERS.with_borrow(|workers| {
        workers
            .get(&id)
            .is_some_and(|record| record.starting.is_some())
    });
    if starting {
        return give_up(id, |_| failed_with(error));
    }
    let Some(record) = WORKERS.with_borrow_mut(|workers| workers.remove(&id)) else {
        return;
    };
    if !record.listeners.notify_error(error) {
        <Web as insula_core::Platform>::report(&record.uri, error);
    }
    over(id, record);
}

/// An isolate has ended or was killed.
fn end(id: u64) {
    let Some(mut record) = WORKERS.with_borrow_mut(|workers| workers.remove(&id)) else {
        return;
    };
    if let Some(from) = record.starting.take() {
        answer(id, from, Some(failed("it was killed before it was ready")));
    }
    over(id, record);
}

/// Tells the exit listeners, and ends what was linked to the isolate.
fn over(id: u64, mut record: Record) {
    record.listeners.notify_exit();
    drop(record);
    let linked: Vec<u64> = WORKERS.with_borrow(|workers| {
        let linked = workers
            .iter()
            .filter(|(_, record)| record.linked_to == Some(id));
        linked.map(|(id, _)| *id).collect()
    });
    for child in linked {
        end(child);
    }
}

fn failed(reason: &str) -> Failure {
    Failure::Failed {
        description: reason.to_owned(),
        stack_trace: String::new(),
    }
}

fn failed_with(error: &RemoteError) -> Failure {
    Failure::Failed {
        description: error.description().to_owned(),
        stack_trace: error.stack_trace().to_owned(),
    }
}
