//! Isolates as threads.

use std::{io, thread};

use insula_core::{
    RemoteError, SpawnError,
    contract::{Code, Launch},
};

use crate::{
    EventLoop, Native,
    mailbox::{self, Mailbox},
};

/// Starts a thread that runs the isolate's event loop to its end.
pub(crate) fn start(launch: Launch<Native>, code: Code<Native>) -> Result<Mailbox, SpawnError> {
    let entry: Box<dyn FnOnce() + Send> = match code {
        Code::Closure(closure) => closure,
        Code::Program {
            entry: Some(entry),
            args,
            message,
            ..
        } => Box::new(move || entry.call(args, message)),
        Code::Program { uri, .. } => {
            let reason =
                "only programs of this build can be started natively, by `insula:name`".to_owned();
            return Err(SpawnError::NotFound { uri, reason });
        }
        _ => unreachable!("core has no other code"),
    };
    let (mailbox, inbox) = mailbox::channel();
    let address = mailbox.clone();
    thread::Builder::new()
        // The operating system takes no NUL in a name.
        .name(launch.debug_name.replace('\0', "␀"))
        .spawn(move || EventLoop::isolate(launch, mailbox, inbox, entry).run_to_end())
        .map(|_| address)
        .map_err(|error: io::Error| SpawnError::Failed(RemoteError::from_error(&error)))
}
