//! The npm package: `check` looks at what is published, `test` runs its tests in a page that tools/pages opens.

use std::path::PathBuf;

use crate::{checkout::Checkout, log::Log};

/// The package as npm would publish it: its files, types and sizes.
pub(crate) fn check(checkout: &Checkout, log: &mut Log) {
    if let Some(tarball) = bundle(checkout, log) {
        let mut node = node(checkout, "check.js");
        log.run(node.arg(tarball));
    }
}

/// Firefox is cheap, where it is set up anyway.
pub(crate) fn test(checkout: &Checkout, log: &mut Log, firefox: bool, filter: Option<&str>) {
    let Some(tarball) = bundle(checkout, log) else {
        return;
    };
    let work = checkout.target().join("npm/tests");
    let mut build = node(checkout, "test.js");
    if !log.run(build.arg(tarball).arg(&work)) {
        return;
    }
    let engines = if firefox {
        "chromium,firefox"
    } else {
        "chromium"
    };
    let mut pages = checkout.cargo();
    pages
        .args(["run", "-q", "-p", "insula-pages", "--", "npm"])
        .arg(work.join("page"))
        .args(["--browser", engines]);
    log.run(pages.args(filter));
}

/// Builds the package; gives its tarball.
pub(crate) fn bundle(checkout: &Checkout, log: &mut Log) -> Option<PathBuf> {
    let mut node = node(checkout, "bundle.js");
    let said = log.run_for_output(node.arg(checkout.target().join("npm")))?;
    Some(PathBuf::from(said.trim()))
}

/// Runs a script of web/npm.
fn node(checkout: &Checkout, script: &str) -> std::process::Command {
    let mut node = checkout.command("node");
    node.arg(checkout.root().join("web/npm").join(script));
    node
}
