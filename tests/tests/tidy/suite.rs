//! The conformance suite is complete, and asks for no platform.

use std::collections::BTreeSet;

use insula_tests::{BLOCKING_TESTS, TESTS};

use crate::files::{assert_none, sources};

/// The longest name of a test that is still read at a glance.
const LETTERS_MAX: usize = 50;

fn tests() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    TESTS.iter().chain(BLOCKING_TESTS)
}

/// Every test that is written is in the suite, once.
#[test]
fn every_test_is_in_the_suite() {
    let mut written = BTreeSet::new();
    for file in sources()
        .into_iter()
        .filter(|file| file.is_in(&["tests/src/"]))
    {
        let module = file
            .path
            .trim_start_matches("tests/src/")
            .trim_end_matches(".rs")
            .to_owned();
        for line in file.text.lines() {
            if let Some(name) = line.strip_prefix("pub async fn ").and_then(|rest| {
                let bounds = [
                    "<P: Platform>()",
                    "<P: Blocking>()",
                    "<P: Inspect>()",
                    "<P: Record>()",
                ];
                bounds.iter().find_map(|bound| rest.split_once(bound))
            }) {
                written.insert((module.clone(), name.0.to_owned()));
            }
            let body = line
                .strip_prefix("    ")
                .and_then(|rest| rest.strip_suffix(';')?.split_once(" = "));
            if let Some((name, body)) = body.filter(|_| file.text.contains("starting_tests! {")) {
                let plain = |text: &str| {
                    text.chars()
                        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
                };
                if plain(name) && plain(body) {
                    written.insert((module.clone(), name.to_owned()));
                }
            }
        }
    }
    let listed: BTreeSet<_> = tests()
        .map(|(module, name)| ((*module).to_owned(), (*name).to_owned()))
        .collect();
    assert_eq!(listed.len(), tests().count(), "a test is listed twice");
    assert_eq!(
        written.difference(&listed).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "written and not listed"
    );
    assert_eq!(
        listed.difference(&written).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "listed and not found"
    );
}

/// The names of tests are unique, as a harness has them side by side, and short.
#[test]
fn names_are_unique_and_short() {
    let names: BTreeSet<_> = tests().map(|(_, name)| name).collect();
    assert_eq!(names.len(), tests().count());
    let long: Vec<_> = names
        .iter()
        .filter(|name| name.len() > LETTERS_MAX)
        .map(ToString::to_string)
        .collect();
    assert_none("a name that is too long", &long);
}

/// Every line of the table of differences names tests that exist.
#[test]
fn differences_name_tests() {
    for named in insula_tests::differences::named() {
        let known = match named.strip_suffix("::*") {
            Some(module) => tests().any(|(own, _)| *own == module),
            None => tests().any(|(_, name)| *name == named),
        };
        assert!(known, "no test is called {named}");
    }
}

/// The suite asks what a platform can do. It tells a platform's name, and never asks for it.
#[test]
fn no_test_asks_for_the_name_of_a_platform() {
    let breaches: Vec<_> = sources()
        .iter()
        .filter(|file| file.is_in(&["tests/src/"]))
        .flat_map(|file| file.places_of(&["::NAME"]))
        .filter(|place| !place.contains("format!("))
        .collect();
    assert_none("a test that asks where it runs", &breaches);
}
