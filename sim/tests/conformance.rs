//! The conformance suite, simulated: every test under many seeds, on threads' likeness and on Web Workers'.
//!
//! `INSULA_SEED=7` replays one seed, `INSULA_SEEDS=20000` tries more of them.
#![allow(clippy::print_stdout, reason = "a test that does not apply says so")]

use insula_core::Platform;
use insula_sim::{Sim, SimWeb};
use insula_tests::differences;

/// Runs a test under every seed, unless it does not apply to `P`.
fn run<P: Platform>(name: &str, check: impl FnOnce()) {
    match differences::not_applicable::<P>(name) {
        Some(reason) => println!("{}", differences::line::<P>(name, reason)),
        None => {
            insula_tests::programs::<P>();
            check();
        }
    }
}

macro_rules! tests {
    ($($module:ident: $($name:ident)+;)+) => {
        $($(
            #[test]
            fn $name() {
                run::<Sim>(stringify!($name), || insula_sim::check(0..1_000, insula_tests::$module::$name::<Sim>));
            }
        )+)+

        mod web_like {
            use super::*;

            $($(
                #[test]
                fn $name() {
                    run::<SimWeb>(stringify!($name), || insula_sim::web_like::check(0..1_000, insula_tests::$module::$name::<SimWeb>));
                }
            )+)+
        }
    };
}

insula_tests::suite!(tests);
