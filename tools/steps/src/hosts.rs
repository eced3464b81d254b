//! Hosts that are no browsers, and how a test program runs in one.

use std::process::Command;

use crate::{
    checkout::{Checkout, Panics},
    programs::TestProgram,
};

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

    /// The test programs of the web platform that run here. Node has no workers, so the suite has nothing to test there.
    pub(crate) fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Deno | Self::Bun => &["conformance", "hosts"],
            Self::Node => &["hosts"],
        }
    }

    /// Runs the tests of a program whose names contain `filter`.
    pub(crate) fn tests(
        self,
        checkout: &Checkout,
        program: &TestProgram,
        filter: Option<&str>,
    ) -> Command {
        let runner = checkout.root().join("tests/hosts/run-in");
        let mut command = checkout.wasm_command(&runner.display().to_string(), Panics::Abort);
        command
            .current_dir(&program.folder)
            .env("NO_COLOR", "1")
            .arg(self.name())
            .arg(&program.file)
            .args(filter);
        command
    }
}
