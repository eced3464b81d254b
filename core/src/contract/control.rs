//! Every control message, as one type, and what an isolate keeps of them; [`Host`], which handles them by itself.
//!
//! Control messages travel in a queue of their own that overtakes what was delivered (M2). The
//! isolate handles them before each event and each microtask, at a `checkpoint` and in blocking
//! receives; what they ask for takes effect between events unless they say *immediate*.

use std::sync::Arc;

use super::{Address, Platform, To, launch::Identity};
use serde::{Deserialize, Serialize, Serializer};

use crate::{
    Capability, ExitReason, RemoteError, limits::Limits, note::Note, ordered::Ordered,
    panics::apart, sync::Mutex,
};

/// When a ping is answered or a kill happens.
///
/// ```
/// use insula::{Isolate, Priority, ReceivePort};
/// # insula::main(async || {
/// let mut answers = ReceivePort::new();
/// let to = answers.send_port();
/// let busy = Isolate::run(move || {
///     let itself = Isolate::current();
///     let _ = itself.ping(&to, "between events".to_owned(), Priority::BeforeNextEvent);
///     let _ = itself.ping(&to, "within one".to_owned(), Priority::Immediate);
/// });
/// assert_eq!(answers.next().await.as_deref(), Some("within one"));
/// # busy.await?;
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`Isolate.immediate`](https://api.dart.dev/dart-isolate/Isolate/immediate-constant.html),
/// [`Isolate.beforeNextEvent`](https://api.dart.dev/dart-isolate/Isolate/beforeNextEvent-constant.html).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "Dart has these two and no others")]
pub enum Priority {
    /// As soon as the control message is handled, within the running event if need be.
    Immediate,
    /// When control returns to the event loop; at once when no event is executing.
    #[default]
    BeforeNextEvent,
}

/// A control message.
///
/// `key` is the capability the sender holds; a wrong or missing one makes the receiver ignore the
/// message, silently.
#[derive(Debug)]
#[non_exhaustive]
pub enum Control<P: Platform> {
    /// Adds `resume` to the reasons to be paused.
    Pause {
        /// Must be the isolate's pause capability.
        key: Option<Capability<P>>,
        /// What a `Resume` has to name.
        resume: Capability<P>,
    },
    /// Removes `resume` from the reasons to be paused.
    Resume {
        /// Must be the isolate's pause capability.
        key: Option<Capability<P>>,
        /// What a `Pause` has named.
        resume: Capability<P>,
    },
    /// Asks for an answer.
    Ping {
        /// Where to.
        to: Address<P>,
        /// The answer.
        response: P::Parcel,
        /// When.
        priority: Priority,
    },
    /// Ends the isolate.
    Kill {
        /// Must be the isolate's terminate capability.
        key: Option<Capability<P>>,
        /// When.
        priority: Priority,
    },
    /// Asks for a message at the isolate's end; replaces the response of an earlier request.
    AddExitListener {
        /// Where to.
        to: Address<P>,
        /// The message.
        response: ExitMessage<P>,
    },
    /// As `AddExitListener`, but an isolate that is gone already answers at once.
    Watch {
        /// Where to.
        to: Address<P>,
        /// The message.
        response: ExitMessage<P>,
    },
    /// Takes back `AddExitListener`.
    RemoveExitListener {
        /// Where to.
        to: Address<P>,
    },
    /// Asks for every uncaught error, as a [`RemoteError`].
    AddErrorListener {
        /// Where to.
        to: Address<P>,
    },
    /// Takes back `AddErrorListener`.
    RemoveErrorListener {
        /// Where to.
        to: Address<P>,
    },
    /// The job that would answer here is not wanted any more: it is not begun. The sender posts
    /// [`Withdrawn`](super::Event::Withdrawn) after it.
    Withdraw {
        /// Where the job would answer.
        reply: Address<P>,
    },
    /// Says whether an uncaught error ends the isolate.
    SetErrorsFatal {
        /// Must be the isolate's terminate capability.
        key: Option<Capability<P>>,
        /// Whether it does.
        fatal: bool,
    },
}

impl<P: Platform> Control<P> {
    /// What it asks for, in words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Ping { .. } => "ping",
            Self::Kill { .. } => "kill",
            Self::AddExitListener { .. } => "add exit listener",
            Self::Watch { .. } => "watch",
            Self::RemoveExitListener { .. } => "remove exit listener",
            Self::AddErrorListener { .. } => "add error listener",
            Self::RemoveErrorListener { .. } => "remove error listener",
            Self::Withdraw { .. } => "withdraw",
            Self::SetErrorsFatal { .. } => "set errors fatal",
        }
    }

    /// What a mailbox whose isolate is gone does with the message: nothing, except that a watcher
    /// is told.
    pub fn undeliverable(self) {
        // A destructor in it is not the sender's.
        apart(|| {
            self.too_late(&Exit::new("", ExitReason::Unknown, true));
        });
    }

    /// As [`undeliverable`](Self::undeliverable), where the end is known. Whether who watches hears of its error.
    pub(crate) fn too_late(self, exit: &Exit) -> bool {
        match self {
            Self::Watch { to, response } => response.tell(&to, exit),
            _ => false,
        }
    }
}

