//! One isolate, as its world knows it.

use std::{collections::VecDeque, time::Duration};

use insula_core::{
    Control, Listeners,
    contract::{Event, ExitMessage, Launch},
};

use crate::{
    Capability, Sim, in_flight::Envelope, isolate_id::IsolateId, report::Waiting, steps::Cargo,
};

/// An isolate that was started and has not had its first turn.
pub(crate) struct Unborn {
    pub(crate) launch: Launch<Sim>,
    pub(crate) entry: Box<dyn FnOnce() + Send>,
}

/// Where an isolate is in its life.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// Between two turns, or in one.
    Alive,
    /// In the middle of a turn, while others go on.
    Waits,
    /// In the middle of a turn, in a blocking call that its own loop can't end.
    Parks,
    /// Over: what arrives is dropped.
    Gone,
}

/// What was in an isolate's queues.
pub(crate) type Queues = (VecDeque<Event<Sim>>, VecDeque<Control<Sim>>);

pub(crate) struct IsolateState {
    pub(crate) name: String,
    pub(crate) terminate: Option<Capability>,
    pub(crate) unborn: Option<Unborn>,
    pub(crate) life: Life,
    /// When its next timer is due.
    pub(crate) alarm: Option<Duration>,
    pub(crate) events: VecDeque<Event<Sim>>,
    pub(crate) control: VecDeque<Control<Sim>>,
    /// The starts whose outcome it is to hear, by number.
    pub(crate) started: VecDeque<u64>,
    /// The step in which it took its last turn.
    pub(crate) step: Option<usize>,
    /// Whether its turn has handled an event.
    pub(crate) has_handled: bool,
    /// How often in a row it has had a turn for a timer without the clock going on by itself.
    pub(crate) ticks: u32,
    /// Who is told of its end if it dies without a word.
    pub(crate) listeners: Listeners<Sim>,
    /// The isolates that end with it.
    pub(crate) linked: Vec<IsolateId>,
}

/// The same message for a second holder.
fn share(message: &ExitMessage<Sim>) -> ExitMessage<Sim> {
    match message {
        ExitMessage::Response(parcel) => ExitMessage::Response(parcel.share()),
        ExitMessage::Reason => ExitMessage::Reason,
        ExitMessage::Exit => ExitMessage::Exit,
    }
}

impl IsolateState {
    pub(crate) fn new(name: String, unborn: Option<Unborn>) -> Self {
        let terminate = unborn
            .as_ref()
            .map(|unborn| unborn.launch.terminate_capability);
        let mut listeners = Listeners::default();
        for (to, response) in unborn.iter().flat_map(|unborn| &unborn.launch.on_exit) {
            listeners.add_exit(to.clone(), share(response));
        }
        Self {
            name,
            terminate,
            unborn,
            life: Life::Alive,
            alarm: None,
            events: VecDeque::new(),
            control: VecDeque::new(),
            started: VecDeque::new(),
            step: None,
            has_handled: false,
            ticks: 0,
            listeners,
            linked: Vec::new(),
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.life == Life::Gone
    }

    /// Takes the next event from the queue.
    pub(crate) fn next_event(&mut self) -> Option<Event<Sim>> {
        let event = self.events.pop_front();
        self.has_handled |= event.is_some();
        event
    }

    /// Takes note of who asks for the isolate's end: a dead one can't tell.
    fn note(&mut self, control: &Control<Sim>) {
        match control {
            Control::AddExitListener { to, response } | Control::Watch { to, response } => {
                self.listeners.add_exit(to.clone(), share(response));
            }
            Control::RemoveExitListener { to } => drop(self.listeners.remove_exit(to)),
            _ => {}
        }
    }

    pub(crate) fn enqueue(&mut self, envelope: Envelope) {
        if let Envelope::Control(control) = &envelope {
            self.note(control);
        }
        match envelope {
            Envelope::Event(event) => self.events.push_back(event),
            Envelope::Started(number) => self.started.push_back(number),
            Envelope::Control(control) => self.control.push_back(control),
        }
    }

    /// Puts events back to the front of the queue.
    pub(crate) fn put_back(&mut self, mut events: VecDeque<Event<Sim>>) {
        events.append(&mut self.events);
        self.events = events;
    }

    pub(crate) fn take_queues(&mut self) -> Queues {
        (
            std::mem::take(&mut self.events),
            std::mem::take(&mut self.control),
        )
    }

    /// What has arrived and waits for the loop that a parked isolate does not run.
    fn held_up(&self) -> String {
        let events = self.events.iter().map(Cargo::of_event);
        let control = self.control.iter().map(Cargo::of_control);
        let held_up: Vec<_> = control
            .chain(events)
            .map(|cargo| cargo.to_string())
            .collect();
        if held_up.is_empty() {
            return String::new();
        }
        format!(
            "; its event loop would have to handle: {}",
            held_up.join(", ")
        )
    }

    /// What it waits for, for a person.
    pub(crate) fn waiting(&self, isolate: IsolateId, can_take_a_turn: bool) -> Waiting {
        let place = match self.life {
            Life::Waits => "waits in a blocking call",
            Life::Parks => "is parked in a blocking call",
            Life::Alive | Life::Gone => "waits for an event",
        };
        let what = if can_take_a_turn {
            "can take a turn".to_owned()
        } else if let Some(deadline) = self.alarm {
            format!("{place} or its timer at {deadline:?}")
        } else if self.life == Life::Parks {
            format!("{place}{}", self.held_up())
        } else if self.life == Life::Alive && !self.events.is_empty() {
            // An isolate that says it is idle and has events is paused.
            format!("is paused; events that wait: {}", self.events.len())
        } else {
            place.to_owned()
        };
        Waiting {
            isolate,
            name: self.name.clone(),
            what,
        }
    }
}
