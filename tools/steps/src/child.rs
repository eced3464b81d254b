//! Child processes that end in every case: each has a process group of its own, which is ended after a
//! limit, and when this program is interrupted.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{self, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

const LOOKS_EVERY: Duration = Duration::from_millis(20);

/// The groups that run.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a child ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Status(ExitStatus),
    /// It took too long.
    TimedOut,
}

impl End {
    pub(crate) fn is_success(self) -> bool {
        matches!(self, Self::Status(status) if status.success())
    }
}

/// Runs `command` to its end, or until `deadline`.
pub(crate) fn run(command: &mut Command, deadline: Instant) -> io::Result<End> {
    command.stdin(Stdio::null()).process_group(0);
    // Under the lock, so that an interrupt finds every child that has started.
    let mut running = groups();
    let mut child = command.spawn()?;
    let group = Pid::from_child(&child);
    running.push(group);
    drop(running);
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break End::Status(status);
        }
        if Instant::now() >= deadline {
            let _ = kill_process_group(group, Signal::KILL);
            child.wait()?;
            break End::TimedOut;
        }
        thread::sleep(LOOKS_EVERY);
    };
    groups().retain(|other| *other != group);
    Ok(end)
}

/// From now on an interrupt ends all children, then this program.
pub(crate) fn end_all_on_interrupt() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let running = groups();
            for group in running.iter() {
                let _ = kill_process_group(*group, Signal::TERM);
            }
            process::exit(128 + signal);
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_takes_too_long_is_ended_with_its_children() {
        let began = Instant::now();
        let deadline = began + Duration::from_millis(100);
        let end = run(Command::new("sh").args(["-c", "sleep 60 & wait"]), deadline).unwrap();
        assert!(matches!(end, End::TimedOut), "{end:?}");
        assert!(began.elapsed() < Duration::from_secs(30));
        assert!(groups().is_empty());
    }

    #[test]
    fn a_status_is_told() {
        let deadline = Instant::now() + Duration::from_secs(30);
        let end = |program| run(&mut Command::new(program), deadline).unwrap();
        assert!(end("true").is_success());
        assert!(!end("false").is_success());
    }
}
