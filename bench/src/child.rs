//! Goes in a process of their own: those that start thousands of threads, and those that look at a whole process.

use std::{
    env,
    process::{Command, Stdio},
};

use crate::{
    contest::{Contestant, Sample},
    effort, rows,
};

/// A contestant whose go is the child program `name`.
pub(crate) fn in_child(name: &'static str) -> Contestant {
    Box::new(move || {
        let program =
            env::current_exe().map_err(|error| format!("this program has no path: {error}"))?;
        let mut command = Command::new(program);
        command
            .args(["child", name])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        if effort::is_quick() {
            command.arg("--quick");
        }
        let output = command
            .output()
            .map_err(|error| format!("the child {name} can't start: {error}"))?;
        if !output.status.success() {
            return Err(format!("the child {name} ended with {}", output.status));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("the child {name} said no sample: {error}"))
    })
}

/// The child's side; false when there is no such child.
pub(crate) fn run(name: &str) -> bool {
    let Some((_, code)) = rows::CHILDREN.iter().find(|(known, _)| *known == name) else {
        return false;
    };
    let sample: Sample = code();
    println!(
        "{}",
        serde_json::to_string(&sample).expect("numbers can be written")
    );
    true
}
