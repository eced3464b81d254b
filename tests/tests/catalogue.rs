//! `CATALOGUE.md` and the suite say the same: which tests stand for which case of Dart's suites.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use insula_tests::TESTS;

/// The suites that a case can come from.
const SUITES: [&str; 3] = ["flutter", "dart-sdk", "co19"];

/// A case of one of them, as a test's documentation names it: ``co19 `Isolate/kill_A02_t01` ``.
type Case = String;

/// What the catalogue has for a case.
enum Row {
    Tests(Vec<String>),
    Reason(String),
}

fn own_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// Every row of the catalogue, in its order.
fn rows() -> Vec<(Case, Row)> {
    let (mut suite, mut rows) = ("", Vec::new());
    let text = read(own_folder().join("CATALOGUE.md"));
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            suite = SUITES
                .into_iter()
                .find(|suite| heading.starts_with(suite))
                .unwrap_or_else(|| panic!("no suite is called {heading}"));
        }
        if !line.starts_with("| `") {
            continue;
        }
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [case, content] = cells[..] else {
            panic!("a row has two cells: {line}")
        };
        let row = match content.strip_prefix("None: ") {
            Some(reason) => Row::Reason(reason.to_owned()),
            None => Row::Tests(content.split(", ").map(test_in).collect()),
        };
        rows.push((format!("{suite} {case}"), row));
    }
    assert!(rows.len() > 200, "the catalogue has its rows");
    rows
}

/// The test that a cell of the catalogue names.
fn test_in(quoted: &str) -> String {
    quoted
        .strip_prefix('`')
        .and_then(|name| name.strip_suffix('`'))
        .unwrap_or_else(|| panic!("neither the name of a test nor a reason: {quoted}"))
        .to_owned()
}

/// The test that a line declares, by itself or as one of `starting_tests!`.
fn declared(line: &str) -> Option<&str> {
    let function = line.strip_prefix("pub async fn ");
    let name = match function {
        Some(rest) => rest.strip_suffix("<P: Platform>() {")?,
        None => line.strip_suffix(';')?.split_once(" = ")?.0,
    };
    TESTS.iter().any(|(_, test)| *test == name).then_some(name)
}

/// Every case that the documentation of a test names, with that test.
fn named_by_tests() -> BTreeSet<(Case, String)> {
    let mut named = BTreeSet::new();
    let modules: BTreeSet<_> = TESTS.iter().map(|(module, _)| module).collect();
    for module in modules {
        let path = own_folder().join(format!("src/{module}.rs"));
        let mut cases = Vec::new();
        for line in read(&path).lines().map(str::trim) {
            if let Some(case) = line.strip_prefix("/// Source: ") {
                let case = case
                    .strip_suffix("`.")
                    .filter(|case| SUITES.iter().any(|suite| is_of(case, suite)));
                let case = case.unwrap_or_else(|| panic!("{module}: {line}"));
                cases.push(format!("{case}`"));
            } else if let Some(test) = declared(line) {
                named.extend(cases.drain(..).map(|case| (case, test.to_owned())));
            } else {
                let documents = cases.is_empty() || !line.starts_with("//") && !line.is_empty();
                assert!(documents, "{module}: {cases:?} do not end a documentation");
            }
        }
    }
    named
}

/// Whether `case` is one of `suite`, but for the closing backtick.
fn is_of(case: &str, suite: &str) -> bool {
    let case = case
        .strip_prefix(suite)
        .and_then(|rest| rest.strip_prefix(" `"));
    case.is_some_and(|case| !case.is_empty() && !case.contains('`'))
}

/// A case that a test names has its row with that test, and a row names only tests that name the case.
#[test]
fn cases_and_tests_name_each_other() {
    let listed: BTreeSet<_> = rows()
        .into_iter()
        .flat_map(|(case, row)| match row {
            Row::Tests(tests) => tests.into_iter().map(|test| (case.clone(), test)).collect(),
            Row::Reason(_) => Vec::new(),
        })
        .collect();
    let named = named_by_tests();
    let none = Vec::<&(Case, String)>::new();
    assert_eq!(
        named.difference(&listed).collect::<Vec<_>>(),
        none,
        "a test names a case, and the catalogue does not list it there"
    );
    assert_eq!(
        listed.difference(&named).collect::<Vec<_>>(),
        none,
        "the catalogue lists a test, and its documentation does not name the case"
    );
}

/// Every test that the catalogue lists is in the suite.
#[test]
fn listed_tests_exist() {
    for (case, row) in rows() {
        let Row::Tests(tests) = row else { continue };
        for test in tests {
            let exists = TESTS.iter().any(|(_, name)| *name == test);
            assert!(exists, "{case}: no test is called {test}");
        }
    }
}

/// A case has one row.
#[test]
fn cases_are_listed_once() {
    let mut times = BTreeMap::new();
    for (case, _) in rows() {
        *times.entry(case).or_insert(0) += 1;
    }
    times.retain(|_, times| *times > 1);
    assert!(times.is_empty(), "listed more than once: {times:?}");
}

/// A reason is a sentence, and the files that it refers to exist.
#[test]
fn reasons_refer_to_what_exists() {
    let root = own_folder().join("..");
    for (case, row) in rows() {
        let Row::Reason(reason) = row else { continue };
        assert!(reason.ends_with('.'), "{case}: {reason}");
        for reference in reason.split("see `").skip(1) {
            let path = reference.split('`').next().unwrap_or_default();
            assert!(root.join(path).is_file(), "{case}: there is no {path}");
        }
    }
}
