//! What arrived at this isolate, as core takes it.

use std::collections::VecDeque;

use insula_core::{
    Control,
    contract::{self, Event},
};

use crate::{Web, post::outbox, side, turn::queues::Inbox};

impl contract::Inbox<Web> for Inbox {
    fn next_control(&mut self) -> Option<Control<Web>> {
        self.queues.borrow_mut().control.pop_front()
    }

    fn next_event(&mut self) -> Option<Event<Web>> {
        self.queues.borrow_mut().events.pop_front()
    }

    fn at_checkpoint(&mut self) {
        outbox::flush();
        side::look_for_control();
    }

    fn is_empty(&mut self) -> bool {
        self.queues.borrow().events.is_empty()
    }

    fn len(&mut self) -> Option<usize> {
        Some(self.queues.borrow().events.len())
    }

    fn close(&mut self) -> (VecDeque<Event<Web>>, VecDeque<Control<Web>>) {
        let mut queues = self.queues.borrow_mut();
        (
            std::mem::take(&mut queues.events),
            std::mem::take(&mut queues.control),
        )
    }

    fn put_back(&mut self, events: VecDeque<Event<Web>>) {
        for event in events.into_iter().rev() {
            self.queues.borrow_mut().events.push_front(event);
        }
    }
}
