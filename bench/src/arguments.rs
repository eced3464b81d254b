//! The command line.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt};

use crate::{contest::Row, effort, rows};

const USAGE: &str =
    "usage: ./build.sh bench [ROW...] [--native] [--quick] [--compare REVISION], or --write";

/// What is asked for.
pub(crate) enum Command {
    Measure {
        rows: Vec<Row>,
    },
    /// docs/BENCHMARKS.md, from the last run.
    Write,
    Compare {
        rows: Vec<Row>,
        revision: String,
    },
    /// For another state of this program, which compares itself with this one.
    Samples {
        rows: Vec<Row>,
    },
    /// One go, in a process of its own.
    Child {
        name: String,
    },
}

pub(crate) fn parse(words: impl Iterator<Item = OsString> + 'static) -> Result<Command, String> {
    let (mut names, mut write, mut only_native, mut revision) = (Vec::new(), false, false, None);
    let mut options = Parser::from_args(words);
    while let Some(option) = options.next().map_err(told)? {
        match option {
            Arg::Long("quick") => effort::be_quick(),
            Arg::Long("write") => write = true,
            Arg::Long("native") => only_native = true,
            Arg::Long("compare") => revision = Some(text(options.value().map_err(told)?)?),
            Arg::Value(word) => names.push(text(word)?),
            other => return Err(told(other.unexpected())),
        }
    }
    if let [first, name] = names.as_slice()
        && first == "child"
    {
        return Ok(Command::Child { name: name.clone() });
    }
    let samples = names.first().is_some_and(|first| first == "samples");
    if samples {
        names.remove(0);
    }
    if write {
        if !names.is_empty() || effort::is_quick() || revision.is_some() {
            return Err(
                "--write stands alone: it takes the last run, and measures nothing".to_owned(),
            );
        }
        return Ok(Command::Write);
    }
    let rows = match revision.is_some() || samples || only_native {
        true => chosen(&names, rows::native),
        false => chosen(&names, rows::all),
    }?;
    Ok(match revision {
        _ if samples => Command::Samples { rows },
        Some(revision) => Command::Compare { rows, revision },
        None => Command::Measure { rows },
    })
}

fn text(word: OsString) -> Result<String, String> {
    word.string().map_err(told)
}

fn told(error: lexopt::Error) -> String {
    format!("{error}\n{USAGE}")
}

/// All of these rows, or those with one of the names: `N8-1us`, `N8` for each row whose name begins so, or `N` for `N1` and on.
fn chosen<I: Iterator<Item = &'static (&'static str, rows::Make)>>(
    names: &[String],
    known: fn() -> I,
) -> Result<Vec<Row>, String> {
    let is_digit_after =
        |name: &str, rest: &str| name.len() == 1 && rest.starts_with(|c: char| c.is_ascii_digit());
    let is_meant = |id: &str, name: &str| {
        id == name
            || id
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-') || is_digit_after(name, rest))
    };
    let ids = || known().map(|(id, _)| *id);
    for name in names {
        if !ids().any(|id| is_meant(id, name)) {
            let ids: Vec<_> = ids().collect();
            return Err(format!(
                "there is no row '{name}'\n  There are: {}\n{USAGE}",
                ids.join(" ")
            ));
        }
    }
    let wanted =
        known().filter(|(id, _)| names.is_empty() || names.iter().any(|name| is_meant(id, name)));
    Ok(wanted.map(|(id, row)| row(id)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(words: &str) -> Result<Vec<&'static str>, String> {
        let words: Vec<_> = words.split_whitespace().map(OsString::from).collect();
        match parse(words.into_iter())? {
            Command::Measure { rows, .. } => Ok(rows.iter().map(|row| row.id).collect()),
            _ => Err("another command".to_owned()),
        }
    }

    #[test]
    fn a_name_means_the_rows_that_begin_with_it() {
        assert_eq!(ids("N8-1us").unwrap(), ["N8-1us"]);
        assert_eq!(
            ids("N8").unwrap(),
            ["N8-1us", "N8-100us", "N8-10ms", "N8-skewed"]
        );
        assert_eq!(ids("N1").unwrap(), ["N1"]);
        assert_eq!(ids("W8-10ms-webkit").unwrap(), ["W8-10ms-webkit"]);
        assert_eq!(
            ids("W").unwrap().len() + ids("--native").unwrap().len(),
            rows::all().count()
        );
        assert_eq!(ids("").unwrap().len(), rows::all().count());
    }

    #[test]
    fn what_is_unknown_is_named_with_what_there_is() {
        let error = ids("N1 X7").unwrap_err();
        assert!(
            error.contains("'X7'") && error.contains("N8-skewed"),
            "{error}"
        );
        assert!(ids("--fast").unwrap_err().contains("--fast"));
        assert!(ids("N1 --write").unwrap_err().contains("stands alone"));
    }
}
