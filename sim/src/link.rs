//! What one isolate has sent to another and has not arrived.

use std::collections::VecDeque;

use insula_core::{Control, contract::Event};

use crate::{Kind, Simulated, trace::Cargo};

/// What a link carries as an event.
pub(crate) enum Carried<K: Kind> {
    /// An event.
    Event(Event<Simulated<K>>),
    /// Tells a spawner that its isolate was started, or was not; by ticket.
    Started(u64),
}

impl<K: Kind> Carried<K> {
    pub(crate) fn cargo(&self) -> Cargo {
        match self {
            Self::Event(event) => Cargo::of_event(event),
            Self::Started(_) => Cargo::Started,
        }
    }
}

/// The way from one isolate to another. What it carries is numbered in the order of sending: control
/// may overtake events, events never overtake control.
pub(crate) struct Link<K: Kind> {
    sent: u64,
    events: VecDeque<(u64, Carried<K>)>,
    control: VecDeque<(u64, Control<Simulated<K>>)>,
}

impl<K: Kind> Default for Link<K> {
    fn default() -> Self {
        Self {
            sent: 0,
            events: VecDeque::new(),
            control: VecDeque::new(),
        }
    }
}

impl<K: Kind> Link<K> {
    pub(crate) fn send(&mut self, carried: Carried<K>) {
        self.sent += 1;
        self.events.push_back((self.sent, carried));
    }

    pub(crate) fn send_control(&mut self, control: Control<Simulated<K>>) {
        self.sent += 1;
        self.control.push_back((self.sent, control));
    }

    /// The control message that can arrive now.
    pub(crate) fn next_control(&self) -> Option<&Control<Simulated<K>>> {
        self.control.front().map(|(_, control)| control)
    }

    /// The event that can arrive now: none before control that was sent earlier.
    pub(crate) fn next_event(&self) -> Option<&Carried<K>> {
        let (sent, event) = self.events.front()?;
        let waits = self
            .control
            .front()
            .is_some_and(|(earlier, _)| earlier < sent);
        (!waits).then_some(event)
    }

    /// How many things can arrive now.
    pub(crate) fn choices(&self) -> usize {
        usize::from(self.next_event().is_some()) + usize::from(self.next_control().is_some())
    }

    pub(crate) fn take_event(&mut self) -> Option<Carried<K>> {
        self.events.pop_front().map(|(_, event)| event)
    }

    pub(crate) fn take_control(&mut self) -> Option<Control<Simulated<K>>> {
        self.control.pop_front().map(|(_, control)| control)
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len() + self.control.len()
    }
}
