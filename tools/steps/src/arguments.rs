//! [`Arguments`]: a command, the steps asked for, those left out.

use std::ffi::OsString;

use anyhow::{Context, Result, bail, ensure};
use lexopt::{Arg, Parser, ValueExt};

pub(crate) const ENGINES: &[&str] = &["chromium", "firefox", "webkit"];
pub(crate) const HOSTS: &[&str] = &["deno", "bun", "node"];
pub(crate) const CHECKS: &[&str] = &[
    "fmt",
    "shell",
    "tidy",
    "clippy",
    "clippy-wasm",
    "features",
    "loom",
    "docs",
    "sizes",
    "bench",
    "msrv",
    "publish",
    "npm-package",
    "deny",
    "advisories",
];
const TESTS: &[&str] = &[
    "native", "sim", "chromium", "firefox", "webkit", "unwind", "atomics", "deno", "bun", "node",
    "bundlers", "npm", "page",
];
const PROOFS: &[&str] = &["miri", "loom", "seeds", "stress", "fuzz"];

/// What `repeat` does unless a number is given.
const RUNS: u32 = 20;

/// What this program is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Test,
    Check,
    /// `check`, then `test`.
    Ci,
    Proofs,
    Repeat,
    /// Installs what `test` needs.
    Setup,
    /// Prints the variables for work by hand.
    Env,
}

impl Command {
    fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "test" => Self::Test,
            "check" => Self::Check,
            "ci" => Self::Ci,
            "proofs" => Self::Proofs,
            "repeat" => Self::Repeat,
            "setup" => Self::Setup,
            "env" => Self::Env,
            _ => bail!("there is no command '{name}'\n  See: ./build.sh help"),
        })
    }

    /// The steps it has, in their order.
    pub(crate) fn steps(self) -> Vec<&'static str> {
        match self {
            Self::Test | Self::Setup | Self::Env => TESTS.to_vec(),
            Self::Check => CHECKS.to_vec(),
            Self::Ci => [CHECKS, TESTS].concat(),
            Self::Proofs => PROOFS.to_vec(),
            Self::Repeat => ENGINES.to_vec(),
        }
    }
}

/// The command line.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    pub(crate) command: Command,
    /// Steps named; none means all.
    only: Vec<String>,
    without: Vec<String>,
    /// A part of the names of the tests to run.
    pub(crate) filter: Option<String>,
    /// How often `repeat` runs.
    pub(crate) runs: u32,
}

impl Arguments {
    /// The whole command.
    pub(crate) fn all(command: Command) -> Self {
        Self {
            command,
            only: Vec::new(),
            without: Vec::new(),
            filter: None,
            runs: RUNS,
        }
    }

    pub(crate) fn parse(words: Vec<OsString>) -> Result<Self> {
        let mut words = words.into_iter();
        let name = words.next().context("a command is missing")?;
        let mut parsed = Self::all(Command::named(&name.to_string_lossy())?);
        let mut options = Parser::from_args(words);
        while let Some(option) = options.next()? {
            match option {
                Arg::Long("without") => {
                    for step in options.value()?.string()?.split(',') {
                        let step = parsed.step(step)?;
                        parsed.without.push(step);
                    }
                }
                Arg::Long("filter") if parsed.command == Command::Test => {
                    let filter = options.value()?.string()?;
                    ensure!(
                        !filter.is_empty(),
                        "--filter is empty: it needs a part of a test's name"
                    );
                    parsed.filter = Some(filter);
                }
                Arg::Value(word) => parsed.word(&word.string()?)?,
                other => bail!("{}\n  See: ./build.sh help", other.unexpected()),
            }
        }
        if parsed.filter.is_some() && parsed.only.is_empty() {
            parsed.only.push("native".to_owned());
        }
        ensure!(
            parsed.command.steps().iter().any(|step| parsed.wants(step)),
            "every step is left out"
        );
        Ok(parsed)
    }

    fn word(&mut self, word: &str) -> Result<()> {
        if self.command == Command::Repeat
            && self.only.is_empty()
            && let Ok(runs) = word.parse()
        {
            ensure!(runs > 0, "nothing runs 0 times");
            self.runs = runs;
        } else {
            let step = self.step(word)?;
            self.only.push(step);
        }
        Ok(())
    }

    fn step(&self, name: &str) -> Result<String> {
        let known = self.command.steps();
        ensure!(
            known.contains(&name),
            "there is no step '{name}'\n  There are: {}",
            known.join(" ")
        );
        Ok(name.to_owned())
    }

    /// Whether a step is named, or all are meant.
    pub(crate) fn asks_for(&self, step: &str) -> bool {
        self.only.is_empty() || self.wants_by_name(step)
    }

    pub(crate) fn wants_by_name(&self, step: &str) -> bool {
        self.only.iter().any(|name| name == step)
    }

    pub(crate) fn leaves_out(&self, step: &str) -> bool {
        self.without.iter().any(|name| name == step)
    }

    pub(crate) fn wants(&self, step: &str) -> bool {
        self.asks_for(step) && !self.leaves_out(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Arguments> {
        Arguments::parse(words.split(' ').map(OsString::from).collect())
    }

    fn wanted(words: &str) -> Vec<&'static str> {
        let arguments = parse(words).unwrap();
        let steps = arguments.command.steps().into_iter();
        steps.filter(|step| arguments.wants(step)).collect()
    }

    #[test]
    fn no_step_means_all_but_those_left_out() {
        assert_eq!(
            wanted("test --without=webkit,unwind,atomics,bun --without bundlers,npm,page"),
            ["native", "sim", "chromium", "firefox", "deno", "node"]
        );
    }

    #[test]
    fn steps_are_asked_for_by_name() {
        assert_eq!(wanted("check docs fmt"), ["fmt", "docs"]);
    }

    #[test]
    fn a_filter_means_native_unless_steps_are_named() {
        assert_eq!(wanted("test --filter kill"), ["native"]);
        assert_eq!(wanted("test sim --filter kill"), ["sim"]);
    }

    #[test]
    fn repeat_takes_a_number_first() {
        assert_eq!(parse("repeat 3 firefox").unwrap().runs, 3);
        assert_eq!(parse("repeat firefox").unwrap().runs, RUNS);
        assert!(parse("repeat 0").is_err());
    }

    #[test]
    fn what_is_unknown_is_named() {
        let error = |words| parse(words).unwrap_err().to_string();
        assert!(error("test firefix").contains("'firefix'"));
        assert!(error("test --without=x").contains("'x'"));
        assert!(error("paint").contains("'paint'"));
        assert!(error("check --filter=x").contains("--filter"));
        assert!(error("test sim --without=sim").contains("left out"));
    }
}
