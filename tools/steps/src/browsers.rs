//! The steps in browsers: every test program is built once, and then runs in each engine. The runs are side
//! by side, because a test in a browser waits for most of its time.

use anyhow::Result;

use crate::{
    arguments::Arguments,
    checkout::{Checkout, Panics, WASM32},
    clock::Clock,
    engines::{self, Engine},
    lanes,
    log::{Finished, Log},
    programs::{self, TestProgram},
    report::{Kind, LIMIT, Report},
};

/// The web platform with all it can do.
const WEB: &[&str] = &["insula-web", "--features", "js,gloo"];
/// As gloo-worker does not compile with panics that unwind.
const WEB_UNWINDING: &[&str] = &["insula-web", "--features", "js"];
const FACADE: &[&str] = &["insula"];

/// What takes long begins first.
const LONGEST: &[&str] = &["page", "conformance"];

/// One program, or the examples of one package, in one engine.
#[derive(Debug)]
struct Job {
    step: &'static str,
    engine: Engine,
    what: What,
}

#[derive(Debug)]
enum What {
    Program(TestProgram, Option<String>),
    Examples(&'static [&'static str]),
}

/// Every program is built once, and then runs in each engine, side by side: a test in a browser waits
/// for most of its time.
pub(crate) fn test(checkout: &Checkout, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let steps: Vec<_> = ["chromium", "firefox", "webkit", "unwind"]
        .into_iter()
        .filter(|step| report.wants(step))
        .collect();
    if steps.is_empty() {
        return Ok(());
    }
    let (of_unwind, of_engines): (Vec<_>, Vec<_>) =
        steps.into_iter().partition(|step| *step == "unwind");
    let mut jobs = Vec::new();
    let mut built = Vec::new();
    for steps in [of_engines, of_unwind] {
        let (name, about) = match steps.first() {
            Some(&"unwind") => ("build-unwind", "about 2 minutes, the first time"),
            Some(_) => ("build-wasm", "about 3 minutes, the first time"),
            None => continue,
        };
        let clock = Clock::start(name, about);
        let mut log = Log::create(report.log(name), LIMIT)?;
        let more = match name {
            "build-unwind" => unwind_jobs(checkout, arguments, &mut log),
            _ => engine_jobs(checkout, &steps, arguments, &mut log),
        };
        drop(clock);
        let finished = log.finish();
        if let Some(more) = more {
            eprintln!("  {name}: done in {} s", finished.took.as_secs());
            jobs.extend(more);
            built.extend(steps);
        } else {
            for step in steps {
                report.end(Kind::Tests, step, &finished);
            }
        }
    }
    if built.is_empty() {
        return Ok(());
    }
    run_jobs(checkout, report, &built, jobs)
}

