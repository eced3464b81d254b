//! Isolates that are scripts. What core does for a program the root does for them: it holds their events while they
//! are paused, compares capabilities, and tells who listens to their errors. So this also works for scripts that do
//! not know of insula.

use std::collections::VecDeque;

use insula_core::{Control, Priority, RemoteError};
use js_sys::Array;
use wasm_bindgen::JsValue;

use super::{
    guest::{Boot, Guest, Said, Upshot},
    way::Way,
};
use crate::{
    Capability, Web,
    base_url::base_url,
    ids::IsolateId,
    js, log,
    protocol::{
        frame::Frame,
        head::{Failure, Head, Kind, LaunchWire},
        parcel::Parcel,
        plain::{self, Posted},
        value,
    },
};

struct Script {
    pause: Capability,
    terminate: Capability,
    /// What wants it to wait.
    pauses: Vec<Capability>,
    /// What waits.
    held: VecDeque<Posted>,
    errors_fatal: bool,
}

impl Script {
    fn new(id: IsolateId, launch: &LaunchWire) -> Self {
        let mut script = Self {
            pause: launch.pause_capability,
            terminate: launch.terminate_capability,
            pauses: Vec::new(),
            held: VecDeque::new(),
            errors_fatal: launch.errors_fatal,
        };
        if launch.paused {
            // Its code is its first event.
            script.pauses.push(launch.pause_capability);
            script.held.push_back(message(id, Kind::Load, &[]));
        }
        script
    }
}

/// What `worker.js` is told: where the script is, and what `isolate.js` gives to it.
pub(super) fn boot(id: IsolateId, launch: &LaunchWire, frame: Frame) -> Result<Boot, Failure> {
    let failed = |reason: String| Failure::NotFound {
        uri: launch.uri.clone(),
        reason,
    };
    let url =
        js::resolve_url(&launch.uri, &base_url()).map_err(|error| failed(js::text_of(&error)))?;
    let Frame {
        head: Head::Spawn { parcel, .. },
        bytes,
        functions,
        beside,
    } = frame
    else {
        return Err(failed("it was started without a message".to_owned()));
    };
    let parcel = Parcel::from_parts(parcel, bytes, &functions, beside)
        .map_err(|reason| failed(reason.to_owned()))?;
    let (value, handles, buffers) =
        value::parts(parcel).map_err(|reason| failed(reason.to_owned()))?;
    let args: Array = launch
        .args
        .iter()
        .map(|arg| JsValue::from(arg.as_str()))
        .collect();
    let what = js::object(&[
        ("script", url.as_str().into()),
        ("base", base_url().into()),
        ("name", (*launch.debug_name).into()),
        ("args", args.into()),
        ("value", value),
        ("handles", handles.into()),
        ("buffers", buffers.clone().into()),
        ("paused", launch.paused.into()),
    ]);
    Ok(Boot {
        guest: Box::new(Script::new(id, launch)),
        what: what.into(),
        transfer: buffers,
        script: Some(url),
    })
}

fn message(to: IsolateId, kind: Kind, rest: &[JsValue]) -> Posted {
    (plain::message(to, kind, rest), Array::new())
}

impl Guest for Script {
    fn build(&self) -> Option<String> {
        None
    }

    fn has_frames(&self) -> bool {
        false
    }

    /// Now, or when it is resumed.
    fn deliver(&mut self, way: &Way, frame: Frame) {
        let posted = match frame.head {
            Head::Message { port, parcel } => {
                Parcel::from_parts(parcel, frame.bytes, &frame.functions, frame.beside)
                    .and_then(|parcel| value::into_js(way.id, port, parcel))
            }
            Head::Close { port } => Ok(message(way.id, Kind::Close, &[js::number(port)])),
            // The answers to what only programs ask for.
            _ => return,
        };
        match posted {
            Ok(posted) if self.pauses.is_empty() => way.post(&posted),
            Ok(posted) => self.held.push_back(posted),
            Err(reason) => log::dropped(reason),
        }
    }

    fn waiting(&self) -> Option<(usize, usize)> {
        Some((self.pauses.len(), self.held.len()))
    }

    fn request_ping(&self, way: &Way, number: u64, _: Priority) {
        way.post(&message(way.id, Kind::Ping, &[js::number(number)]));
    }

    fn control(&mut self, way: &Way, control: Control<Web>) -> Option<Capability> {
        match control {
            Control::Pause { key, resume } if key == Some(self.pause) => {
                self.pauses.retain(|pause| *pause != resume);
                self.pauses.push(resume);
            }
            Control::Resume { key, resume } if key == Some(self.pause) => {
                self.pauses.retain(|pause| *pause != resume);
                if self.pauses.is_empty() {
                    for posted in self.held.drain(..) {
                        way.post(&posted);
                    }
                }
            }
            Control::SetErrorsFatal { key, fatal } if key == Some(self.terminate) => {
                self.errors_fatal = fatal;
            }
            Control::Kill { key, .. } => return key,
            _ => {}
        }
        None
    }

    fn read(&self, message: &Array) -> Result<Said, String> {
        Ok(match plain::kind(message) {
            Some(Kind::Value) => Said::Event(value::from_js(message)?),
            Some(Kind::Pong) => Said::Pong(plain::number_at(message, 0).unwrap_or_default()),
            Some(Kind::Error) => Said::Error(RemoteError::new(
                plain::text_at(message, 0),
                plain::text_at(message, 1),
            )),
            Some(Kind::Ended) => Said::Ended,
            _ => return Err(plain::unknown(message)),
        })
    }

    fn on_error(&self) -> Upshot {
        if self.errors_fatal {
            Upshot::Ended
        } else {
            Upshot::GoesOn
        }
    }

    /// A script may close its worker; that is its end.
    fn on_silence(&self) -> Upshot {
        Upshot::Ended
    }
}
