//! What arrived at this isolate.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use insula_core::{Control, contract::Event};

use crate::Web;

/// What arrived and was not handled yet.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    pub(crate) events: VecDeque<Event<Web>>,
    pub(crate) control: VecDeque<Control<Web>>,
}

/// What arrived at this isolate, for its event loop.
#[derive(Debug)]
pub struct Inbox {
    pub(crate) queues: Rc<RefCell<Queues>>,
}
