//! Starting isolates: what is asked of the root, and what a new worker makes of it.

use std::{cell::RefCell, collections::HashMap};

use insula_core::{
    EventLoop, RemoteError, SpawnError, Unsupported,
    contract::{Code, Entry, Launch, Platform, Started},
    program,
};
use wasm_bindgen::JsValue;

use crate::{
    Web, driver,
    frame::{self, Birth, Failure, Frame, Head, numbers},
    link,
    mailbox::{Inbox, Mailbox, ROOT},
    parcel::{Parcel, ShippedFunction, address, pointer},
    root,
};

thread_local! {
    /// Workers that were asked for and have not answered.
    static STARTING: RefCell<HashMap<u64, Started<Web>>> = RefCell::default();
}

/// Asks the root for a worker.
pub(crate) fn start(launch: Launch<Web>, code: Code<Web>, started: Started<Web>) {
    let Code::Program {
        uri,
        entry,
        args,
        message,
    } = code
    else {
        let unsupported = Unsupported {
            operation: "Isolate::spawn",
            reason: Web::SPAWN_UNSUPPORTED,
        };
        return started(Err(SpawnError::Unsupported(unsupported)));
    };
    if entry.is_none() && cfg!(not(feature = "js")) {
        let reason = "a script can be started with the cargo feature `js`".to_owned();
        return started(Err(SpawnError::NotFound { uri, reason }));
    }
    let id = Mailbox::random(entry.is_none());
    let program = Program {
        uri,
        entry,
        args,
        message,
    };
    ask(id, launch, program, started, |frame| {
        link::send(ROOT, frame);
    });
}

/// What an isolate is to run.
pub(crate) struct Program {
    pub(crate) uri: String,
    /// `None` for a script.
    pub(crate) entry: Option<Entry<Web>>,
    pub(crate) args: Vec<String>,
    pub(crate) message: Parcel,
}

/// Asks for an isolate by a frame, which `send` brings to the root.
pub(crate) fn ask(
    id: Mailbox,
    launch: Launch<Web>,
    program: Program,
    started: Started<Web>,
    send: impl FnOnce(Frame),
) {
    let Program {
        uri,
        entry,
        args,
        message,
    } = program;
    let mut programs = Vec::new();
    let mut functions = Vec::new();
    if let Some(entry) = &entry {
        push_entry(&mut functions, entry);
        programs = program::registered::<Web>();
        for (_, entry) in &programs {
            push_entry(&mut functions, entry);
        }
    }
    let birth = Birth {
        debug_name: launch.debug_name,
        pause_capability: launch.pause_capability,
        terminate_capability: launch.terminate_capability,
        paused: launch.paused,
        errors_fatal: launch.errors_fatal,
        linked: launch.linked,
        on_error: launch.on_error.iter().map(numbers).collect(),
        uri,
        args,
        programs: programs.into_iter().map(|(uri, _)| uri).collect(),
        is_script: entry.is_none(),
    };
    let frame = Frame::carrying(message, functions, |parcel| Head::Spawn {
        id: id.isolate(),
        from: link::own_isolate(),
        birth,
        parcel,
    });
    STARTING.with_borrow_mut(|starting| starting.insert(id.isolate(), started));
    send(frame);
    for (to, response) in launch.on_exit {
        link::send_control(
            id.isolate(),
            insula_core::Control::AddExitListener { to, response },
        );
    }
}

/// The root says what has become of a worker.
pub(crate) fn started(id: u64, outcome: Result<(), SpawnError>) {
    let started = STARTING.with_borrow_mut(|starting| starting.remove(&id));
    if let Some(started) = started {
        started(outcome.map(|()| Mailbox::new(id)));
    }
}

fn push_entry(functions: &mut Vec<ShippedFunction>, entry: &Entry<Web>) {
    let (invoke, function) = entry.parts();
    let index = u32::try_from(invoke as usize).expect("wasm32 has no larger addresses");
    functions.push(ShippedFunction {
        index,
        fingerprint: 0,
    });
    functions.push(*function);
}

/// Makes this worker's event loop, with the entry as its first event.
pub(crate) fn become_isolate(mailbox: Mailbox, frame: Frame) {
    let Frame {
        head: Head::Spawn {
            birth,
            parcel: head,
            ..
        },
        bytes,
        functions,
        beside,
    } = frame
    else {
        return link::lost(&RemoteError::new(
            "a worker was started without saying what to run",
            "",
        ));
    };
    let entries = 2 * (1 + birth.programs.len());
    if functions.len() < entries {
        return link::lost(&RemoteError::new(
            "a worker was started without an entry point",
            "",
        ));
    }
    let (entries, functions) = functions.split_at(entries);
    let mut entries = entries.chunks_exact(2).map(|pair| {
        // SAFETY: this worker was started by the root of the same build, as both have shown; the first
        // function of each pair is put there by `push_entry` alone, from an `InvokeEntry<Web>`.
        let invoke = unsafe { pointer(pair[0].index) };
        Entry::<Web>::from_parts(invoke, pair[1])
    });
    let Some(entry) = entries.next() else { return };
    program::adopt(birth.programs.into_iter().zip(entries).collect());
    let message = match frame::parcel(head, bytes, functions, beside) {
        Ok(message) => message,
        Err(reason) => return link::lost(&RemoteError::new(reason, "")),
    };
    let mut launch = Launch::new(
        birth.debug_name,
        birth.pause_capability,
        birth.terminate_capability,
    );
    launch.paused = birth.paused;
    launch.errors_fatal = birth.errors_fatal;
    launch.on_error = birth
        .on_error
        .into_iter()
        .map(|(isolate, port)| address(isolate, port))
        .collect();
    let args = birth.args;
    let entry = Box::new(move || entry.call(args, message));
    driver::install(EventLoop::isolate(
        launch,
        mailbox,
        Inbox::new(driver::queues()),
        entry,
    ));
}

impl From<Failure> for SpawnError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotFound { uri, reason } => Self::NotFound { uri, reason },
            Failure::BuildMismatch { expected, found } => Self::BuildMismatch { expected, found },
            Failure::TimedOut { what } => Self::TimedOut { what },
            Failure::Failed {
                description,
                stack_trace,
            } => Self::Failed(RemoteError::new(description, stack_trace)),
        }
    }
}

/// A JavaScript error as text.
pub(crate) fn text_of(error: &JsValue) -> String {
    let message = crate::js::field(error, "message").as_string();
    message
        .or_else(|| error.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}

/// Where the root hears of a request that needs no message, because it came from itself.
pub(crate) fn answer(id: u64, from: u64, failure: Option<Failure>) {
    if from == link::own_isolate() {
        started(id, failure.map_or(Ok(()), |failure| Err(failure.into())));
    } else {
        root::route(from, Frame::new(Head::Started { id, failure }));
    }
}
