//! One isolate, as its world knows it.

use std::{collections::VecDeque, time::Duration};

use insula_core::{
    Control,
    contract::{Event, Launch},
};

use crate::{Capability, Sim, in_flight::Envelope, isolate_id::IsolateId, report::Waiting};

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
}

impl IsolateState {
    pub(crate) fn new(name: String, unborn: Option<Unborn>) -> Self {
        let terminate = unborn
            .as_ref()
            .map(|unborn| unborn.launch.terminate_capability);
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
        }
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.life == Life::Gone
    }

    pub(crate) fn enqueue(&mut self, envelope: Envelope) {
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

    /// What it waits for, for a person.
    pub(crate) fn waiting(&self, isolate: IsolateId, can_take_a_turn: bool) -> Waiting {
        let place = if self.life == Life::Waits {
            "waits in a blocking call"
        } else {
            "waits for an event"
        };
        let what = if can_take_a_turn {
            "can take a turn".to_owned()
        } else if let Some(deadline) = self.alarm {
            format!("{place} or its timer at {deadline:?}")
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
