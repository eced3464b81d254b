//! A program of this build in a worker. What core asks for it does itself.

use insula_core::{Control, Priority};

use super::{
    guest::{Boot, Guest, Upshot},
    way::Way,
};
use crate::{
    Capability, Web,
    base_url::base_url,
    build,
    ids::IsolateId,
    js,
    protocol::{
        frame::Frame,
        head::{Failure, Head},
    },
    worker::enter::enter_worker,
};

thread_local! {
    static IDENTITY: String = build::identity();
}

pub(super) struct Program;

/// The identity of this build, which every program has to show.
pub(super) fn identity() -> String {
    IDENTITY.with(Clone::clone)
}

/// What `worker.js` is told to run.
pub(super) fn boot(id: IsolateId, frame: Frame) -> Result<Boot, Failure> {
    let Some(table) = build::table_name() else {
        return Err(Failure::failed(
            "this build does not export its function table",
        ));
    };
    let (spawn, transfer) = frame.into_js(id);
    let entry =
        u32::try_from(enter_worker as fn() as usize).expect("wasm32 has no larger addresses");
    let what = js::object(&[
        ("glue", js::GLUE_URL.with(|url| url.as_str().into())),
        ("module", build::module()),
        ("table", table.into()),
        ("entry", entry.into()),
        ("build", identity().into()),
        ("base", base_url().into()),
        ("spawn", spawn.into()),
    ]);
    Ok(Boot {
        guest: Box::new(Program),
        what: what.into(),
        transfer,
        script: None,
    })
}

/// What a worker of gloo's is told to run, which has its code already.
pub(super) fn boot_elsewhere(id: IsolateId, frame: Frame) -> Boot {
    let (spawn, transfer) = frame.into_js(id);
    let what = js::object(&[
        ("build", identity().into()),
        ("base", base_url().into()),
        ("spawn", spawn.into()),
    ]);
    Boot {
        guest: Box::new(Program),
        what: what.into(),
        transfer,
        script: None,
    }
}

impl Guest for Program {
    fn build(&self) -> Option<String> {
        Some(identity())
    }

    fn has_frames(&self) -> bool {
        true
    }

    fn deliver(&mut self, way: &Way, frame: Frame) {
        way.send(frame);
    }

    fn request_ping(&self, way: &Way, number: u64, priority: Priority) {
        way.tell(Head::PingRequest {
            number,
            before_next_event: priority == Priority::BeforeNextEvent,
        });
    }

    fn control(&mut self, way: &Way, control: Control<Web>) -> Option<Capability> {
        way.post(&Frame::from_control(control).into_js(way.id));
        None
    }

    fn on_error(&self) -> Upshot {
        Upshot::Lost
    }

    fn on_silence(&self) -> Upshot {
        Upshot::Lost
    }
}
