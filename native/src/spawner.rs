//! Starts isolates, on threads of their own or on those of light isolates.

use std::{sync::LazyLock, thread};

use insula_core::{
    RemoteError, SpawnError,
    contract::{Code, Launch},
};

use crate::{
    Native,
    light::{self, Unbegun},
    mailbox::{self, Mailbox},
    room::Room,
};

/// Whether all isolates are light: it finds what they do otherwise.
static LIGHT: LazyLock<bool> =
    LazyLock::new(|| std::env::var_os("INSULA_LIGHT").is_some_and(|value| value == "1"));

/// Starts an isolate.
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
    // A light isolate runs on whichever stack is free, so one that asks for a large stack gets a thread.
    let is_light =
        launch.light.unwrap_or(*LIGHT) && launch.stack_size.is_none() && light::IS_SUPPORTED;
    let unbegun = Unbegun {
        launch,
        mailbox,
        inbox,
        entry,
    };
    let started = if is_light {
        light::start(unbegun)
    } else {
        start_thread(unbegun)
    };
    started
        .map(|()| address)
        .map_err(|error| SpawnError::Failed(RemoteError::from_error(&error)))
}

/// Starts a thread that runs the isolate's event loop to its end.
fn start_thread(unbegun: Unbegun) -> std::io::Result<()> {
    let room = Room::take()?;
    // The operating system takes no NUL in a name.
    let mut builder = thread::Builder::new().name(unbegun.launch.debug_name.replace('\0', "␀"));
    if let Some(bytes) = unbegun.launch.stack_size {
        builder = builder.stack_size(bytes);
    }
    builder
        .spawn(move || {
            let _room = room;
            unbegun.begin().run_to_end();
        })
        .map(drop)
}
