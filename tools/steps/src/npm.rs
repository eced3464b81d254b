//! The npm package: `check` looks at what is published, `test` runs its tests in a page that tools/pages opens.

use std::{
    path::PathBuf,
    process::Command,
    sync::{Mutex, PoisonError},
};

use crate::{
    arguments::{Arguments, ENGINES},
    checkout::Checkout,
    log::Log,
    page,
};

/// The package as npm would publish it: its files, types and sizes.
pub(crate) fn check(checkout: &Checkout, log: &mut Log) {
    if let Some(tarball) = bundle(checkout, log) {
        let mut node = node(checkout, "check.js");
        log.run(node.arg(tarball));
    }
}

/// In Chromium; in the other engines and hosts where they are set up anyway.
pub(crate) fn test(checkout: &Checkout, arguments: &Arguments, log: &mut Log, number: usize) {
    let Some(tarball) = bundle(checkout, log) else {
        return;
    };
    let work = checkout.target().join("npm/tests");
    let mut build = node(checkout, "test.js");
    if !log.run(build.arg(tarball).arg(&work)) {
        return;
    }
    let engines = ENGINES.iter().copied();
    for engine in engines.filter(|engine| *engine == "chromium" || arguments.wants(engine)) {
        let mut pages = page::pages(checkout, "npm", engine, number);
        let page = work.join("page");
        log.run(pages.arg(page).args(arguments.filter.as_deref()));
    }
    let hosts: [(&str, &[&str]); 2] = [
        ("deno", &["run", "--no-config", "--allow-read"]),
        ("bun", &[]),
    ];
    for (host, options) in hosts.into_iter().filter(|(host, _)| arguments.wants(host)) {
        log.line(&format!("\n{host}"));
        let mut run = checkout.command(host);
        run.args(options)
            .arg(work.join("page/page.js"))
            .args(arguments.filter.as_deref());
        log.run(&mut run);
    }
}

/// Builds the package, unless another step has; gives its tarball.
pub(crate) fn bundle(checkout: &Checkout, log: &mut Log) -> Option<PathBuf> {
    // Two steps side by side use it: the second waits, and does not write it anew while the first reads.
    static BUILT: Mutex<Option<PathBuf>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if built.is_none() {
        let mut node = node(checkout, "bundle.js");
        let said = log.run_for_output(node.arg(checkout.target().join("npm")))?;
        *built = Some(PathBuf::from(said.trim()));
    }
    built.clone()
}

/// Runs a script of web/npm.
fn node(checkout: &Checkout, script: &str) -> Command {
    let mut node = checkout.command("node");
    node.arg(checkout.root().join("web/npm").join(script));
    node
}
