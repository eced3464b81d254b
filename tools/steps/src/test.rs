//! `test`: natively and in the simulator, in three browser engines, with panics that unwind, in bundlers,
//! the npm package, and the page.

use std::thread;

use anyhow::Result;

use crate::{
    arguments::Arguments,
    browsers,
    checkout::Checkout,
    report::Report,
    threads::{self, Simulated},
};

/// Runs the steps that are wanted.
pub(crate) fn run(
    checkout: &Checkout,
    arguments: &Arguments,
    report: &mut Report<'_>,
) -> Result<()> {
    let simulated = threads::test(checkout, arguments, report)?;
    thread::scope(|scope| {
        let simulated = simulated.map(|step| scope.spawn(|| Simulated::run(step)));
        browsers::test(checkout, arguments, report)?;
        simulated.map_or(Ok(()), |step| threads::end(step, report))
    })
}
