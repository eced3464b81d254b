//! Addresses as numbers, and what arrived at this isolate.

use std::{cell::RefCell, collections::VecDeque, fmt, rc::Rc};

use insula_core::{
    Capability, Control,
    contract::{self, Event},
};

use crate::{
    Web, checkpoint, direct, driver,
    frame::{Frame, Head},
    link, outbox, root,
};

/// The isolate that owns all workers: the page, or the worker that an application began in.
pub(crate) const ROOT: u64 = 0;

/// Where a worker answers pings that the root keeps: the port is the number of the ping.
pub(crate) const PONGS: u64 = 2;

/// The number of no isolate: workers have odd ones.
const NOWHERE: u64 = 4;

/// The bits that all isolates' numbers have.
const ISOLATE: u64 = 1;
/// The bits of those that are scripts, and so get messages as JavaScript values.
const SCRIPT: u64 = 3;

/// The address of an isolate: a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mailbox {
    isolate: u64,
}

impl Mailbox {
    pub(crate) fn new(isolate: u64) -> Self {
        Self { isolate }
    }

    /// A number that no other isolate has: 52 random bits, which a JavaScript number holds exactly.
    pub(crate) fn random(is_script: bool) -> Self {
        let kind = if is_script { SCRIPT } else { ISOLATE };
        Self {
            isolate: (crate::clock::random() as u64 >> 12) & !SCRIPT | kind,
        }
    }

    /// Whether it is a script.
    #[cfg(feature = "js")]
    pub(crate) fn is_script(self) -> bool {
        self.isolate & SCRIPT == SCRIPT
    }

    pub(crate) fn isolate(self) -> u64 {
        self.isolate
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:x}", self.isolate)
    }
}

impl contract::Mailbox<Web> for Mailbox {
    fn nowhere() -> Self {
        Self::new(NOWHERE)
    }

    fn post(&self, event: Event<Web>) {
        if self.isolate == link::own_isolate() {
            driver::push(|queues| queues.events.push_back(event));
        } else if let (PONGS, Event::Message { port, .. }) = (self.isolate, &event) {
            let (number, sent) = (port.0, direct::interject());
            link::send(ROOT, Frame::new(Head::Pong { number, sent }));
        } else if let Some(frame) = Frame::from_event(event) {
            link::send(self.isolate, frame);
        }
    }

    fn control(&self, control: Control<Web>) {
        let own = self.isolate == link::own_isolate();
        // Who hears of an isolate's end is known to the root, which outlives it.
        let of_its_end = matches!(
            control,
            Control::AddExitListener { .. }
                | Control::Watch { .. }
                | Control::RemoveExitListener { .. }
        );
        if own && !(of_its_end && self.isolate != ROOT) {
            driver::push(|queues| queues.control.push_back(control));
        } else {
            link::send_control(self.isolate, control);
        }
    }

    fn is_gone(&self) -> bool {
        link::own_isolate() == ROOT && self.isolate != ROOT && !root::is_alive(self.isolate)
    }

    fn terminate(&self, key: Option<Capability>) {
        if let Some(key) = key {
            link::send(
                ROOT,
                Frame::new(Head::Terminate {
                    id: self.isolate,
                    key,
                }),
            );
        }
    }
}

/// What arrived and was not handled yet.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    pub(crate) events: VecDeque<Event<Web>>,
    pub(crate) control: VecDeque<Control<Web>>,
}

/// What arrived at this isolate.
#[derive(Debug)]
pub struct Inbox(Rc<RefCell<Queues>>);

impl Inbox {
    pub(crate) fn new(queues: Rc<RefCell<Queues>>) -> Self {
        Self(queues)
    }
}

impl contract::Inbox<Web> for Inbox {
    fn next_control(&mut self) -> Option<Control<Web>> {
        self.0.borrow_mut().control.pop_front()
    }

    fn next_event(&mut self) -> Option<Event<Web>> {
        self.0.borrow_mut().events.pop_front()
    }

    fn at_checkpoint(&mut self) {
        outbox::flush();
        checkpoint::look();
    }

    fn is_empty(&mut self) -> bool {
        self.0.borrow().events.is_empty()
    }

    fn close(&mut self) -> (VecDeque<Event<Web>>, VecDeque<Control<Web>>) {
        let mut queues = self.0.borrow_mut();
        (
            std::mem::take(&mut queues.events),
            std::mem::take(&mut queues.control),
        )
    }

    fn put_back(&mut self, events: VecDeque<Event<Web>>) {
        for event in events.into_iter().rev() {
            self.0.borrow_mut().events.push_front(event);
        }
    }
}
