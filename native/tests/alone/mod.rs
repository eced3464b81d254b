//! Tests that run in a process of their own: what they try may end the process, or belongs to all of it.

use std::{
    env,
    io::Read,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Names the test that this process is for.
const ALONE: &str = "INSULA_ALONE";

/// Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = Duration::from_secs(60);

/// What a process came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) passed: bool,
    /// What it said on both streams.
    pub(crate) said: String,
}

/// Runs `test` in a process of its own, and expects it to pass.
#[allow(dead_code, reason = "each test program has this module")]
pub(crate) fn alone(name: &str, test: fn()) {
    if let Some(ended) = ended(name, &[], test) {
        assert!(ended.passed, "{}", ended.said);
    }
}

/// Runs `test` in a process of its own, with environment variables, and says what it came to; `None` within that process.
#[expect(
    clippy::disallowed_methods,
    reason = "a process is waited for on a thread without an event loop"
)]
pub(crate) fn ended(name: &str, variables: &[(&str, &str)], test: fn()) -> Option<Ended> {
    if env::var(ALONE).as_deref() == Ok(name) {
        test();
        return None;
    }
    let mut child = Command::new(env::current_exe().expect("a test knows its binary"))
        // One thread: then the test runs on the main one, which the operating system has sized.
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(ALONE, name)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs again");
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let listening = thread::spawn(move || {
        let mut said = String::new();
        let _ = err.take().map(|mut err| err.read_to_string(&mut said));
        said
    });
    let answering = thread::spawn(move || {
        let mut said = String::new();
        let _ = out.take().map(|mut out| out.read_to_string(&mut said));
        said
    });
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().expect("it is a child") {
            Some(status) => break Some(status),
            None if begin.elapsed() > LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let said = answering.join().expect("it reads") + &listening.join().expect("it reads");
    let passed = status.is_some_and(|status| status.success()) && said.contains("1 passed");
    let how = status.map_or_else(
        || format!("it hangs: not done after {LIMIT:?}"),
        |status| status.to_string(),
    );
    Some(Ended {
        passed,
        said: format!("{said}\n{how}"),
    })
}
