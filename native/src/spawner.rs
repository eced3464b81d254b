//! Isolates as threads.

use std::{
    fs, io,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

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
    let room = Room::take()?;
    let (mailbox, inbox) = mailbox::channel();
    let address = mailbox.clone();
    // The operating system takes no NUL in a name.
    let mut builder = thread::Builder::new().name(launch.debug_name.replace('\0', "␀"));
    if let Some(bytes) = launch.stack_size {
        builder = builder.stack_size(bytes);
    }
    builder
        .spawn(move || {
            let _room = room;
            EventLoop::isolate(launch, mailbox, inbox, entry).run_to_end();
        })
        .map(|_| address)
        .map_err(|error: io::Error| SpawnError::Failed(RemoteError::from_error(&error)))
}

/// How many isolates there are.
static ISOLATES: AtomicUsize = AtomicUsize::new(0);

/// How many isolates there may be. Past the operating system's own limit the standard library aborts the process.
static MOST: LazyLock<usize> = LazyLock::new(|| {
    let mappings = fs::read_to_string("/proc/sys/vm/max_map_count").ok();
    most(mappings.as_deref())
});

/// A thread takes four mappings: its stack, another for signals, and a guard before each. A fifth is the program's.
fn most(max_map_count: Option<&str>) -> usize {
    let mappings = max_map_count.and_then(|text| text.trim().parse::<usize>().ok());
    mappings.map_or(usize::MAX, |mappings| mappings / 5)
}

/// The place that an isolate takes until its thread ends.
struct Room;

impl Room {
    fn take() -> Result<Self, SpawnError> {
        let room = Self;
        let before = ISOLATES.fetch_add(1, Ordering::Relaxed);
        if before < *MOST {
            return Ok(room);
        }
        Err(SpawnError::Failed(RemoteError::new(
            format!(
                "there are {before} isolates, which are as many threads as this system bears: let some end, or use a \
                 `LoadBalancer`"
            ),
            "",
        )))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        ISOLATES.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::most;

    #[test]
    fn the_limit_is_below_the_systems() {
        assert_eq!(most(Some("65530\n")), 13_106);
        assert_eq!(most(Some("many")), usize::MAX);
        assert_eq!(most(None), usize::MAX);
    }
}
