//! What one isolate has sent to another and has not arrived.

use std::collections::VecDeque;

use insula_core::{Control, contract::Event};

use crate::{Sim, trace::Cargo};

/// What one isolate sends to another.
pub(crate) enum Envelope {
    /// For the event queue.
    Event(Event<Sim>),
    /// Tells a spawner the outcome of its start with this number. It keeps its order with events.
    Started(u64),
    /// For the control queue.
    Control(Control<Sim>),
}

impl Envelope {
    fn cargo(&self) -> Cargo {
        match self {
            Self::Event(event) => Cargo::of_event(event),
            Self::Started(_) => Cargo::Started,
            Self::Control(control) => Cargo::of_control(control),
        }
    }
}

/// The envelopes on their way from one isolate to another, numbered in the order of sending. Control
/// may overtake events; events never overtake control.
#[derive(Default)]
pub(crate) struct InFlight {
    sent: u64,
    events: VecDeque<(u64, Envelope)>,
    control: VecDeque<(u64, Envelope)>,
    /// Set while no event may arrive, by a fault.
    pub(crate) is_late: bool,
}

impl InFlight {
    pub(crate) fn send(&mut self, envelope: Envelope) {
        self.sent += 1;
        let queue = match envelope {
            Envelope::Event(_) | Envelope::Started(_) => &mut self.events,
            Envelope::Control(_) => &mut self.control,
        };
        queue.push_back((self.sent, envelope));
    }

    /// The control message that can arrive now.
    pub(crate) fn next_control(&self) -> Option<Cargo> {
        self.control.front().map(|(_, envelope)| envelope.cargo())
    }

    /// The event that can arrive now: none before control that was sent earlier.
    pub(crate) fn next_event(&self) -> Option<Cargo> {
        self.event_may_arrive()
            .then(|| self.events.front().map(|(_, envelope)| envelope.cargo()))?
    }

    fn event_may_arrive(&self) -> bool {
        if self.is_late {
            return false;
        }
        match (self.events.front(), self.control.front()) {
            (Some((event, _)), Some((control, _))) => event < control,
            (event, _) => event.is_some(),
        }
    }

    /// How many things can arrive now.
    pub(crate) fn choices(&self) -> usize {
        usize::from(self.event_may_arrive()) + usize::from(!self.control.is_empty())
    }

    pub(crate) fn take_event(&mut self) -> Option<Envelope> {
        self.events.pop_front().map(|(_, envelope)| envelope)
    }

    pub(crate) fn take_control(&mut self) -> Option<Envelope> {
        self.control.pop_front().map(|(_, envelope)| envelope)
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len() + self.control.len()
    }
}
