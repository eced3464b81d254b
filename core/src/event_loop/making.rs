//! Event loops are made: those of isolates, and those of the host.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    sync::Arc,
};

use super::{EventLoop, Phase, inspection::Tally, rows::Row};
use crate::{
    ExitReason, Platform,
    contract::{Host, Identity, Launch},
    event_loop::{Executor, PortTable, Timers},
    inspection::Status,
    log, panics,
};

impl<P: Platform> EventLoop<P> {
    /// The loop of a new isolate, whose first event is `entry`.
    pub fn isolate(
        launch: Launch<P>,
        mailbox: P::Mailbox,
        inbox: P::Inbox,
        entry: Box<dyn FnOnce()>,
    ) -> Rc<Self> {
        let itself = launch.identity(mailbox.clone());
        let status = Self::listed(launch.status, &launch.debug_name, &mailbox);
        let mut this = Self::new(itself, mailbox, inbox, None, status);
        this.has_outer_listeners = launch.has_outer_listeners;
        this.errors_fatal.set(launch.errors_fatal);
        if launch.paused {
            let pauses = &this.rare().pauses;
            pauses.borrow_mut().add(launch.pause_capability);
            this.publish_pauses();
        }
        for (to, response) in launch.on_exit {
            let _ = this.rare().listeners.borrow_mut().add_exit(to, response);
        }
        for to in launch.on_error {
            let _ = this.rare().listeners.borrow_mut().add_error(to);
        }
        *this.entry.borrow_mut() = Some(entry);
        log::started(&this.itself.debug_name);
        Rc::new(this)
    }

    /// A loop of the host's: it can't be paused, killed or exited, and never ends.
    pub fn host(host: Arc<Host<P>>, mailbox: P::Mailbox, inbox: P::Inbox) -> Rc<Self> {
        let itself = host.identity().clone();
        Rc::new(Self::new(itself, mailbox, inbox, Some(host), None))
    }

    fn new(
        itself: Identity<P>,
        mailbox: P::Mailbox,
        inbox: P::Inbox,
        host: Option<Arc<Host<P>>>,
        status: Option<Arc<Status>>,
    ) -> Self {
        panics::install_hook::<P>();
        Self {
            itself,
            mailbox,
            inbox: RefCell::new(inbox),
            entry: RefCell::default(),
            ports: PortTable::default(),
            executor: Executor::default(),
            timers: Timers::default(),
            timers_first: Cell::new(false),
            rare: OnceCell::new(),
            errors_fatal: Cell::new(host.is_none()),
            host,
            executing: Cell::new(false),
            turning: Cell::new(false),
            row: Row::default(),
            phase: Cell::new(Phase::Running),
            reason: RefCell::new(ExitReason::Finished),
            is_unheard: Cell::new(false),
            has_outer_listeners: false,
            locals: OnceCell::new(),
            status,
            tally: Tally::default(),
        }
    }
}
