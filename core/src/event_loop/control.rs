//! What an event loop does with control messages.

use super::{EventLoop, Phase};
use crate::{
    Capability, ExitReason, Platform, Priority,
    contract::{Address, Control, Event, Identity, Inbox, Mailbox},
};

impl<P: Platform> EventLoop<P> {
    /// Whether events wait for a resume.
    pub(crate) fn is_paused(&self) -> bool {
        self.known_rare()
            .is_some_and(|rare| !rare.pauses.borrow().is_empty())
    }

    /// Whether the isolate is about to end or has.
    pub(crate) fn is_ending(&self) -> bool {
        self.phase.get() != Phase::Running
    }

    /// Whether the running code is to be left, as the isolate ends with its event.
    pub(crate) fn is_to_be_left(&self) -> bool {
        self.phase.get() == Phase::Ending
    }

    /// Whether the isolate's last destructors run, or have run.
    pub(crate) fn is_finishing(&self) -> bool {
        matches!(self.phase.get(), Phase::Finishing | Phase::Ended)
    }

    /// Takes a job out of the queue of the isolate that it was posted to, unless it has begun.
    pub(crate) fn withdraw(from: &P::Mailbox, reply: Address<P>) {
        from.control(Control::Withdraw {
            reply: reply.clone(),
        });
        from.post(Event::Withdrawn { reply });
    }

    /// Asks something of the isolate at `mailbox`; the calling one handles it before the call returns.
    pub(crate) fn request(mailbox: &P::Mailbox, control: Control<P>) {
        mailbox.control(control);
        if let Some(here) = Self::try_current().filter(|here| here.mailbox() == mailbox) {
            here.obey();
        }
    }

    /// Kills an isolate by the capability that `isolate` has; without it nothing happens.
    pub(crate) fn kill(isolate: &Identity<P>, priority: Priority) {
        let key = isolate.terminate;
        Self::request(&isolate.mailbox, Control::Kill { key, priority });
        if P::CAN_KILL_AT_ONCE && priority == Priority::Immediate && key.is_some() {
            isolate.mailbox.terminate(key);
        }
    }

    /// Handles the control messages that have arrived.
    pub(crate) fn drain_control(&self) {
        while self.phase.get() == Phase::Running {
            let Some(control) = self.inbox.borrow_mut().next_control() else {
                break;
            };
            self.handle_control(control);
        }
    }

    pub(super) fn flush_deferred(&self) {
        let Some(rare) = self.known_rare() else {
            return;
        };
        while self.phase.get() == Phase::Running {
            let Some(control) = rare.deferred.borrow_mut().pop_front() else {
                break;
            };
            self.handle_control(control);
        }
    }

    pub(super) fn handle_control(&self, control: Control<P>) {
        self.note_control(&control);
        let deferrable = matches!(
            control,
            Control::Ping {
                priority: Priority::BeforeNextEvent,
                ..
            } | Control::Kill {
                priority: Priority::BeforeNextEvent,
                ..
            }
        );
        if deferrable && self.executing.get() {
            self.rare().deferred.borrow_mut().push_back(control);
            return;
        }
        if let Control::Withdraw { reply } = control {
            self.rare().withdrawn.borrow_mut().insert(reply, ());
            return;
        }
        if let Some(host) = &self.host {
            return host.handle_control(control);
        }
        match control {
            Control::Pause { key, resume } => {
                if self.may_pause(key) {
                    self.rare().pauses.borrow_mut().add(resume);
                    self.publish_pauses();
                }
            }
            Control::Resume { key, resume } => {
                if self.may_pause(key) {
                    self.rare().pauses.borrow_mut().remove(resume);
                    self.publish_pauses();
                }
            }
            Control::Ping { to, response, .. } => to.tell(response),
            Control::Kill { key, .. } => {
                if self.may_terminate(key) {
                    self.begin_end(ExitReason::Killed);
                }
            }
            Control::AddExitListener { to, response } | Control::Watch { to, response } => {
                let replaced = self.rare().listeners.borrow_mut().add_exit(to, response);
                self.drop_caught(replaced);
            }
            Control::RemoveExitListener { to } => {
                let removed = self.rare().listeners.borrow_mut().remove_exit(&to);
                self.drop_caught((removed, to));
            }
            Control::AddErrorListener { to } => {
                let replaced = self.rare().listeners.borrow_mut().add_error(to);
                self.drop_caught(replaced);
            }
            Control::RemoveErrorListener { to } => {
                let removed = self.rare().listeners.borrow_mut().remove_error(&to);
                self.drop_caught((removed, to));
            }
            Control::Withdraw { .. } => {}
            Control::SetErrorsFatal { key, fatal } => {
                if self.may_terminate(key) {
                    self.errors_fatal.set(fatal);
                }
            }
        }
    }

    pub(super) fn may_pause(&self, key: Option<Capability<P>>) -> bool {
        key.is_some() && key == self.itself.pause
    }

    pub(super) fn may_terminate(&self, key: Option<Capability<P>>) -> bool {
        key.is_some() && key == self.itself.terminate
    }
}
