//! The browser engines, and how a test program runs in one.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::{
    checkout::{Checkout, Panics, WASM32},
    programs::TestProgram,
};

const RUNNER: &str = "wasm-bindgen-test-runner";

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

impl Engine {
    /// The slowest first: side by side, what takes longest has to begin first.
    pub(crate) const ALL: [Self; 3] = [Self::Webkit, Self::Firefox, Self::Chromium];

    /// Also the name of its step.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// The variable that names its driver to the runner, and the driver.
    fn driver(self) -> (&'static str, &'static str) {
        match self {
            Self::Chromium => ("CHROMEDRIVER", "chromedriver"),
            Self::Firefox => ("GECKODRIVER", "geckodriver"),
            Self::Webkit => ("SAFARIDRIVER", "safaridriver"),
        }
    }

    /// A command that runs test programs in this engine, and in no other.
    ///
    /// The runner takes the first driver that a variable names, so the others are removed. WebKitGTK has
    /// no headless mode and gets a display: of the job's own `number`, because two that look for a free
    /// one at the same time may find the same.
    fn command(self, checkout: &Checkout, program: &str, number: usize) -> Result<Command> {
        let mut command = if self == Self::Webkit && env::consts::OS != "macos" {
            let mut command = checkout.wasm_command("xvfb-run", Panics::Abort);
            command.args(display(number)).arg(program);
            command
        } else {
            checkout.wasm_command(program, Panics::Abort)
        };
        for variable in [
            "CHROMEDRIVER",
            "GECKODRIVER",
            "SAFARIDRIVER",
            "MSEDGEDRIVER",
        ] {
            command.env_remove(variable);
        }
        let (variable, driver) = self.driver();
        command
            .envs(checkout.browser_variables())
            .env("WASM_BINDGEN_TEST_ONLY_WEB", "1")
            .env(variable, found(driver)?);
        Ok(command)
    }

    /// Runs the tests of a program whose names contain `filter`.
    pub(crate) fn tests(
        self,
        checkout: &Checkout,
        program: &TestProgram,
        filter: Option<&str>,
        number: usize,
    ) -> Result<Command> {
        let mut command = self.command(checkout, RUNNER, number)?;
        command
            .current_dir(&program.folder)
            .arg(&program.file)
            .args(filter);
        Ok(command)
    }

    /// Compiles and runs the examples of a package's documentation.
    pub(crate) fn examples(
        self,
        checkout: &Checkout,
        package: &[&str],
        number: usize,
    ) -> Result<Command> {
        let mut command = self.command(checkout, "cargo", number)?;
        command
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", RUNNER)
            .args(["test", "--doc", "--target", WASM32, "-p"])
            .args(package);
        Ok(command)
    }
}

/// What `xvfb-run` is told for a display that no other job looks for.
pub(crate) fn display(number: usize) -> [String; 3] {
    ["-a".into(), "-n".into(), (100 + 10 * number).to_string()]
}

/// Prints the names of a program's tests, without a browser.
pub(crate) fn list(checkout: &Checkout, program: &TestProgram) -> Command {
    let mut command = checkout.command(RUNNER);
    command.arg(&program.file).arg("--list");
    command
}

/// A program on `PATH`.
fn found(program: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut files = env::split_paths(&path).map(|folder| folder.join(program));
    match files.find(|file| file.is_file()) {
        Some(file) => Ok(file),
        None => bail!("{program} is not on PATH"),
    }
}
