//! Uncaught errors, and the end of an isolate (M6).

use super::{ENDING_ROUNDS, EventLoop, Phase, Target, Turn};
use crate::{
    ExitReason, Platform, Priority, RemoteError,
    contract::{Exit, Inbox},
    kind::Kind,
    log,
    panics::{self, Stopped},
};

impl<P: Platform> EventLoop<P> {
    /// An error that nothing caught: listeners hear it, or a person does; a fatal one ends the isolate.
    pub(crate) fn uncaught(&self, error: &RemoteError) {
        if !self.errors_fatal.get() || self.is_ending() {
            return self.report(error);
        }
        let is_heard = self.tell_listeners(error);
        // Who has asked for the reason of the end hears it then.
        let asked = self
            .known_rare()
            .is_some_and(|rare| rare.listeners.borrow().ask_for_reason());
        let is_awaited = !is_heard && (asked || self.has_outer_listeners);
        if !is_heard && !is_awaited {
            log::unheard::<P>(&self.itself.debug_name, error);
        }
        self.is_unheard.set(is_awaited);
        self.begin_end(ExitReason::Failed(error.clone()));
    }

    /// Tells the error listeners, or a person where there is none.
    pub(crate) fn report(&self, error: &RemoteError) {
        if !self.tell_listeners(error) {
            log::unheard::<P>(&self.itself.debug_name, error);
        }
    }

    /// Tells the error listeners; false when there is none.
    fn tell_listeners(&self, error: &RemoteError) -> bool {
        self.publish_error();
        match &self.host {
            Some(host) => host.notify_error(error),
            None => {
                let rare = self.known_rare();
                // A listener's waker may run any code, so nothing is told while they are borrowed.
                let hearing = rare.map(|rare| rare.listeners.borrow().error_listeners());
                hearing.is_some_and(|listeners| listeners.notify_error(error))
            }
        }
    }

    /// Reports an error that ends nothing, wherever the caller runs.
    pub(crate) fn report_here(error: &RemoteError) {
        match Self::try_current() {
            Some(here) => here.report(error),
            None => log::unheard::<P>("host", error),
        }
    }

    fn has_events(&self) -> bool {
        !self.inbox.borrow_mut().is_empty()
    }

    /// Whether something may still happen in the isolate (M5).
    pub(super) fn is_alive(&self) -> bool {
        self.host.is_some()
            || self.entry.borrow().is_some()
            || self.ports.alive() > 0
            || self.timers.len() > 0
            || self.executor.has_microtasks()
            || self.executor.len() > 0
                && (self.has_events() || self.executor.can_be_woken() || self.has_events())
    }

    /// The isolate ends when the running event does. The first reason counts.
    pub(crate) fn begin_end(&self, reason: ExitReason) {
        if self.phase.get() == Phase::Running {
            self.phase.set(Phase::Ending);
            self.publish_ending();
            let before = self.reason.replace(reason);
            drop(before);
        }
    }

