//! The steps on threads of this machine: `native`, and `sim`, which has the simulator's tests. One call of
//! cargo builds both, because two with other packages compile the crates below them twice.

use anyhow::Result;

use crate::{
    arguments::Arguments,
    checkout::Checkout,
    clock::Clock,
    lanes,
    log::{Finished, Log},
    programs::{self, TestProgram},
    report::{Kind, LIMIT, Report},
    results::variant_line,
};

const SIM: &str = "insula-sim";
const SUITE: &str = "insula-native/conformance";

/// A test program, or the examples of the documentation.
#[derive(Clone, Copy, Debug)]
enum Part<'a> {
    Program(&'a TestProgram),
    /// With every message encoded, which natively would only move.
    Encoding(&'a TestProgram),
    /// Of these packages.
    Examples(&'static [&'static str]),
}

/// Runs those of the two steps that are wanted.
pub(crate) fn test(checkout: &Checkout, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let steps: Vec<_> = ["native", "sim"]
        .into_iter()
        .filter(|step| report.wants(step))
        .collect();
    let packages: &'static [&'static str] = match steps[..] {
        [] => return Ok(()),
        ["native"] => &["--workspace", "--exclude", SIM],
        ["sim"] => &["-p", SIM],
        _ => &["--workspace"],
    };
    let clock = Clock::start("build-native", "about 3 minutes, the first time");
    let mut log = Log::create(report.log("build-native"), LIMIT)?;
    let programs = programs::build(&mut log, checkout.cargo().arg("test").args(packages));
    drop(clock);
    let built = log.finish();
    let Some(programs) = programs else {
        for step in steps {
            report.end(Kind::Tests, step, &built);
        }
        return Ok(());
    };
    eprintln!("  build-native: done in {} s", built.took.as_secs());
    for (number, step) in steps.into_iter().enumerate() {
        let of_step = |program: &&TestProgram| (program.package == SIM) == (step == "sim");
        let mut parts: Vec<_> = programs.iter().filter(of_step).map(Part::Program).collect();
        if step == "native" {
            let suite = programs.iter().filter(|program| program.title() == SUITE);
            parts.extend(suite.map(Part::Encoding));
        }
        // All examples are in the first step, because they are compiled together too.
        if arguments.filter.is_none() && number == 0 {
            parts.push(Part::Examples(packages));
        }
        report.step(Kind::Tests, step, "about 2 minutes", |log| {
            run(checkout, step, log, parts, arguments.filter.as_deref());
        })?;
    }
    Ok(())
}

/// Runs the parts side by side. What a test prints is shown, for the matrix.
fn run(checkout: &Checkout, step: &str, log: &mut Log, parts: Vec<Part<'_>>, filter: Option<&str>) {
    let folder = checkout.logs().join("jobs");
    let run = |(number, part): (usize, Part<'_>)| -> Result<Finished> {
        let mut log = Log::create(folder.join(format!("{number}-{step}.log")), LIMIT)?;
        match part {
            Part::Program(program) => program.run(&mut log, filter, &[]),
            Part::Encoding(program) => {
                log.line(&variant_line("INSULA_ENCODE=1"));
                program.run(&mut log, filter, &[("INSULA_ENCODE", "1")])
            }
            Part::Examples(packages) => {
                let mut cargo = checkout.cargo();
                log.run(
                    cargo
                        .args(["test", "--doc", "--no-fail-fast"])
                        .args(packages),
                )
            }
        };
        Ok(log.finish())
    };
    let done = lanes::wanted().and_then(|lanes| {
        let numbered = parts.into_iter().enumerate().collect();
        let done = lanes::run(lanes, numbered, run).into_iter();
        done.collect::<Result<Vec<_>>>()
    });
    match done {
        Ok(done) => done.iter().for_each(|finished| log.append(finished)),
        Err(error) => {
            log.fail(&format!("{error:#}"));
        }
    }
}
