//! `test`: natively and in the simulator, in three browser engines, with panics that unwind, in bundlers,
//! the npm package, and the page.

use anyhow::Result;

use crate::{arguments::Arguments, browsers, checkout::Checkout, report::Report, threads};

/// Runs the steps that are wanted.
pub(crate) fn run(checkout: &Checkout, arguments: &Arguments, report: &mut Report) -> Result<()> {
    threads::test(checkout, arguments, report)?;
    browsers::test(checkout, arguments, report)
}
