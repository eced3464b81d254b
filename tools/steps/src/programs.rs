//! Test programs: built by one call of cargo, then run one by one.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{log::Log, results::heading};

/// A test program that cargo has built.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TestProgram {
    pub(crate) package: String,
    /// The test's own, or `lib`, or that of a binary.
    pub(crate) name: String,
    /// The package's folder, where cargo would run it.
    pub(crate) folder: PathBuf,
    pub(crate) file: PathBuf,
}

/// How much of a processor a program gets while others want it too.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Priority {
    Usual,
    /// What they leave.
    Low,
}

impl TestProgram {
    pub(crate) fn title(&self) -> String {
        format!("{}/{}", self.package, self.name)
    }

    /// The line that begins its part of a log.
    pub(crate) fn heading(&self) -> String {
        heading(&format!("{} ({})", self.title(), self.file.display()))
    }

    /// Runs natively, with the variables that cargo would set.
    pub(crate) fn run(
        &self,
        log: &mut Log,
        filter: Option<&str>,
        variables: &[(&str, &str)],
        priority: Priority,
    ) -> bool {
        log.line(&self.heading());
        let mut command = match priority {
            Priority::Usual => Command::new(&self.file),
            Priority::Low => {
                let mut nice = Command::new("nice");
                nice.args(["-n", "19"]).arg(&self.file);
                nice
            }
        };
        command
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .env("CARGO_PKG_NAME", &self.package)
            .envs(variables.iter().copied())
            .args(filter)
            .arg("--show-output");
        log.run(&mut command)
    }
}

/// Adds to `cargo test …` that it only builds, and gives what it has built, in the order of names.
pub(crate) fn build(log: &mut Log, cargo: &mut Command) -> Option<Vec<TestProgram>> {
    cargo.args(["--no-run", "--message-format=json-render-diagnostics"]);
    let messages = log.run_for_output(cargo)?;
    let mut programs: Vec<_> = messages.lines().filter_map(program_of).collect();
    programs.sort();
    if programs.is_empty() {
        log.fail("cargo named no test program");
        return None;
    }
    Some(programs)
}

/// Of a line of cargo's: a JSON object, where it tells of a test program.
fn program_of(line: &str) -> Option<TestProgram> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" || message["profile"]["test"] != true {
        return None;
    }
    let target = &message["target"];
    let kind = target["kind"][0].as_str()?;
    let name = match kind {
        "test" | "bench" | "bin" | "example" => target["name"].as_str()?,
        _ => "lib",
    };
    Some(TestProgram {
        package: package_of(message["package_id"].as_str()?)?,
        name: name.to_owned(),
        folder: Path::new(message["manifest_path"].as_str()?)
            .parent()?
            .to_owned(),
        file: message["executable"].as_str()?.into(),
    })
}

/// `path+file:///folder#name@version`, or `path+file:///folder/name#version`.
fn package_of(id: &str) -> Option<String> {
    let (place, rest) = id.split_once('#')?;
    let name = match rest.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next()?,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///clone/web#insula-web@0.1.0","manifest_path":"/clone/web/Cargo.toml","target":{"kind":["test"],"name":"page"},"profile":{"test":true},"executable":"/clone/target/page.wasm"}"#;

    #[test]
    fn a_test_program_is_read() {
        let program = program_of(LINE).unwrap();
        assert_eq!(program.title(), "insula-web/page");
        assert_eq!(program.folder, Path::new("/clone/web"));
        assert_eq!(
            program.heading(),
            "     Running insula-web/page (/clone/target/page.wasm)"
        );
    }

    #[test]
    fn what_is_no_test_program_is_passed_over() {
        assert_eq!(
            program_of(&LINE.replace("\"test\":true", "\"test\":false")),
            None
        );
        assert_eq!(
            program_of(r#"{"reason":"build-finished","success":true}"#),
            None
        );
        assert_eq!(program_of("warning: nothing"), None);
    }

    #[test]
    fn a_package_may_have_the_name_of_its_folder() {
        assert_eq!(
            package_of("path+file:///clone/core#0.1.0").as_deref(),
            Some("core")
        );
    }
}
