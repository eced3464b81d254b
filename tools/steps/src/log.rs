//! [`Log`]: what a step's commands say, and whether they went well.

use std::{
    borrow::BorrowMut,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::child::{self, End};

/// A log that is being written.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    file: File,
    began: Instant,
    limit: Duration,
    failed: bool,
    hung: bool,
}

/// What became of the commands of a log.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) path: PathBuf,
    pub(crate) took: Duration,
    pub(crate) failed: bool,
    /// The limit that was reached.
    pub(crate) hung: Option<Duration>,
}

impl Log {
    /// Whatever does not end within `limit` from now on hangs, and is ended.
    pub(crate) fn create(path: PathBuf, limit: Duration) -> Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)
            .with_context(|| format!("{} can't be made", folder.display()))?;
        let file =
            File::create(&path).with_context(|| format!("{} can't be written", path.display()))?;
        Ok(Self {
            path,
            file,
            began: Instant::now(),
            limit,
            failed: false,
            hung: false,
        })
    }

    /// Runs a command with all it says in the log; gives whether it went well.
    pub(crate) fn run(&mut self, mut command: impl BorrowMut<Command>) -> bool {
        let command = command.borrow_mut();
        match self.file.try_clone() {
            Ok(output) => self.run_to(command, Stdio::from(output)),
            Err(error) => self.fail(&format!("the log can't be shared: {error}")),
        }
    }

    /// The same with its standard output in a file, which is given back.
    pub(crate) fn run_for_output(&mut self, command: &mut Command) -> Option<String> {
        let path = self.path.with_extension("out");
        let output = match File::create(&path) {
            Ok(file) => Stdio::from(file),
            Err(error) => {
                self.fail(&format!("{} can't be written: {error}", path.display()));
                return None;
            }
        };
        let ran = self.run_to(command, output);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(&path);
        ran.then_some(text)
    }

    fn run_to(&mut self, command: &mut Command, output: Stdio) -> bool {
        let errors = match self.file.try_clone() {
            Ok(errors) => errors,
            Err(error) => return self.fail(&format!("the log can't be shared: {error}")),
        };
        let ended = child::run(
            command.stdout(output).stderr(errors),
            self.began + self.limit,
        );
        match ended {
            Ok(end) if end.is_success() => true,
            Ok(End::TimedOut) => {
                self.hung = true;
                let limit = self.limit.as_secs();
                self.fail(&format!("ended after {limit} s: it hung"))
            }
            Ok(End::Status(_)) => {
                self.failed = true;
                false
            }
            Err(error) => {
                let program = command.get_program().display();
                self.fail(&format!("{program} can't be started: {error}"))
            }
        }
    }

    pub(crate) fn line(&mut self, text: &str) {
        if let Err(error) = writeln!(self.file, "{text}") {
            eprintln!("{} can't be written: {error}", self.path.display());
            self.failed = true;
        }
    }

    /// Marks the step as failed, and says why. Gives `false`, as what failed does.
    pub(crate) fn fail(&mut self, why: &str) -> bool {
        self.line(&format!("error: {why}"));
        self.failed = true;
        false
    }

    /// Takes over what another log says, how long it took, and whether it failed. The other is gone then.
    pub(crate) fn append(&mut self, other: &Finished) {
        match fs::read_to_string(&other.path) {
            Ok(text) => {
                self.line(text.trim_end_matches('\n'));
                self.line(&format!("took {:.1} s\n", other.took.as_secs_f64()));
            }
            Err(error) => {
                self.fail(&format!("{} can't be read: {error}", other.path.display()));
            }
        }
        let _ = fs::remove_file(&other.path);
        self.failed |= other.failed;
        self.hung |= other.hung.is_some();
    }

    pub(crate) fn finish(self) -> Finished {
        Finished {
            took: self.began.elapsed(),
            path: self.path,
            failed: self.failed,
            hung: self.hung.then_some(self.limit),
        }
    }
}

/// The last `count` lines of a log, for a message.
pub(crate) fn tail(path: &Path, count: usize) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
