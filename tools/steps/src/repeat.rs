//! `repeat`: the web platform's tests many times in each engine, to find those that fail now and then.
//! They are built once. The documentation's examples are left to `test`.

use std::fs;

use anyhow::{Result, ensure};

use crate::{
    arguments::Arguments,
    browsers::build_web_tests,
    checkout::Checkout,
    clock::Clock,
    engines::Engine,
    log::{Log, tail},
    programs::TestProgram,
    report::LIMIT,
    results::{self, Program},
};

/// The runs of one engine.
#[derive(Debug)]
struct Runs {
    engine: &'static str,
    failed: u32,
    seconds: u64,
    /// The tests that failed, each with the runs in which it did.
    tests: Vec<(String, Vec<u32>)>,
}

/// Runs each engine that is wanted; gives whether no test failed.
pub(crate) fn run(checkout: &Checkout, arguments: &Arguments) -> Result<bool> {
    let mut log = Log::create(checkout.logs().join("repeat.log"), LIMIT)?;
    let clock = Clock::start("the test programs", "about 2 minutes, the first time");
    let programs = build_web_tests(checkout, &mut log);
    drop(clock);
    let built = log.finish();
    let programs = programs.unwrap_or_default();
    ensure!(
        !programs.is_empty(),
        "the test programs can't be built\n{}\n  The whole log: {}",
        tail(&built.path, 20),
        built.path.display()
    );
    let mut all = Vec::new();
    for engine in Engine::ALL {
        if arguments.wants(engine.name()) {
            all.push(repeat(checkout, engine, arguments.runs, &programs)?);
        }
    }
    print!("{}", table(&all, arguments.runs));
    println!("logs: {}", checkout.logs().join("repeat").display());
    Ok(all.iter().all(|runs| runs.failed == 0))
}

fn repeat(
    checkout: &Checkout,
    engine: Engine,
    count: u32,
    programs: &[TestProgram],
) -> Result<Runs> {
    let mut runs = Runs {
        engine: engine.name(),
        failed: 0,
        seconds: 0,
        tests: Vec::new(),
    };
    for run in 1..=count {
        let what = format!("{}, run {run} of {count}", engine.name());
        let path = checkout
            .logs()
            .join(format!("repeat/{}-{run}.log", engine.name()));
        let clock = Clock::start(&what, "some minutes");
        let mut log = Log::create(path, LIMIT)?;
        for program in programs {
            log.line(&program.heading());
            log.run(&mut engine.tests(checkout, program, None, 0)?);
        }
        drop(clock);
        let finished = log.finish();
        let text = fs::read_to_string(&finished.path)?;
        let failed = failed_tests(&results::read(&text));
        eprintln!(
            "  {what}: {} s, {} failed",
            finished.took.as_secs(),
            failed.len()
        );
        runs.failed += u32::from(finished.failed || !failed.is_empty());
        runs.seconds += finished.took.as_secs();
        for test in failed {
            match runs.tests.iter_mut().find(|(known, _)| *known == test) {
                Some((_, numbers)) => numbers.push(run),
                None => runs.tests.push((test, vec![run])),
            }
        }
    }
    Ok(runs)
}

/// As PROGRAM::TEST; and the programs that did not come to a result.
fn failed_tests(programs: &[Program]) -> Vec<String> {
    let mut failed = Vec::new();
    for program in programs {
        let tests = program
            .failed_tests()
            .map(|test| format!("{}::{test}", program.name));
        failed.extend(tests);
        if !program.has_ended() {
            failed.push(format!("{} (did not run to its end)", program.name));
        }
    }
    failed
}

fn table(all: &[Runs], count: u32) -> String {
    let mut text = format!(
        "\n{:<12} {:>6} {:>12} {:>14}\n",
        "engine", "runs", "failed runs", "seconds a run"
    );
    for runs in all {
        let each = runs.seconds / u64::from(count);
        text += &format!(
            "{:<12} {count:>6} {:>12} {each:>14}\n",
            runs.engine, runs.failed
        );
    }
    if all.iter().any(|runs| !runs.tests.is_empty()) {
        text += &format!(
            "\n{:<8} {:<60} {:>8}  in runs\n",
            "engine", "test", "failures"
        );
    }
    for runs in all {
        for (test, numbers) in &runs.tests {
            let list: Vec<_> = numbers.iter().map(u32::to_string).collect();
            let (count, list) = (numbers.len(), list.join(", "));
            text += &format!("{:<8} {test:<60} {count:>8}  {list}\n", runs.engine);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_named_with_their_program() {
        let log = "     Running web/page (x)\ntest a ... ok\ntest b ... FAIL\n\ntest result: FAILED. 1 passed; 1 failed\n     Running web/leaks (y)\ntest a ... ok\n";
        assert_eq!(
            failed_tests(&results::read(log)),
            ["web/page::b", "web/leaks (did not run to its end)"]
        );
    }

    #[test]
    fn the_table_names_engines_and_tests() {
        let runs = Runs {
            engine: "firefox",
            failed: 1,
            seconds: 7,
            tests: vec![("page::b".to_owned(), vec![2])],
        };
        let text = table(&[runs], 2);
        let lines: Vec<_> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .collect();
        assert_eq!(lines[2], ["firefox", "2", "1", "3"]);
        assert_eq!(lines[5], ["firefox", "page::b", "1", "2"]);
    }
}
