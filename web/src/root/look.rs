//! What the root knows of its workers without asking them, for who inspects them.

use insula_core::inspect::{IsolateInfo, State};

use super::{
    record::{self, Phase, Record},
    route::route,
};
use crate::{clock, ids::IsolateId, protocol::frame::Frame};

/// A worker, as the root knows it.
pub(crate) struct Known {
    pub(crate) id: IsolateId,
    /// With its number, name, parent, age, and its state as far as the root decides it.
    pub(crate) info: IsolateInfo,
    /// Whether it is a program of this build that runs, and so can say more.
    pub(crate) answers: bool,
    /// How many messages of events were posted to it.
    pub(crate) posted: u32,
}

/// All workers, in the order in which they were asked for.
pub(crate) fn workers() -> Vec<Known> {
    let mut known: Vec<_> =
        record::with_all(|workers| workers.iter().map(|(id, record)| record.look(id)).collect());
    known.sort_by_key(|known| known.info.id);
    known
}

/// Sends a frame to a worker, and tells how many messages of events were posted to it before.
pub(crate) fn ask(id: IsolateId, frame: Frame) -> u32 {
    route(id, frame);
    record::with(id, |record| record.posted).unwrap_or_default()
}

impl Record {
    fn look(&self, id: IsolateId) -> Known {
        let mut info = IsolateInfo::new(self.number, &self.name);
        info.is_named = self.name != self.uri;
        if let Some((number, name)) = &self.parent {
            info.parent = Some(*number);
            info.parent_name.clone_from(name);
        }
        info.age = clock::now().saturating_sub(self.since);
        let is_running = matches!(self.phase, Phase::Running);
        info.state = match self.phase {
            Phase::Starting(_) => State::Starting,
            Phase::Running => State::Idle,
            Phase::Doomed | Phase::Silent { .. } => State::Ending,
        };
        if let Some((pauses, queue)) = self.guest.waiting() {
            (info.pauses, info.queue) = (pauses, Some(queue));
            if is_running && pauses > 0 {
                info.state = State::Paused;
            }
        }
        Known {
            id,
            info,
            answers: is_running && self.guest.has_frames(),
            posted: self.posted,
        }
    }
}
