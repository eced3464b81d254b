//! Uncaught errors, and the end of an isolate (M6).

use super::{ENDING_ROUNDS, EventLoop, Phase, Turn};
use crate::{
    Platform, Priority, RemoteError,
    contract::Inbox,
    log,
    panics::{self, Stopped},
};

impl<P: Platform> EventLoop<P> {
    /// An error that nothing caught: listeners hear it, or a person does; a fatal one ends the isolate.
    pub(crate) fn uncaught(&self, error: &RemoteError) {
        self.report(error);
        if self.errors_fatal.get() {
            self.begin_end();
        }
    }

    /// Tells the error listeners, or a person where there is none.
    pub(crate) fn report(&self, error: &RemoteError) {
        let heard = match &self.host {
            Some(host) => host.notify_error(error),
            None => self.listeners.borrow().notify_error(error),
        };
        if !heard {
            log::unheard::<P>(&self.itself.debug_name, error);
        }
    }

    /// Reports an error that ends nothing, wherever the caller runs.
    pub(crate) fn report_here(error: &RemoteError) {
        match Self::try_current() {
            Some(here) => here.report(error),
            None => log::unheard::<P>("host", error),
        }
    }

    /// The isolate ends when the running event does.
    pub(crate) fn begin_end(&self) {
        if self.phase.get() == Phase::Running {
            self.phase.set(Phase::Ending);
        }
    }

    /// Ends the isolate (M6): destructors run, linked children are killed, ports close, and then the
    /// exit listeners are told.
    pub(super) fn finish(&self) -> Turn {
        self.executing.set(true);
        // What a destructor spawns or schedules meets the same end, as long as it does not go on for ever.
        for _ in 0..ENDING_ROUNDS {
            self.drop_caught(self.executor.clear());
            self.drop_caught(self.timers.clear());
            if let Err(stopped) = panics::catch::<P, _>(|| self.ports.clear()) {
                self.report_stopped(stopped);
            }
            if self.executor.len() == 0
                && !self.executor.has_microtasks()
                && self.timers.len() == 0
                && self.ports.alive() == 0
            {
                break;
            }
        }
        let entry = self.entry.borrow_mut().take();
        self.drop_caught(entry);
        if let Some(locals) = self.locals.get() {
            self.drop_caught(locals.clear());
        }
        for child in self.linked.take() {
            Self::kill(&child, Priority::Immediate);
        }
        self.phase.set(Phase::Ended);
        let (events, control) = self.inbox.borrow_mut().close();
        self.drop_caught(events);
        // Who is answered here may have something to ask of this isolate, at which nothing unwinds any more.
        self.executing.set(false);
        for control in control {
            control.undeliverable();
        }
        log::ended(&self.itself.debug_name);
        self.listeners.borrow_mut().notify_exit();
        Turn::Ended
    }

    pub(super) fn drop_caught(&self, value: impl Sized) {
        if let Err(stopped) = panics::catch::<P, _>(|| drop(value)) {
            self.report_stopped(stopped);
        }
    }

    pub(super) fn report_stopped(&self, stopped: Stopped) {
        if let Stopped::Panic(error) = stopped {
            self.report(&error);
        }
    }
}
