//! The conformance suite, on threads. `INSULA_ENCODE=1` runs it once more with every message encoded, and `INSULA_LIGHT=1`
//! with light isolates.

#![allow(clippy::print_stdout, reason = "what does not apply is told")]

use std::{panic, sync::mpsc, thread, time::Duration};

use insula_native::{Native, block_on};
use insula_tests::differences;

/// How long a test may take. Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs a test on a host thread of its own, unless it does not apply here.
fn run<F: Future<Output = ()> + 'static>(name: &'static str, test: fn() -> F) {
    if let Some(reason) = differences::not_applicable::<Native>(name) {
        println!("{}", differences::line::<Native>(name, reason));
        return;
    }
    insula_tests::programs::<Native>();
    let (done, finished) = mpsc::channel();
    let host = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let outcome = panic::catch_unwind(|| block_on(test()));
        let _ = done.send(outcome);
    });
    let host = host.expect("the host has a thread for the test");
    match finished.recv_timeout(LIMIT) {
        Ok(outcome) => {
            host.join().expect("the test's panics were caught");
            outcome.unwrap_or_else(|payload| panic::resume_unwind(payload));
        }
        Err(_) => panic!("{name} hangs: it is not done after {LIMIT:?}"),
    }
}

macro_rules! tests {
    ($($module:ident: $($name:ident)+;)+) => {
        $($(
            #[test]
            fn $name() {
                run(stringify!($name), insula_tests::$module::$name::<Native>);
            }
        )+)+
    };
}

insula_tests::suite!(tests);
insula_tests::blocking_suite!(tests);
