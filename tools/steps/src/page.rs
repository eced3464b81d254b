//! tools/pages, which opens pages in browsers; and the step `page`: the page of www/, every button pressed.

use std::{env, process::Command};

use crate::{
    arguments::{Arguments, ENGINES},
    checkout::Checkout,
    engines,
    log::Log,
};

/// In Chromium; in the other engines where they are set up anyway.
pub(crate) fn test(checkout: &Checkout, arguments: &Arguments, log: &mut Log, number: usize) {
    let mut build = checkout.command("bash");
    if !log.run(build.args(["build.sh", "page"])) {
        return;
    }
    let engines = ENGINES.iter().copied();
    for engine in engines.filter(|engine| *engine == "chromium" || arguments.wants(engine)) {
        let mut pages = pages(checkout, "page", engine, number);
        log.run(pages.args(arguments.filter.as_deref()));
    }
}

/// A command of tools/pages in these engines, with commas between them. WebKitGTK needs a display, that of this number.
pub(crate) fn pages(checkout: &Checkout, command: &str, names: &str, number: usize) -> Command {
    let mut pages = if names.contains("webkit") && env::consts::OS != "macos" {
        let mut pages = checkout.command("xvfb-run");
        pages.args(engines::display(number)).arg("cargo");
        pages
    } else {
        checkout.cargo()
    };
    pages
        .envs(checkout.browser_variables())
        .args(["run", "-q", "-p", "insula-pages", "--", command])
        .args(["--browser", names]);
    pages
}