/// The facade's own tests run in one engine: what differs between engines is the platform's, in web/.
fn engine_jobs(
    checkout: &Checkout,
    steps: &[&'static str],
    arguments: &Arguments,
    log: &mut Log,
) -> Option<Vec<Job>> {
    let mut programs = build_for_browsers(checkout, log, WEB, Panics::Abort, &["--tests"])?;
    let web = programs.len();
    if steps.contains(&"chromium") {
        programs.extend(build_for_browsers(
            checkout,
            log,
            FACADE,
            Panics::Abort,
            &["--tests"],
        )?);
    }
    let filter = arguments.filter.as_deref();
    let matches: Vec<bool> = programs
        .iter()
        .map(|program| filter.is_none_or(|filter| has_test(checkout, log, program, filter)))
        .collect();
    let mut jobs = Vec::new();
    for engine in Engine::ALL {
        let step = engine.name();
        if !steps.contains(&step) {
            continue;
        }
        for (number, program) in programs.iter().enumerate() {
            if matches[number] && (number < web || engine == Engine::Chromium) {
                let what = What::Program(program.clone(), arguments.filter.clone());
                jobs.push(Job { step, engine, what });
            }
        }
        if filter.is_none() {
            jobs.push(Job {
                step,
                engine,
                what: What::Examples(WEB),
            });
            if engine == Engine::Chromium {
                jobs.push(Job {
                    step,
                    engine,
                    what: What::Examples(FACADE),
                });
            }
        }
    }
    Some(jobs)
}

/// What a panic does, in each engine, because each unwinds by code of its own; the rest in one.
fn unwind_jobs(checkout: &Checkout, arguments: &Arguments, log: &mut Log) -> Option<Vec<Job>> {
    let tests = ["--test", "conformance", "--test", "page"];
    let programs = build_for_browsers(checkout, log, WEB_UNWINDING, Panics::Unwind, &tests)?;
    let mut jobs = Vec::new();
    for engine in Engine::ALL {
        if arguments.leaves_out(engine.name()) {
            continue;
        }
        for program in &programs {
            let filter = match (engine, program.name.as_str(), &arguments.filter) {
                (Engine::Chromium, _, filter) => filter.clone(),
                (_, "page", None) => Some("panics::".to_owned()),
                _ => continue,
            };
            if filter
                .as_deref()
                .is_none_or(|filter| has_test(checkout, log, program, filter))
            {
                let what = What::Program(program.clone(), filter);
                jobs.push(Job {
                    step: "unwind",
                    engine,
                    what,
                });
            }
        }
    }
    Some(jobs)
}

pub(crate) fn build_web_tests(checkout: &Checkout, log: &mut Log) -> Option<Vec<TestProgram>> {
    build_for_browsers(checkout, log, WEB, Panics::Abort, &["--tests"])
}

fn build_for_browsers(
    checkout: &Checkout,
    log: &mut Log,
    package: &[&str],
    panics: Panics,
    tests: &[&str],
) -> Option<Vec<TestProgram>> {
    let mut cargo = checkout.wasm_command("cargo", panics);
    cargo
        .args(["test", "--target", WASM32, "-p"])
        .args(package)
        .args(tests);
    programs::build(log, &mut cargo)
}

fn has_test(checkout: &Checkout, log: &mut Log, program: &TestProgram, filter: &str) -> bool {
    let names = log.run_for_output(&mut engines::list(checkout, program));
    let names = names.unwrap_or_default();
    names
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .any(|name| name.contains(filter))
}

/// Each job has a log of its own; a step's is made of those of its jobs.
fn run_jobs(
    checkout: &Checkout,
    report: &mut Report,
    steps: &[&'static str],
    mut jobs: Vec<Job>,
) -> Result<()> {
    jobs.sort_by_key(Job::rank);
    let lanes = lanes::wanted()?;
    let clock = Clock::start(
        &steps.join(", "),
        &format!("about 8 minutes, {lanes} browsers side by side"),
    );
    let folder = checkout.logs().join("jobs");
    let run = |(number, job): (usize, Job)| -> Result<_> {
        let path = folder.join(format!("{number}-{}-{}.log", job.step, job.name()));
        let mut log = Log::create(path, LIMIT)?;
        job.run(checkout, &mut log, number);
        Ok((job.step, log.finish()))
    };
    let numbered = jobs.into_iter().enumerate();
    let (alone, beside): (Vec<_>, Vec<_>) = numbered.partition(|(_, job)| job.runs_alone());
    let mut done = lanes::run(lanes, beside, run);
    done.extend(lanes::run(1, alone, run));
    drop(clock);
    let done = done.into_iter().collect::<Result<Vec<(_, Finished)>>>()?;
    for step in steps {
        let mut log = Log::create(report.log(step), LIMIT)?;
        let of_step = || done.iter().filter(|(of, _)| of == step);
        for (_, finished) in of_step() {
            log.append(finished);
        }
        let mut finished = log.finish();
        finished.took = of_step().map(|(_, finished)| finished.took).sum();
        report.end(Kind::Tests, step, &finished);
    }
    Ok(())
}

impl Job {
    fn name(&self) -> String {
        match &self.what {
            What::Program(program, _) => program.title().replace('/', "-"),
            What::Examples(package) => format!("{}-examples", package[0]),
        }
    }

    /// Whether it needs the whole machine: it starts more workers at once than a busy one brings up in time.
    fn runs_alone(&self) -> bool {
        matches!(&self.what, What::Program(program, _) if program.name == "leaks")
    }

    fn rank(&self) -> usize {
        let name = match &self.what {
            What::Program(program, _) => program.name.as_str(),
            What::Examples(_) => "",
        };
        LONGEST
            .iter()
            .position(|long| *long == name)
            .unwrap_or(LONGEST.len())
    }

    fn run(&self, checkout: &Checkout, log: &mut Log, number: usize) {
        let command = match &self.what {
            What::Program(program, filter) => {
                log.line(&program.heading());
                self.engine
                    .tests(checkout, program, filter.as_deref(), number)
            }
            What::Examples(package) => self.engine.examples(checkout, package, number),
        };
        match command {
            Ok(mut command) => {
                log.run(&mut command);
            }
            Err(error) => {
                log.fail(&format!("{error:#}"));
            }
        }
    }
}
