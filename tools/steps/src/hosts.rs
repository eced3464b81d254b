//! Hosts that are no browsers, and how a test program runs in one.

use std::process::Command;

use crate::{
    checkout::{Checkout, Panics},
    programs::TestProgram,
};

/// The modules of the program `page` that need no page, no `XMLHttpRequest` and no script of a worker's own. docs/hosts.md says
/// where the others differ.
const WITHOUT_A_PAGE: &[&str] = &[
    "bursts::",
    "channels::",
    "compute_pool::",
    "foreign::",
    "nested::",
    "panics::",
    "timeouts::",
];

/// A host of JavaScript without a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Deno,
    Bun,
    Node,
}

impl Host {
    pub(crate) const ALL: [Self; 3] = [Self::Deno, Self::Bun, Self::Node];

    /// Also the name of its step.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deno => "deno",
            Self::Bun => "bun",
            Self::Node => "node",
        }
    }

    /// Which tests of a program of the web platform run here: those whose names contain one of these texts. Node has no
    /// workers, so the suite has nothing to test there.
    pub(crate) fn filters(self, program: &str) -> Option<&'static [&'static str]> {
        match (self, program) {
            (_, "hosts") | (Self::Deno | Self::Bun, "conformance") => Some(&[""]),
            (Self::Deno | Self::Bun, "page") => Some(WITHOUT_A_PAGE),
            _ => None,
        }
    }

    /// Runs the tests of a program whose names contain one of `filters`.
    pub(crate) fn tests(
        self,
        checkout: &Checkout,
        program: &TestProgram,
        filters: &[&str],
    ) -> Command {
        let runner = checkout.root().join("tests/hosts/run-in");
        let mut command = checkout.wasm_command(&runner.display().to_string(), Panics::Abort);
        command
            .current_dir(&program.folder)
            .env("NO_COLOR", "1")
            .arg(self.name())
            .arg(&program.file)
            .args(filters);
        command
    }
}
