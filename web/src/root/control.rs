//! Control on its way to workers: the pings that the root keeps, the bell of a busy worker, the end by a kill.
//!
//! A ping is not sent on: the root keeps it and the worker is sent its number. Whichever comes first has it
//! answered: the worker's pong, the worker at a checkpoint, or an immediate kill that was sent after it. The
//! answer passes the root in any case.

use std::{collections::VecDeque, time::Duration};

use insula_core::{Capability, Control, Priority, contract::Address};

use super::{Phase, Record, WORKERS, end::end, links};
use crate::{
    Parcel, Web,
    frame::{Frame, Head},
    js,
};

/// How long a worker that is to be killed has for pings that only its event loop may answer. One that is
/// idle needs less than a millisecond; one that is busy would not have answered before its end.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// The number of a ping that nobody waits for: a heartbeat.
pub(super) const BEAT: u64 = 0;

type Answer = (Address<Web>, Parcel);

/// The pings that a worker has not answered, oldest first.
#[derive(Default)]
pub(super) struct Pings {
    last: u64,
    kept: VecDeque<(u64, Priority, Answer)>,
}

impl Pings {
    fn keep(&mut self, to: Address<Web>, response: Parcel, priority: Priority) -> u64 {
        self.last += 1;
        self.kept.push_back((self.last, priority, (to, response)));
        self.last
    }

    fn take(&mut self, number: u64) -> Option<Answer> {
        let at = self.kept.iter().position(|ping| ping.0 == number)?;
        self.kept.remove(at).map(|(.., answer)| answer)
    }

    fn take_immediate(&mut self) -> Vec<Answer> {
        let all = std::mem::take(&mut self.kept).into_iter();
        let (taken, kept) = all.partition::<VecDeque<_>, _>(|ping| ping.1 == Priority::Immediate);
        self.kept = kept;
        taken.into_iter().map(|(.., answer)| answer).collect()
    }

    fn has_delayed(&self) -> bool {
        self.kept
            .iter()
            .any(|ping| ping.1 == Priority::BeforeNextEvent)
    }
}

impl Record {
    /// Tells the worker, should it be busy, that there is control for it.
    pub(super) fn ring(&mut self) {
        if let Some(url) = self.bell.take() {
            js::revoke_url(&url);
        }
    }
}

/// What is left to do when control has reached its worker.
enum Left {
    Nothing,
    /// There is no worker.
    Undeliverable(Control<Web>),
    /// It is a script, which can't end by itself.
    #[cfg(feature = "js")]
    Terminate(Capability),
}

/// Carries control to a worker, remembering who wants to hear what about it.
pub(crate) fn control(to: u64, control: Control<Web>) {
    let left = WORKERS.with_borrow_mut(|workers| match workers.get_mut(&to) {
        Some(record) => record.control(to, control),
        None => Left::Undeliverable(control),
    });
    match left {
        Left::Nothing => {}
        Left::Undeliverable(control) => control.undeliverable(),
        #[cfg(feature = "js")]
        Left::Terminate(key) => terminate(to, key),
    }
}

impl Record {
    fn control(&mut self, id: u64, control: Control<Web>) -> Left {
        match control {
            Control::AddExitListener { to, response } | Control::Watch { to, response } => {
                self.listeners.add_exit(to, response);
                return Left::Nothing;
            }
            Control::RemoveExitListener { to } => {
                self.listeners.remove_exit(&to);
                return Left::Nothing;
            }
            // What comes after an immediate kill is not handled.
            _ if matches!(self.phase, Phase::Doomed) => return Left::Nothing,
            Control::Ping {
                to,
                response,
                priority,
            } => {
                let number = self.pings.keep(to, response, priority);
                self.knock(id, number, priority);
            }
            #[cfg(feature = "js")]
            control if self.script.is_some() => {
                let kill = self.control_script(control);
                return kill.map_or(Left::Nothing, Left::Terminate);
            }
            control => {
                match &control {
                    Control::AddErrorListener { to } => self.listeners.add_error(to.clone()),
                    Control::RemoveErrorListener { to } => self.listeners.remove_error(to),
                    _ => {}
                }
                self.line.post(&Frame::from_control(control).into_js(id));
            }
        }
        self.ring();
        Left::Nothing
    }

    /// Asks a worker for a sign of life, which is also an answer to a ping.
    pub(super) fn knock(&self, id: u64, number: u64, priority: Priority) {
        #[cfg(feature = "js")]
        if self.script.is_some() {
            return self.knock_script(number);
        }
        let knock = Head::Knock {
            number,
            before_next_event: priority == Priority::BeforeNextEvent,
        };
        self.line.post(&Frame::new(knock).into_js(id));
    }
}

/// A worker has come to a ping in its control queue.
pub(super) fn pong(from: u64, number: u64) {
    let answer = WORKERS.with_borrow_mut(|workers| workers.get_mut(&from)?.pings.take(number));
    links::in_name_of(from, true, || give(answer));
}

/// A worker is at a checkpoint, and looks for control by `url` from now on.
pub(super) fn bell(from: u64, url: String) {
    let answers = WORKERS.with_borrow_mut(|workers| {
        let record = workers.get_mut(&from)?;
        record.ring();
        record.bell = Some(url).filter(|url| !url.is_empty());
        record.line.post(&Frame::new(Head::Heard).into_js(from));
        Some(record.pings.take_immediate())
    });
    links::in_name_of(from, true, || give(answers.into_iter().flatten()));
}

/// Ends a worker, after the pings that were sent before.
pub(super) fn terminate(id: u64, key: Capability) {
    let is_due = WORKERS.with_borrow_mut(|workers| {
        let record = workers.get_mut(&id)?;
        if record.terminate != key || matches!(record.phase, Phase::Doomed) {
            return None;
        }
        let waits = matches!(record.phase, Phase::Running) && record.pings.has_delayed();
        if waits {
            // The kill was sent behind the pings, so it may end by itself, having answered them in order.
            record.phase = Phase::Doomed;
            record.set_timeout(LAST_WORDS);
        }
        Some(!waits)
    });
    if is_due == Some(true) {
        finish(id);
    }
}

/// Ends a worker now. Immediate pings that were sent before the kill found it alive.
pub(super) fn finish(id: u64) {
    let answers =
        WORKERS.with_borrow_mut(|workers| Some(workers.get_mut(&id)?.pings.take_immediate()));
    links::in_name_of(id, false, || give(answers.into_iter().flatten()));
    end(id, false);
}

fn give(answers: impl IntoIterator<Item = Answer>) {
    for (to, response) in answers {
        to.post(response);
    }
}
