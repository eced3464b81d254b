//! This program, or another state of it, as a child process that says a line of JSON.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use serde::de::DeserializeOwned;

use crate::{contest::Contestant, effort};

/// A contestant whose go is the child program `name`: one that starts thousands of threads, or looks at a whole process.
pub(crate) fn in_child(name: &'static str) -> Contestant {
    Box::new(move || {
        let program =
            env::current_exe().map_err(|error| format!("this program has no path: {error}"))?;
        said(&program, ["child", name])
    })
}

/// Runs `program` with these words, and reads the first line that it says.
pub(crate) fn said<T: DeserializeOwned>(program: &Path, words: [&str; 2]) -> Result<T, String> {
    let called = || format!("{} {}", program.display(), words.join(" "));
    let mut command = Command::new(program);
    command
        .args(words)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    if effort::is_quick() {
        command.arg("--quick");
    }
    let output = command
        .output()
        .map_err(|error| format!("{} can't start: {error}", called()))?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", called(), output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| format!("{} said no figures: {error}", called()))
}
