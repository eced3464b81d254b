//! [`Clock`]: says that something goes on. On a terminal the seconds count up in place; in a log a line
//! comes every half a minute.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

const LINE_EVERY: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

/// A running clock; dropping it stops it and clears its line.
#[derive(Debug)]
pub(crate) struct Clock {
    stop: Option<Sender<()>>,
    shown: Option<JoinHandle<()>>,
}

impl Clock {
    /// `about`: how long it takes.
    pub(crate) fn start(what: &str, about: &str) -> Self {
        let what = format!("{what} ({about})");
        let (stop, stopped) = channel();
        let terminal = stderr().is_terminal();
        if !terminal {
            eprintln!("  {what}");
        }
        let shown = thread::spawn(move || {
            let began = Instant::now();
            let every = if terminal { SECOND } else { LINE_EVERY };
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                let seconds = began.elapsed().as_secs();
                if terminal {
                    eprint!("\r  {what}: {seconds} s ");
                    let _ = stderr().flush();
                } else {
                    eprintln!("  ... {seconds} s");
                }
            }
            if terminal {
                eprint!("\r\x1b[K");
            }
        });
        Self {
            stop: Some(stop),
            shown: Some(shown),
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(shown) = self.shown.take() {
            let _ = shown.join();
        }
    }
}
