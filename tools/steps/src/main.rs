//! The steps of `./build.sh`: tests, checks and proofs, each logged, timed and counted.
//!
//! | file | what |
//! |---|---|
//! | `arguments.rs` | the command line: a command, the steps asked for, those left out |
//! | `needs.rs` | what a command needs set up, for build.sh |
//! | `test.rs`, `check.rs`, `proofs.rs`, `repeat.rs` | the commands: which steps they have, and what each runs |
//! | `programs.rs` | test programs: built by cargo, run one by one |
//! | `threads.rs` | the steps `native` and `sim` |
//! | `browsers.rs` | the steps of `test` that run wasm: programs built once, run in each engine and host |
//! | `engines.rs`, `hosts.rs` | browser engines and other hosts, and how a test program runs in one |
//! | `lanes.rs` | jobs side by side |
//! | `bundlers.rs` | the application that each bundler builds |
//! | `sizes.rs` | how large small applications are in a browser, against a budget |
//! | `wasm_module.rs` | the functions of a wasm module, and their sizes |
//! | `npm.rs` | the npm package: built, checked, tested in a page |
//! | `page.rs` | tools/pages, which opens pages in browsers; the page of www/, pressed |
//! | `report.rs` | steps: their rows, their totals, how a run ends |
//! | `log.rs` | a step's log, while it is written |
//! | `results.rs` | a step's log, read: programs, tests, counts |
//! | `matrix.rs` | what the conformance suite came to on each platform |
//! | `child.rs` | child processes that end in every case |
//! | `clock.rs` | the seconds on the screen |
//! | `checkout.rs` | folders and environment of this checkout |
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool talks to a person"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "it runs natively, and its threads are no isolates"
)]

mod arguments;
mod browsers;
mod bundlers;
mod check;
mod checkout;
mod child;
mod clock;
mod engines;
mod hosts;
mod lanes;
mod log;
mod matrix;
mod needs;
mod npm;
mod page;
mod programs;
mod proofs;
mod repeat;
mod report;
mod results;
mod sizes;
mod test;
mod threads;
mod wasm_module;

use std::{env, process::ExitCode};

use anyhow::Result;

use arguments::{Arguments, Command};
use checkout::{Checkout, Panics};
use report::Report;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nbuild.sh: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Gives whether all went well. `needs COMMAND …` only prints what has to be set up for that command.
fn run() -> Result<bool> {
    let mut words: Vec<_> = env::args_os().skip(1).collect();
    let only_needs = words.first().is_some_and(|word| word == "needs");
    if only_needs {
        words.remove(0);
    }
    let arguments = Arguments::parse(words)?;
    if only_needs {
        println!("{}", needs::of(&arguments).join(" "));
        return Ok(true);
    }
    child::end_all_on_interrupt()?;
    let checkout = Checkout::from_environment()?;
    let mut report = Report::new(&arguments, checkout.logs());
    match arguments.command {
        Command::Test => test::run(&checkout, &arguments, &mut report)?,
        Command::Check => check::run(&checkout, &arguments, &mut report, true)?,
        // What fails a check is to be mended anyhow, so the rest does not run.
        Command::Ci => {
            check::run(&checkout, &arguments, &mut report, false)?;
            if report.is_broken() {
                report.skip("test", "not run, because a check failed");
            } else {
                test::run(&checkout, &arguments, &mut report)?;
            }
        }
        Command::Proofs => proofs::run(&checkout, &arguments, &mut report)?,
        Command::Repeat => return repeat::run(&checkout, &arguments),
        Command::Setup => return Ok(true),
        Command::Env => {
            let unwinds = arguments.wants_by_name("unwind");
            checkout.print_exports(if unwinds {
                Panics::Unwind
            } else {
                Panics::Abort
            });
            return Ok(true);
        }
    }
    Ok(report.close())
}
