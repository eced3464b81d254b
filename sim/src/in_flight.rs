//! What one isolate has sent to another and has not arrived.

use std::collections::VecDeque;

use insula_core::{
    Control,
    contract::{Event, PortId},
};

use crate::{Sim, steps::Cargo};

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

/// The envelopes on their way from one isolate to another, with their numbers in the order of all sending. Control
/// may overtake events; events never overtake control.
#[derive(Default)]
pub(crate) struct InFlight {
    events: VecDeque<(u64, Envelope)>,
    control: VecDeque<(u64, Envelope)>,
    /// Set while no event may arrive, by a fault.
    pub(crate) is_late: bool,
}

impl InFlight {
    pub(crate) fn send(&mut self, number: u64, envelope: Envelope) {
        let queue = match envelope {
            Envelope::Event(_) | Envelope::Started(_) => &mut self.events,
            Envelope::Control(_) => &mut self.control,
        };
        queue.push_back((number, envelope));
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

    /// The port that nothing leads to any more, and the number of that news, where it is the next event.
    pub(crate) fn next_is_unreachable(&self) -> Option<(u64, PortId)> {
        match self.events.front() {
            Some((number, Envelope::Event(Event::Unreachable(port)))) => Some((*number, *port)),
            _ => None,
        }
    }

    /// Whether a message for `port` is on its way that was sent before `number`.
    pub(crate) fn has_older(&self, number: u64, port: PortId) -> bool {
        let mut older = self.events.iter().take_while(|(sent, _)| *sent < number);
        older.any(|(_, envelope)| {
            let Envelope::Event(event) = envelope else {
                return false;
            };
            matches!(event.itself(), Event::Message { port: to, .. } if *to == port)
        })
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
