//! How an isolate is born and what it runs: [`Launch`], [`Code`], [`Entry`].

use std::{fmt, sync::Arc};

use super::{Address, ExitMessage, FunctionOf, Platform};
use crate::{Capability, SpawnError, inspection::Status};

/// How an isolate is born; given to [`Platform::start`], which hands it to [`EventLoop::isolate`](crate::EventLoop::isolate).
///
/// Everything in it is in force before the isolate's first event.
#[derive(Debug)]
#[non_exhaustive]
pub struct Launch<P: Platform> {
    /// The name that people see; not unique.
    pub debug_name: Arc<str>,
    /// Whether the application or the library has given that name. Otherwise it is that of the entry point.
    pub is_named: bool,
    /// What pausing needs.
    pub pause_capability: Capability<P>,
    /// What killing needs.
    pub terminate_capability: Capability<P>,
    /// Whether the first event waits for a resume with the pause capability.
    pub paused: bool,
    /// Whether an uncaught error ends the isolate.
    pub errors_fatal: bool,
    /// Whether the isolate ends with its spawner. Core sees to it when the spawner ends by itself; a
    /// platform that can stop an isolate without its help sees to it then.
    pub linked: bool,
    /// How large the stack is, in bytes; as the platform has it otherwise.
    pub stack_size: Option<usize>,
    /// Whether the isolate shares a thread with others, on a platform where that is possible; as the platform has it
    /// otherwise.
    pub light: Option<bool>,
    /// Who is told of the end, and what.
    pub on_exit: Vec<(Address<P>, ExitMessage<P>)>,
    /// Who is told of uncaught errors.
    pub on_error: Vec<Address<P>>,
    /// Whether the platform keeps the exit listeners itself. It then tells them, or a person, of the error that has ended
    /// the isolate and that nobody has heard ([`Exit::is_heard`](super::Exit::is_heard)).
    pub has_outer_listeners: bool,
    /// What the isolate publishes of itself, where isolates are listed.
    pub(crate) status: Option<Arc<Status>>,
}

impl<P: Platform> Launch<P> {
    /// The options of a launch that carries no listeners, for a platform that sends them on.
    pub fn new(
        debug_name: Arc<str>,
        pause_capability: Capability<P>,
        terminate_capability: Capability<P>,
    ) -> Self {
        Self {
            debug_name,
            is_named: true,
            pause_capability,
            terminate_capability,
            paused: false,
            errors_fatal: true,
            linked: false,
            stack_size: None,
            light: None,
            on_exit: Vec::new(),
            on_error: Vec::new(),
            has_outer_listeners: false,
            status: None,
        }
    }

    /// Who the isolate is, reached at `mailbox`.
    pub(crate) fn identity(&self, mailbox: P::Mailbox) -> Identity<P> {
        Identity {
            mailbox,
            pause: Some(self.pause_capability),
            terminate: Some(self.terminate_capability),
            debug_name: self.debug_name.clone(),
        }
    }
}

/// Called by [`Platform::start`] when the outcome is known, exactly once.
pub type Started<P> = Box<dyn FnOnce(Result<<P as Platform>::Mailbox, SpawnError>)>;

/// Who an isolate is: its address, its name, and what asking something dangerous of it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity<P: Platform> {
    pub(crate) mailbox: P::Mailbox,
    pub(crate) pause: Option<Capability<P>>,
    pub(crate) terminate: Option<Capability<P>>,
    pub(crate) debug_name: Arc<str>,
}

/// What an isolate is to run.
#[non_exhaustive]
pub enum Code<P: Platform> {
    /// A closure with what it captured; only where [`Platform::CAN_SPAWN`].
    Closure(Box<dyn FnOnce() + Send>),
    /// A program.
    Program {
        /// Its URI as the application gave it.
        uri: String,
        /// Its entry point, where `uri` names a program of this build; otherwise a script.
        entry: Option<Entry<P>>,
        /// The arguments.
        args: Vec<String>,
        /// The message.
        message: P::Parcel,
    },
}

impl<P: Platform> fmt::Debug for Code<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closure(_) => f.write_str("Closure"),
            Self::Program { uri, .. } => write!(f, "Program({uri})"),
        }
    }
}

/// A program's entry point, ready to travel to another instance of this build.
pub struct Entry<P: Platform> {
    pub(crate) invoke: InvokeEntry<P>,
    pub(crate) function: FunctionOf<P>,
}

/// A function of this build that knows the type of an entry point.
pub type InvokeEntry<P> = fn(&FunctionOf<P>, Vec<String>, <P as Platform>::Parcel);

impl<P: Platform> Entry<P> {
    /// Puts an entry point together from what [`parts`](Self::parts) gave, in this build.
    pub fn from_parts(invoke: InvokeEntry<P>, function: FunctionOf<P>) -> Self {
        Self { invoke, function }
    }

    /// What travels.
    pub fn parts(&self) -> (InvokeEntry<P>, &FunctionOf<P>) {
        (self.invoke, &self.function)
    }

    /// Calls the entry point, on the new isolate's loop, as its first event.
    pub fn call(self, args: Vec<String>, message: P::Parcel) {
        (self.invoke)(&self.function, args, message);
    }
}

impl<P: Platform> Clone for Entry<P> {
    fn clone(&self) -> Self {
        Self {
            invoke: self.invoke,
            function: self.function.clone(),
        }
    }
}

impl<P: Platform> fmt::Debug for Entry<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").finish_non_exhaustive()
    }
}
