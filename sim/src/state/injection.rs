//! The faults of a run: when they come, and what they do to the world.

use std::time::Duration;

use insula_core::{
    ExitReason, Listeners, RemoteError,
    contract::{Control, Exit, Priority},
};

use super::State;
use crate::{
    Sim, fault::Fault, in_flight::Envelope, isolate_id::IsolateId, isolate_state::Life,
    likeness::Likeness, limits::START_LIMIT, steps::Step,
};

impl State {
    /// A fault instead of the next step, if one comes now. It is noted and has happened, except that the
    /// listeners of a dead isolate are still to be told.
    pub(super) fn fault(&mut self) -> Option<Fault> {
        let may = self.chances.faults;
        let fault = if self.clock_stands || self.closing {
            None
        } else if self.chances.at_step(may.deaths) {
            self.death()
        } else if self.chances.at_step(may.late_messages) {
            self.lateness()
        } else if self.chances.at_step(may.clock_jumps) {
            Some(self.jump())
        } else {
            None
        };
        self.trace.push(Step::Fault(fault?));
        fault
    }

    fn death(&mut self) -> Option<Fault> {
        let mortal = self.all_living().map(|(isolate, _)| isolate);
        let mortal = mortal
            .filter(|isolate| *isolate != IsolateId::HOST)
            .collect();
        let isolate = self.chances.one_of(mortal)?;
        self.cancel_alarm(isolate);
        self.ready.remove(&isolate);
        self.isolate(isolate)?.life = Life::Gone;
        // Its code and stack are brought down with the world.
        self.died.push(isolate);
        for child in std::mem::take(&mut self.isolate(isolate)?.linked) {
            let key = self.isolate(child).and_then(|child| child.terminate);
            let priority = Priority::Immediate;
            let kill = Envelope::Control(Control::Kill { key, priority });
            // A child that is gone gets nothing; a kill has no destructor.
            let _ = self.send(isolate, child, kill);
        }
        Some(Fault::Death { isolate })
    }

    /// The end of an isolate that has died, as its listeners hear of it.
    pub(crate) fn death_of(&mut self, dead: IsolateId) -> Exit {
        let name = self.isolate(dead).map(|dead| dead.name.clone());
        let error = RemoteError::new("the worker is gone: a fault of the simulator", "");
        Exit::new(&name.unwrap_or_default(), ExitReason::Lost(error), true)
    }

    /// The exit listeners of an isolate that has died, to be told.
    pub(crate) fn take_listeners(&mut self, dead: IsolateId) -> Listeners<Sim> {
        let dead = self.isolate(dead);
        dead.map(|dead| std::mem::take(&mut dead.listeners))
            .unwrap_or_default()
    }

    fn lateness(&mut self) -> Option<Fault> {
        let links = self.in_flight.iter();
        let prompt = links.filter(|(_, in_flight)| in_flight.next_event().is_some());
        let prompt = prompt.map(|(link, _)| *link).collect();
        let (from, to) = self.chances.one_of(prompt)?;
        let until = self.now + self.chances.delay();
        self.hold(from, to, until);
        Some(Fault::LateMessages { from, to, until })
    }

    /// Lets no event of a link arrive before `until`.
    fn hold(&mut self, from: IsolateId, to: IsolateId, until: Duration) {
        if let Some(in_flight) = self.in_flight.get_mut(&(from, to)) {
            in_flight.is_late = true;
            self.late.insert((until, from, to));
        }
    }

    /// Lets the events of the links arrive that were late until `now`.
    pub(super) fn release(&mut self, now: Duration) {
        while let Some(link) = self
            .late
            .first()
            .copied()
            .filter(|(until, ..)| *until <= now)
        {
            self.late.remove(&link);
            let (_, from, to) = link;
            if let Some(in_flight) = self.in_flight.get_mut(&(from, to)) {
                in_flight.is_late = false;
            }
        }
    }

    fn jump(&mut self) -> Fault {
        let now = self.now + self.chances.delay();
        self.set_clock(now);
        Fault::ClockJump { now }
    }

    /// What goes wrong with a start, if anything does.
    pub(crate) fn fault_of_start(&mut self, like: Likeness, spawner: IsolateId) -> Option<Fault> {
        if self.closing {
            return None;
        }
        let may = self.chances.faults;
        let is_worker = like == Likeness::Workers;
        let fault = if self.chances.at_start(may.missing_threads) {
            Fault::MissingThread { spawner }
        } else if self.chances.at_start(is_worker && may.failed_starts) {
            Fault::FailedStart { spawner }
        } else if self.chances.at_start(is_worker && may.silent_starts) {
            Fault::SilentStart { spawner }
        } else {
            return None;
        };
        self.trace.push(Step::Fault(fault));
        Some(fault)
    }

    /// Answers a worker's start that went wrong, from where no isolate is.
    pub(crate) fn answer_fault(&mut self, fault: Fault, spawner: IsolateId, number: u64) {
        let from = IsolateId::NOWHERE;
        // The spawner runs, so the envelope is on its way.
        let _ = self.send(from, spawner, Envelope::Started(number));
        if matches!(fault, Fault::SilentStart { .. }) {
            self.hold(from, spawner, self.now + START_LIMIT);
        }
    }
}
