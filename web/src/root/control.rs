//! Control on its way to workers: the pings that the root keeps, the control signal of a busy worker, the end by a kill.
//!
//! A ping is not sent on: the root keeps it and the worker is sent its number. Whichever comes first has it
//! answered: the worker's pong, the worker at a checkpoint, or an immediate kill that was sent after it. The
//! answer passes the root in any case.

use std::time::Duration;

use insula_core::{Control, ExitReason};

use super::{
    channels,
    end::end,
    record::{self, Answer, Phase, Record},
};
use crate::{Capability, Web, ids::IsolateId, protocol::head::Head};

/// How long a worker that is to be killed has for pings that only its event loop may answer. One that is
/// idle needs less than a millisecond; one that is busy would not have answered before its end.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// What is left to do when control has reached its worker.
enum Left {
    Nothing,
    /// There is no worker.
    Undeliverable(Control<Web>),
    /// It can't end by itself.
    Terminate(Capability),
}

/// Carries control to a worker, remembering its listeners.
pub(crate) fn route_control(to: IsolateId, control: Control<Web>) {
    let left = record::with_all(|workers| match workers.get_mut(to) {
        Some(record) => record.control(control),
        None => Left::Undeliverable(control),
    });
    match left {
        Left::Nothing => {}
        Left::Undeliverable(control) => control.undeliverable(),
        Left::Terminate(key) => terminate(to, key),
    }
}

impl Record {
    fn control(&mut self, control: Control<Web>) -> Left {
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
                self.guest.request_ping(&self.way, number, priority);
            }
            control => {
                match &control {
                    Control::AddErrorListener { to } => drop(self.listeners.add_error(to.clone())),
                    Control::RemoveErrorListener { to } => drop(self.listeners.remove_error(to)),
                    _ => {}
                }
                if let Some(key) = self.guest.control(&self.way, control) {
                    return Left::Terminate(key);
                }
            }
        }
        self.signal_control();
        Left::Nothing
    }
}

/// A worker has come to a ping in its control queue.
pub(super) fn pong(from: IsolateId, number: u64) {
    let answer = record::find(from, |record| record.pings.take(number));
    channels::in_name_of(from, true, || give(answer.into_iter().collect()));
}

/// A worker is at a checkpoint, and looks for control by `url` from now on.
pub(super) fn signal_came(from: IsolateId, url: String) {
    let answers = record::with(from, |record| {
        record.signal_control();
        record.control_signal = Some(url).filter(|url| !url.is_empty());
        record.way.tell(Head::ControlSignalSeen);
        record.pings.take_immediate()
    });
    channels::in_name_of(from, true, || give(answers.unwrap_or_default()));
}

/// Ends a worker, after the pings that were sent before.
pub(super) fn terminate(id: IsolateId, key: Capability) {
    let is_due = record::find(id, |record| {
        if record.terminate != key || matches!(record.phase, Phase::Doomed) {
            return None;
        }
        let waits = matches!(record.phase, Phase::Running) && record.pings.has_delayed();
        if waits {
            // The kill was sent behind the pings, so it may end by itself, having answered them in order.
            record.phase = Phase::Doomed;
            record.timeout.set(LAST_WORDS);
        }
        Some(!waits)
    });
    if is_due == Some(true) {
        finish(id);
    }
}

/// Ends a worker now. Immediate pings that were sent before the kill found it alive.
pub(super) fn finish(id: IsolateId) {
    let answers = record::with(id, |record| record.pings.take_immediate());
    channels::in_name_of(id, false, || give(answers.unwrap_or_default()));
    end(id, ExitReason::Killed, false);
}

fn give(answers: Vec<Answer>) {
    for (to, response) in answers {
        to.post(response);
    }
}
