//! Isolates that are scripts. What core does for a program the root does for them: it holds their events while they
//! are paused, compares capabilities, and tells who listens to their errors. So it also holds for scripts that do
//! not know of us.

use std::collections::VecDeque;

use insula_core::{Capability, Control, RemoteError};
use js_sys::Array;
use wasm_bindgen::JsValue;

use super::{
    Record, WORKERS, control,
    end::{end, report},
};
use crate::{
    Web,
    frame::{self, Birth, Failure, Frame, Head},
    js, link, value,
};

pub(super) struct Script {
    pause: Capability,
    /// Who wants it to wait.
    pauses: Vec<Capability>,
    /// What waits.
    held: VecDeque<(Array, Array)>,
    errors_fatal: bool,
}

impl Script {
    pub(super) fn new(birth: &Birth) -> Self {
        let mut script = Self {
            pause: birth.pause_capability,
            pauses: Vec::new(),
            held: VecDeque::new(),
            errors_fatal: birth.errors_fatal,
        };
        if birth.paused {
            // Its code is its first event.
            script.pauses.push(birth.pause_capability);
            script.held.push_back((message("load", &[]), Array::new()));
        }
        script
    }
}

/// What its loader is told: where the script is, and what the helper gives to it.
pub(super) fn boot(birth: &Birth, frame: Frame) -> Result<(JsValue, Array), Failure> {
    let failed = |reason: String| Failure::NotFound {
        uri: birth.uri.clone(),
        reason,
    };
    let url =
        js::resolve_url(&birth.uri).map_err(|error| failed(crate::spawner::text_of(&error)))?;
    let Frame {
        head: Head::Spawn { parcel, .. },
        bytes,
        functions,
        beside,
    } = frame
    else {
        return Err(failed("it was started without a message".to_owned()));
    };
    let parcel = frame::parcel(parcel, bytes, &functions, beside).map_err(failed)?;
    let (value, handles, buffers) =
        value::parts(parcel).map_err(|reason| failed(reason.to_owned()))?;
    let args: Array = birth
        .args
        .iter()
        .map(|arg| JsValue::from(arg.as_str()))
        .collect();
    let what = js::object(&[
        ("script", url.into()),
        ("name", birth.debug_name.as_str().into()),
        ("args", args.into()),
        ("value", value),
        ("handles", handles.into()),
        ("buffers", buffers.clone().into()),
        ("paused", birth.paused.into()),
    ]);
    Ok((what.into(), buffers))
}

fn message(kind: &str, rest: &[JsValue]) -> Array {
    let message = Array::of3(&frame::TAG.into(), &0.into(), &kind.into());
    for value in rest {
        message.push(value);
    }
    message
}

impl Record {
    /// Asks for a sign of life.
    pub(super) fn knock_script(&self, number: u64) {
        let knock = message("knock", &[js::number(number)]);
        self.line.post(&(knock, Array::new()));
    }

    /// Hands an event to a script, now or when it is resumed.
    pub(super) fn deliver(&mut self, id: u64, frame: Frame) {
        let message = match frame.head {
            Head::Message { port, parcel } => {
                let parcel = frame::parcel(parcel, frame.bytes, &frame.functions, frame.beside);
                parcel.and_then(|parcel| Ok(value::into_js(id, port, parcel)?))
            }
            Head::Close { port } => {
                let close = message("close", &[js::number(port)]);
                Ok((close, Array::new()))
            }
            // The answers to what only programs ask for.
            _ => return,
        };
        match (message, &mut self.script) {
            (Ok(message), Some(script)) if !script.pauses.is_empty() => {
                script.held.push_back(message);
            }
            (Ok(message), _) => self.line.post(&message),
            (Err(reason), _) => link::report_bad_frame(&reason),
        }
    }

    /// Does what control asks of a script; gives back a kill, which the record is not to outlive.
    pub(super) fn control_script(&mut self, control: Control<Web>) -> Option<Capability> {
        let script = self.script.as_mut()?;
        match control {
            Control::Pause { key, resume } if key == Some(script.pause) => {
                script.pauses.retain(|pause| *pause != resume);
                script.pauses.push(resume);
            }
            Control::Resume { key, resume } if key == Some(script.pause) => {
                script.pauses.retain(|pause| *pause != resume);
                if script.pauses.is_empty() {
                    for message in script.held.drain(..) {
                        self.line.post(&message);
                    }
                }
            }
            Control::SetErrorsFatal { key, fatal } if key == Some(self.terminate) => {
                script.errors_fatal = fatal;
            }
            Control::AddErrorListener { to } => self.listeners.add_error(to),
            Control::RemoveErrorListener { to } => self.listeners.remove_error(&to),
            Control::Kill { key, .. } => return key,
            _ => {}
        }
        None
    }
}

pub(super) fn is_script(id: u64) -> bool {
    WORKERS.with_borrow(|workers| {
        workers
            .get(&id)
            .is_some_and(|record| record.script.is_some())
    })
}

/// Code of a script has thrown.
pub(super) fn error(id: u64, error: &RemoteError) {
    let listening = WORKERS.with_borrow_mut(|workers| {
        let record = workers.get_mut(&id)?;
        let fatal = record.script.as_ref()?.errors_fatal;
        Some((
            std::mem::take(&mut record.listeners),
            record.uri.clone(),
            fatal,
        ))
    });
    let Some((listeners, uri, fatal)) = listening else {
        return;
    };
    // The listeners may be the workers of this very table.
    report(&listeners, &uri, error);
    WORKERS.with_borrow_mut(|workers| {
        if let Some(record) = workers.get_mut(&id) {
            record.listeners = listeners;
        }
    });
    if fatal {
        end(id, false);
    }
}

/// Handles what only scripts say; false for anything else.
pub(super) fn receive(from: u64, to: u64, message: &Array) -> bool {
    if !is_script(from) {
        return false;
    }
    let text = |index| message.get(index).as_string().unwrap_or_default();
    let kind = message.get(2);
    if kind == "value" {
        match value::from_js(message) {
            Ok(event) => insula_core::contract::Mailbox::post(&crate::Mailbox::new(to), event),
            Err(reason) => link::report_bad_frame(reason),
        }
    } else if kind == "pong" {
        let number = message.get(3).as_f64().unwrap_or_default();
        control::pong(from, number as u64);
    } else if kind == "error" {
        error(from, &RemoteError::new(text(3), text(4)));
    } else if kind == "ended" {
        end(from, false);
    } else {
        return false;
    }
    true
}
