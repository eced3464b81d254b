//! What the root knows of its workers without asking them, for who inspects them.

use insula_core::{
    Priority,
    inspect::{self, IsolateInfo, State},
};

use super::{
    record::{self, Phase, Record},
    route::route,
};
use crate::{
    clock,
    ids::{IsolateId, ROOT},
    protocol::frame::Frame,
};

/// A worker, as the root knows it.
pub(crate) struct Known {
    pub(crate) id: IsolateId,
    /// With its number, name, parent, age, and its state as far as the root decides it.
    pub(crate) info: IsolateInfo,
    pub(crate) voice: Voice,
    /// How many messages of events were posted to it.
    pub(crate) posted: u32,
    /// How many messages have come from it.
    pub(crate) received: u32,
}

/// What a worker can say when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Nothing: it does not run yet, or not any more.
    None,
    /// That it has come to its event loop: a script.
    Sign,
    /// All: a program of this build.
    Account,
}

/// All workers, in the order in which they were asked for.
pub(crate) fn workers() -> Vec<Known> {
    let mut known: Vec<_> = record::with_all(|workers| {
        let workers = &*workers;
        let parent = |id| workers.get(id).map(|parent| (parent.number, &*parent.name));
        let known = workers.iter().map(|(id, record)| {
            record.look(id, (record.parent != ROOT).then(|| parent(record.parent)))
        });
        known.collect()
    });
    known.sort_by_key(|known| known.info.id);
    known
}

/// The workers with programs, in the order in which they were asked for, whether they run already or not.
pub(crate) fn programs() -> Vec<IsolateId> {
    let mut numbers: Vec<_> = record::with_all(|workers| {
        let programs = workers
            .iter()
            .filter(|(_, record)| record.guest.has_frames());
        programs.map(|(id, record)| (record.number, id)).collect()
    });
    numbers.sort_by_key(|(number, _)| *number);
    numbers.into_iter().map(|(_, id)| id).collect()
}

/// The name of a worker that has a program.
pub(crate) fn program_name(id: IsolateId) -> Option<String> {
    record::find(id, |record| {
        record.guest.has_frames().then(|| record.name.clone())
    })
}

/// Whether a worker has started, so that it answers unless it is busy.
pub(crate) fn runs(id: IsolateId) -> bool {
    record::with(id, |record| matches!(record.phase, Phase::Running)) == Some(true)
}

/// Asks a program by a frame, and a script for a sign of life.
pub(crate) fn ask(known: &Known, frame: impl FnOnce() -> Frame) {
    match known.voice {
        Voice::None => {}
        Voice::Account => route(known.id, frame()),
        Voice::Sign => {
            record::with(known.id, |record| {
                let nobody_waits = 0;
                record
                    .guest
                    .request_ping(&record.way, nobody_waits, Priority::Immediate);
            });
        }
    }
}

impl Record {
    /// `parent`: what is known of the worker that has asked for it, if one has.
    fn look(&self, id: IsolateId, parent: Option<Option<(u32, &str)>>) -> Known {
        let mut info = inspect::unknown(self.number.into(), &self.name);
        info.is_named = self.is_named;
        if let Some(parent) = parent {
            info.parent = parent.map(|(number, _)| number.into());
            info.parent_name = parent.map_or("?", |(_, name)| name).to_owned();
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
            voice: match self.guest.has_frames() {
                _ if !is_running => Voice::None,
                true => Voice::Account,
                false => Voice::Sign,
            },
            posted: self.posted,
            received: self.received.get(),
        }
    }
}
