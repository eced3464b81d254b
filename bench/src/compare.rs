//! Another state of insula in the same run: this program is built against both, and both take turns.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::{Deserialize, Serialize};

use crate::{
    child,
    contest::{Row, Sample, Target},
    effort,
    machine::Calm,
    output,
    race::{self, Finish, Outcome},
    results, root,
    statistics::median,
    table,
};

/// How often each of the two states has its turn in a row.
const TURNS: usize = 6;

/// What one contestant said in one turn.
#[derive(Debug, Serialize, Deserialize)]
struct Turn {
    contestant: String,
    samples: Vec<Sample>,
    error: Option<String>,
}

/// The side that is asked: our contestants of the rows, for a part of the rounds.
pub(crate) fn print_samples(rows: Vec<Row>) -> Result<(), String> {
    for row in rows {
        let rounds = row.rounds.div_ceil(TURNS);
        let outcome = race::run(row.rounds(rounds), true);
        let turns = outcome.contestants.into_iter().map(|finish| Turn {
            contestant: finish.name,
            samples: finish.samples,
            error: finish.error,
        });
        let turns: Vec<_> = turns.collect();
        println!(
            "{}",
            serde_json::to_string(&turns).map_err(|error| error.to_string())?
        );
    }
    Ok(())
}

/// The side that asks.
pub(crate) fn run(rows: Vec<Row>, revision: &str) -> Result<(), String> {
    let folder = output()?.join("compare");
    let commit = git(&["rev-parse", "--short=12", &format!("{revision}^{{commit}}")])?;
    let other = build(&folder, &commit)?;
    let this = env::current_exe().map_err(|error| format!("this program has no path: {error}"))?;
    let mut figures = Vec::new();
    for row in rows {
        eprintln!("  {}", row.id);
        figures.extend(results::figures(&race_of_two(row, &this, &other, &commit)?));
    }
    let path = folder.join("results.json");
    results::write(&path, &figures)?;
    print!("{}", table::table(&figures));
    println!(
        "The ratios are to {commit}, each within a turn. {}",
        path.display()
    );
    Ok(())
}

fn race_of_two(row: Row, this: &Path, other: &Path, commit: &str) -> Result<Outcome, String> {
    let measures = row.measures.len();
    let ours = row.entries.into_iter().filter(|entry| entry.is_ours);
    let finish = |name: String| Finish {
        name,
        is_ours: true,
        targets: vec![Target::NONE; measures],
        samples: Vec::new(),
        ratios: vec![Vec::new(); measures],
        above: vec![Vec::new(); measures],
        error: None,
    };
    // Each contestant now, and the same before it.
    let mut finishes: Vec<_> = ours
        .map(|entry| {
            (
                finish(entry.name.clone()),
                finish(format!("{} at {commit}", entry.name)),
            )
        })
        .collect();
    let mut calm = Calm::watch();
    for turn in 0..effort::either(TURNS, 2) {
        calm.look();
        let (now, before) = if turn % 2 == 0 {
            let now = turn_of(this, row.id)?;
            (now, turn_of(other, row.id)?)
        } else {
            let before = turn_of(other, row.id)?;
            (turn_of(this, row.id)?, before)
        };
        for (at_now, at_before) in &mut finishes {
            take_in(
                at_now,
                at_before,
                now.iter().find(|turn| turn.contestant == at_now.name),
                {
                    let name = at_now.name.clone();
                    before.iter().find(|turn| turn.contestant == name)
                },
            );
        }
    }
    Ok(Outcome {
        row: row.id,
        measures: row.measures,
        reference: commit.to_owned(),
        contestants: finishes
            .into_iter()
            .flat_map(|(now, before)| [now, before])
            .collect(),
        is_disturbed: calm.is_disturbed(),
    })
}

fn take_in(now: &mut Finish, before: &mut Finish, turn: Option<&Turn>, turn_before: Option<&Turn>) {
    let (Some(turn), Some(turn_before)) = (turn, turn_before) else {
        now.error = Some("the two states have not the same contestants".to_owned());
        return;
    };
    let of = |turn: &Turn, measure: usize| {
        let values: Vec<_> = turn
            .samples
            .iter()
            .filter_map(|sample| sample.values.get(measure).copied())
            .collect();
        median(&values)
    };
    for (measure, ratios) in now.ratios.iter_mut().enumerate() {
        if let (Some(value), Some(base)) = (of(turn, measure), of(turn_before, measure))
            && base > 0.0
        {
            ratios.push(value / base);
        }
    }
    for (finish, turn) in [(now, turn), (before, turn_before)] {
        finish.samples.extend(turn.samples.iter().cloned());
        finish.error = finish.error.take().or_else(|| turn.error.clone());
    }
}

fn turn_of(program: &Path, row: &str) -> Result<Vec<Turn>, String> {
    // A name may mean several rows: `N2` is one, and begins `N2-ask` too. The first line is its own.
    child::said(program, ["samples", row])
}

/// Builds this program, as it is now, against insula as it was at `commit`.
fn build(folder: &Path, commit: &str) -> Result<PathBuf, String> {
    let checkout = folder.join(commit);
    let bench = checkout.join("bench");
    let failed = |what: &str, error: io::Error| format!("{what}: {error}");
    if !checkout.join("Cargo.toml").exists() {
        fs::create_dir_all(&checkout).map_err(|error| failed("the folder can't be made", error))?;
        extract(commit, &checkout)?;
    }
    let _ = fs::remove_dir_all(&bench);
    copy(&root().join("bench"), &bench).map_err(|error| failed("bench/ can't be copied", error))?;
    eprintln!("  insula at {commit} is built (about 2 minutes, the first time)");
    let target = folder.join("build");
    let status = Command::new("cargo")
        .args(["build", "-q", "--release", "--manifest-path"])
        .arg(bench.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status()
        .map_err(|error| failed("cargo can't start", error))?;
    if !status.success() {
        return Err(format!(
            "insula at {commit} can't be measured with the rows of today: the lines above say why"
        ));
    }
    Ok(target.join("release/insula-bench"))
}

/// Without a work tree of git: nothing of it stays behind when target/ is removed.
fn extract(commit: &str, to: &Path) -> Result<(), String> {
    let mut archive = Command::new("git")
        .arg("-C")
        .arg(root())
        .args(["archive", commit])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("git can't start: {error}"))?;
    let files = archive.stdout.take().map_or_else(Stdio::null, Stdio::from);
    let unpacked = Command::new("tar")
        .arg("-x")
        .arg("-C")
        .arg(to)
        .stdin(files)
        .status();
    let archived = archive
        .wait()
        .map_err(|error| format!("git archive: {error}"))?;
    let unpacked = unpacked.map_err(|error| format!("tar can't start: {error}"))?;
    if archived.success() && unpacked.success() {
        return Ok(());
    }
    // What is half there must not count as there the next time.
    let _ = fs::remove_dir_all(to);
    Err(format!("the files of {commit} can't be extracted"))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" {
                copy(&entry.path(), &target)?;
            }
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn git(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root())
        .args(arguments)
        .output();
    let output = output.map_err(|error| format!("git can't start: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