/// The end of an isolate, as who watches it in the library is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Note")]
#[non_exhaustive]
pub struct Exit {
    /// The isolate's debug name; empty where it is not known.
    pub name: String,
    /// How it came to its end.
    pub reason: ExitReason,
    /// Whether an error that ended it has been heard, or been printed for a person. Otherwise who is told this has to
    /// see to that.
    pub is_heard: bool,
}

impl Exit {
    /// The end of the isolate `name`. `is_heard`: whether the error in the reason was heard by a listener.
    #[must_use]
    pub fn new(name: &str, reason: ExitReason, is_heard: bool) -> Self {
        Self {
            name: name.to_owned(),
            is_heard: is_heard || reason.error().is_none(),
            reason,
        }
    }

    /// The end that a port was told.
    pub(crate) fn read<P: Platform>(parcel: P::Parcel) -> Self {
        // Who has packed it is of this build.
        P::unpack(parcel).unwrap_or_else(|_| Self::new("", ExitReason::Unknown, true))
    }
}

impl Serialize for Exit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let case = match self.reason {
            ExitReason::Finished => 0,
            ExitReason::Exited => 1,
            ExitReason::Killed => 2,
            ExitReason::Failed(_) => 3,
            ExitReason::Lost(_) => 4,
            ExitReason::Unknown => 5,
        };
        let error = self.reason.error();
        let error = error.map(|error| (error.description(), error.stack_trace()));
        let (description, stack_trace) = error.unwrap_or_default();
        let texts = [&*self.name, description, stack_trace];
        Note::write([case, self.is_heard.into()], texts, serializer)
    }
}

impl From<Note> for Exit {
    fn from(note: Note) -> Self {
        let ([case, is_heard], [name, description, stack_trace]) = (note.numbers, note.texts);
        let error = RemoteError::new(description, stack_trace);
        let reason = match case {
            0 => ExitReason::Finished,
            1 => ExitReason::Exited,
            2 => ExitReason::Killed,
            3 => ExitReason::Failed(error),
            4 => ExitReason::Lost(error),
            _ => ExitReason::Unknown,
        };
        Self {
            name,
            reason,
            is_heard: is_heard != 0,
        }
    }
}

/// What a port is told at an isolate's end.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "each platform carries all of them")]
pub enum ExitMessage<P: Platform> {
    /// What was asked for, packed.
    Response(P::Parcel),
    /// The [`ExitReason`], which names the error.
    Reason,
    /// The [`Exit`], for a watch of the library's own.
    Exit,
}

impl<P: Platform> ExitMessage<P> {
    /// Sends it; true when it tells of the error.
    fn tell(self, to: &Address<P>, exit: &Exit) -> bool {
        let receiver = To::Isolate(&to.mailbox);
        let (packed, tells) = match self {
            Self::Response(parcel) => (Some(parcel), false),
            Self::Reason => (P::pack_for(exit.reason.clone(), receiver).ok(), true),
            Self::Exit => (P::pack_for(exit.clone(), receiver).ok(), true),
        };
        // Texts always pack.
        if let Some(parcel) = packed {
            to.tell(parcel);
        }
        tells
    }
}

/// Who is told what about an isolate. Core keeps one in each event loop; a platform that can lose
/// an isolate without its help keeps a second one outside.
#[derive(Debug)]
pub struct Listeners<P: Platform> {
    exit: Ordered<Address<P>, ExitMessage<P>>,
    error: Ordered<Address<P>, ()>,
}

impl<P: Platform> Default for Listeners<P> {
    fn default() -> Self {
        Self {
            exit: Ordered::default(),
            error: Ordered::default(),
        }
    }
}

