//! `test`: natively and in the simulator, in three browser engines, with panics that unwind, in bundlers,
//! the npm package, and the page.

use anyhow::Result;

use crate::{
    arguments::Arguments,
    browsers, bundlers,
    checkout::Checkout,
    npm, page,
    report::{Kind, Report},
    threads,
};

/// Runs the steps that are wanted.
pub(crate) fn run(checkout: &Checkout, arguments: &Arguments, report: &mut Report) -> Result<()> {
    threads::test(checkout, arguments, report)?;
    browsers::test(checkout, arguments, report)?;
    let firefox = arguments.wants("firefox");
    let about = "about 4 minutes, the first time";
    report.step(Kind::Tests, "bundlers", about, |log| {
        bundlers::test(checkout, log, firefox, arguments.filter.as_deref());
    })?;
    report.step(Kind::Tests, "npm", "about 1 minute", |log| {
        npm::test(checkout, arguments, log);
    })?;
    report.step(
        Kind::Tests,
        "page",
        "about 4 minutes, the first time",
        |log| {
            page::test(checkout, arguments, log);
        },
    )
}
