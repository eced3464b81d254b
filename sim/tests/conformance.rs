//! The conformance suite, simulated: every test under many seeds, like threads and like Web Workers.
//!
//! Each run takes other seeds. `INSULA_SEED=7` replays one, `INSULA_SEEDS=1000` tries more of them.
#![allow(clippy::print_stdout, reason = "a test that does not apply says so")]

use std::pin::Pin;

use insula_sim::{Sim, seeds};
use insula_tests::differences;

/// How many seeds each test runs under.
const SEEDS: u64 = 100;

/// A test as a value: the simulator is compiled for one type of future.
type Test = Pin<Box<dyn Future<Output = ()>>>;

/// The line that says why a test does not apply. Asked inside a run, where the platform knows what it
/// is like.
async fn not_applicable(name: &'static str) -> Option<String> {
    let reason = differences::not_applicable::<Sim>(name)?;
    Some(differences::line::<Sim>(name, reason))
}

/// Runs a test, unless a line says why it does not apply.
fn run_applicable(line: Option<String>, check: impl FnOnce()) {
    match line {
        Some(line) => println!("{line}"),
        None => {
            insula_tests::programs::<Sim>();
            check();
        }
    }
}

fn threads(name: &'static str, test: fn() -> Test) {
    let line = insula_sim::run(0, not_applicable(name)).value;
    run_applicable(line, || insula_sim::check(seeds(SEEDS), test));
}

fn workers(name: &'static str, test: fn() -> Test) {
    let line = insula_sim::web_like::run(0, not_applicable(name)).value;
    run_applicable(line, || insula_sim::web_like::check(seeds(SEEDS), test));
}

macro_rules! tests {
    ($($module:ident: $($name:ident)+;)+) => {
        $($(
            #[test]
            fn $name() {
                threads(stringify!($name), || Box::pin(insula_tests::$module::$name::<Sim>()));
            }
        )+)+

        mod web_like {
            use super::*;

            $($(
                #[test]
                fn $name() {
                    workers(stringify!($name), || Box::pin(insula_tests::$module::$name::<Sim>()));
                }
            )+)+
        }
    };
}

insula_tests::suite!(tests);

macro_rules! blocking_tests {
    ($($module:ident: $($name:ident)+;)+) => {
        $($(
            #[test]
            fn $name() {
                threads(stringify!($name), || Box::pin(insula_tests::$module::$name::<Sim>()));
            }
        )+)+
    };
}

insula_tests::blocking_suite!(blocking_tests);