impl<P: Platform> Listeners<P> {
    /// Adds an exit listener, or replaces the response of the same port in place. What it gives back is to be dropped
    /// where nothing is borrowed, as that runs any code.
    pub fn add_exit(
        &mut self,
        to: Address<P>,
        response: ExitMessage<P>,
    ) -> Option<(Address<P>, ExitMessage<P>)> {
        self.exit.insert(to, response)
    }

    /// Removes an exit listener; unknown ports are ignored. What it gives back is to be dropped as that of
    /// [`add_exit`](Self::add_exit).
    pub fn remove_exit(&mut self, to: &Address<P>) -> Option<(Address<P>, ExitMessage<P>)> {
        self.exit.remove(to)
    }

    /// Adds an error listener; a second time makes no difference.
    pub fn add_error(&mut self, to: Address<P>) -> Option<Address<P>> {
        self.error.insert(to, ()).map(|(before, ())| before)
    }

    /// Removes an error listener; unknown ports are ignored. What it gives back is to be dropped as that of
    /// [`add_exit`](Self::add_exit).
    pub fn remove_error(&mut self, to: &Address<P>) -> Option<Address<P>> {
        self.error.remove(to).map(|(to, ())| to)
    }

    /// The error listeners alone.
    pub(crate) fn error_listeners(&self) -> Self {
        Self {
            exit: Ordered::default(),
            error: self.error.clone(),
        }
    }

    /// Tells every error listener; false when there is none.
    pub fn notify_error(&self, error: &RemoteError) -> bool {
        for listener in self.error.keys() {
            // Two strings always encode.
            if let Ok(parcel) = P::pack_for(error.clone(), To::Isolate(&listener.mailbox)) {
                listener.tell(parcel);
            }
        }
        !self.error.is_empty()
    }

    /// Whether somebody has asked for the reason of the end.
    pub(crate) fn ask_for_reason(&self) -> bool {
        let mut responses = self.exit.values();
        responses.any(|response| !matches!(response, ExitMessage::Response(_)))
    }

    /// Tells every exit listener, in the order in which they came, and forgets them. False when the error that ended
    /// the isolate was heard by nobody and is to be printed.
    #[must_use = "an error that nobody hears is to be printed"]
    pub fn notify_exit(&mut self, exit: &Exit) -> bool {
        let mut is_heard = exit.is_heard;
        for (listener, response) in self.exit.take() {
            is_heard |= response.tell(&listener, exit);
        }
        is_heard
    }
}

/// The isolate of a process or page itself: a plain thread, an executor's worker, the page's loop.
///
/// It can't be paused, killed or exited and does not end, so it takes every control message at once,
/// on the thread that brings it. A platform whose host has several threads has one `Host` and a loop
/// for each of them.
#[derive(Debug)]
pub struct Host<P: Platform> {
    identity: Identity<P>,
    listeners: Mutex<Listeners<P>>,
    limits: Limits,
}

impl<P: Platform> Host<P> {
    /// The host that is reached at `mailbox`.
    #[must_use]
    pub fn new(mailbox: P::Mailbox) -> Arc<Self> {
        Arc::new(Self {
            identity: Identity {
                mailbox,
                pause: Some(Capability::new()),
                terminate: Some(Capability::new()),
                debug_name: "main".into(),
            },
            listeners: Mutex::default(),
            limits: Limits::default(),
        })
    }

    pub(crate) fn identity(&self) -> &Identity<P> {
        &self.identity
    }

    /// What is to be called at a time, for threads that run no loop.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Does what a control message asks; nothing where that would be the host's end or pause.
    pub fn handle_control(&self, control: Control<P>) {
        match control {
            Control::Ping { to, response, .. } => to.tell(response),
            Control::AddErrorListener { to } => {
                let before = self.listeners.lock().add_error(to);
                apart(|| drop(before));
            }
            Control::RemoveErrorListener { to } => {
                let removed = self.listeners.lock().remove_error(&to);
                apart(|| drop((removed, to)));
            }
            control @ (Control::AddExitListener { .. }
            | Control::Watch { .. }
            | Control::RemoveExitListener { .. }
            | Control::Pause { .. }
            | Control::Resume { .. }
            | Control::Kill { .. }
            | Control::Withdraw { .. }
            | Control::SetErrorsFatal { .. }) => apart(|| drop(control)),
        }
    }

    /// Tells the error listeners; false when there is none.
    pub(crate) fn notify_error(&self, error: &RemoteError) -> bool {
        // A listener's waker may run any code, so nothing is told under the lock.
        let listeners = self.listeners.lock().error_listeners();
        listeners.notify_error(error)
    }
}
