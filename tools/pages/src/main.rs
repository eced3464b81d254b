//! What build.sh opens in a browser. `demo` shows the programs natively and in a browser, `serve` shows the page to a
//! person, and `page` presses all its buttons. `bundlers` tests an application in every bundler, and `npm` the npm package.
//! `bench` does what the bench asks for.
//!
//! | file | what |
//! |---|---|
//! | `demo.rs` | photos natively, then the page, then the table |
//! | `pressed.rs` | everything on the page, pressed in each browser |
//! | `controls.rs` | the page's buttons and what they must do |
//! | `programs.rs` | the other programs of examples/ natively, beside what they came to on the page |
//! | `page.rs` | what can be done with the page through WebDriver |
//! | `bundlers.rs`, `bundlers/` | an application built by each bundler, served, and asked what it did |
//! | `answer.rs` | waits until a server answers |
//! | `bench.rs` | goes of the bench's rows, in a page |
//! | `npm.rs` | the tests of the npm package, which run in a page |
//! | `outcome.rs` | what became of a test |
//! | `driver.rs` | a browser's driver as a child process that ends in every case |
//! | `server.rs` | www/ over HTTP |
//! | `folders.rs` | where things are, and the document that is made once |
//! | `table.rs` | columns |
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool talks to a person"
)]

mod answer;
mod bench;
mod bundlers;
mod controls;
mod demo;
mod driver;
mod folders;
mod npm;
mod outcome;
mod page;
mod pressed;
mod programs;
mod server;
mod table;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

use folders::Folders;

/// Shows insula: natively, and in a browser.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs photos and the other programs natively and in headless Chromium, compares, saves a screenshot.
    Demo,
    /// Presses everything on the page, and says what does not do what it should.
    Page {
        /// Only the tests with this in their name.
        filter: Option<String>,
        /// The browsers; Chromium unless said.
        #[arg(long, value_enum, value_delimiter = ',', default_value = "chromium")]
        browser: Vec<bundlers::Engine>,
    },
    /// Builds tests/bundlers with every bundler and checks each in a browser.
    Bundlers {
        /// Only the tests with this in their name.
        filter: Option<String>,
        /// The browsers; Chromium unless said.
        #[arg(long, value_enum, value_delimiter = ',', default_value = "chromium")]
        browser: Vec<bundlers::Engine>,
    },
    /// Opens the page with the tests of the npm package.
    Npm {
        /// The folder of that page.
        page: PathBuf,
        /// Only the tests with this in their name.
        filter: Option<String>,
        /// The browsers; Chromium unless said.
        #[arg(long, value_enum, value_delimiter = ',', default_value = "chromium")]
        browser: Vec<bundlers::Engine>,
    },
    /// Does the goes that the bench asks for, line by line.
    Bench {
        /// The folder of their page.
        page: PathBuf,
        /// The browser.
        #[arg(long, value_enum)]
        browser: bundlers::Engine,
    },
    /// Serves the page until Ctrl-C.
    Serve {
        /// The port; 0 takes a free one.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// The folder of the page, with `pkg/` built; www/ unless said.
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let folders = Folders::of_this_clone();
    match command {
        Command::Demo => demo::demo(&folders),
        Command::Page { filter, browser } => {
            pressed::page(&folders, &browser, filter.as_deref().unwrap_or_default())
        }
        Command::Bundlers { filter, browser } => {
            bundlers::bundlers(&folders, &browser, filter.as_deref().unwrap_or_default())
        }
        Command::Npm {
            page,
            filter,
            browser,
        } => npm::npm(
            &folders,
            &page,
            &browser,
            filter.as_deref().unwrap_or_default(),
        ),
        Command::Bench { page, browser } => bench::bench(&folders, &page, browser),
        Command::Serve { port, dir } => {
            let page = dir.unwrap_or_else(|| folders.page());
            server::serve(&folders, &page, port)
        }
    }
}

/// One thread is enough: the work is done by the browser.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// Completes when a person, or who started this program, wants it to end.
async fn interrupted() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome?,
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