    /// How the isolate comes to its end, or came to it; `Finished` while nothing else has begun that. Whether its error was
    /// heard does not count the exit listeners.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let reason = self.reason.borrow().clone();
        Exit::new(&self.itself.debug_name, reason, !self.is_unheard.get())
    }

    /// Ends the isolate (M6): destructors run, linked children are killed, ports close, and then the
    /// exit listeners are told.
    pub(super) fn finish(&self) -> Turn {
        let record = self.record(Kind::End);
        let _span = self.span(Kind::End);
        let drawing = self.draw(Kind::End);
        self.publish_ending();
        self.publish_begin(Kind::End);
        self.executing.set(true);
        self.phase.set(Phase::Finishing);
        self.clear_away();
        if let Some(rare) = self.known_rare() {
            for child in rare.linked.take() {
                Self::kill(&child, Priority::Immediate);
            }
        }
        self.phase.set(Phase::Ended);
        // No answer comes any more: what is opened from now on is closed.
        self.close_each(self.ports.seal());
        let (events, control) = self.inbox.borrow_mut().close();
        self.drop_each(events);
        if let Some(rare) = self.known_rare() {
            self.drop_each(rare.deferred.take());
        }
        // What the destructors of messages have made.
        self.clear_away();
        self.publish_over();
        // Who is answered here may have something to ask of this isolate, at which nothing unwinds any more.
        self.executing.set(false);
        let mut exit = self.exit();
        for control in control {
            self.apart(|| exit.is_heard |= control.too_late(&exit));
        }
        log::ended(&self.itself.debug_name);
        let is_heard = match self.known_rare() {
            Some(rare) => rare.listeners.borrow_mut().notify_exit(&exit),
            None => exit.is_heard,
        };
        if let (false, Some(error)) = (is_heard || self.has_outer_listeners, exit.reason.error()) {
            log::unheard::<P>(&self.itself.debug_name, error);
        }
        self.end_drawing(drawing);
        drop(record);
        Turn::Ended
    }

    /// Drops what the isolate holds. What a destructor makes meets the same end, as long as that does not go on for ever.
    fn clear_away(&self) {
        for round in 1..=ENDING_ROUNDS {
            self.drop_each(self.executor.clear());
            self.timers
                .clear(&mut |callback| self.drop_caught(callback));
            self.close_each(self.ports.clear());
            let is_clear = self.executor.len() == 0
                && !self.executor.has_microtasks()
                && self.timers.len() == 0
                && self.ports.alive() == 0;
            if !is_clear && round < ENDING_ROUNDS {
                continue;
            }
            // The others may use these in their destructors, so they come last.
            let entry = self.entry.borrow_mut().take();
            self.drop_caught(entry);
            match self.locals.get() {
                Some(locals) if !locals.is_empty() => self.drop_each(locals.clear()),
                _ => break,
            }
        }
    }

    /// Drops what a host's loop holds, which can be used again.
    pub fn let_go(&self) {
        for _ in 0..ENDING_ROUNDS {
            self.drop_each(self.executor.clear());
            self.timers
                .clear(&mut |callback| self.drop_caught(callback));
            if self.executor.len() == 0 && !self.executor.has_microtasks() && self.timers.len() == 0
            {
                break;
            }
        }
    }

    /// Drops values one by one: a destructor that panics is an error, and does not keep the next from running.
    pub(super) fn drop_each(&self, values: impl IntoIterator<Item = impl Sized>) {
        for value in values {
            self.drop_caught(value);
        }
    }

    /// Tells what took the parcels of ports that nothing comes to them any more.
    fn close_each(&self, targets: impl IntoIterator<Item = Target<P>>) {
        for target in targets {
            if let Target::Shared(target) = &target {
                self.apart(|| target.closed());
            }
            self.drop_caught(target);
        }
    }

    pub(super) fn drop_caught(&self, value: impl Sized) {
        self.apart(|| drop(value));
    }

    /// As [`drop_each`](Self::drop_each), wherever the caller runs.
    pub(crate) fn drop_each_here(values: impl IntoIterator<Item = impl Sized>) {
        for value in values {
            if let Err(Stopped::Panic(error)) = panics::catch::<P, _>(|| drop(value)) {
                Self::report_here(&error);
            }
        }
    }

    /// Runs code whose panic is an error of this isolate and nothing else.
    pub(super) fn apart(&self, code: impl FnOnce()) {
        if let Err(Stopped::Panic(error)) = panics::catch::<P, _>(code) {
            self.report(&error);
        }
    }
}

/// A host's loop ends with its thread, which must not panic then.
impl<P: Platform> Drop for EventLoop<P> {
    fn drop(&mut self) {
        self.let_go();
        self.close_each(self.ports.seal());
        if let Some(locals) = self.locals.get() {
            self.drop_each(locals.clear());
        }
        if let Some(rare) = self.known_rare() {
            self.drop_each(rare.deferred.take());
        }
    }
}
