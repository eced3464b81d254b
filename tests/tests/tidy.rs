//! House rules that a reader can check with his eyes, checked with every build.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use insula_tests::TESTS;

/// The longest file that is read in one go.
const LINES_MAX: usize = 500;

/// The longest name of a test that is still read at a glance.
const LETTERS_MAX: usize = 50;

/// A file of the project, and its path from the root with `/` between.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    /// The lines of code, with their numbers; comments are no code.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .map(|(number, line)| (number + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Where the code has one of `words`.
    fn places_of(&self, words: &[&str]) -> Vec<String> {
        let found = self
            .code()
            .filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found
            .map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim()))
            .collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the suite lives in the workspace")
        .to_owned()
}

/// Every file with one of `endings`, but for what is built or installed.
fn files(endings: &[&str]) -> Vec<File> {
    let (root, mut files, mut folders) = (root(), Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                if !name.starts_with('.')
                    && !["target", "node_modules", "pkg", "dist", "corpus"].contains(&name.as_str())
                {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let relative = path
                    .strip_prefix(&root)
                    .expect("the walk began at the root");
                let text = fs::read_to_string(&path).expect("the file is text");
                files.push(File {
                    path: relative.to_string_lossy().replace('\\', "/"),
                    text,
                });
            }
        }
    }
    assert!(files.len() > 5, "the walk found the project");
    files
}

/// Our own words in the rules below are no breach of them.
fn sources() -> Vec<File> {
    let mut files = files(&[".rs"]);
    files.retain(|file| file.path != "tests/tests/tidy.rs");
    files
}

fn assert_none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n{}", breaches.join("\n"));
}

/// Which platform is built for is asked in the facade, in the platforms' folders and on pages.
#[test]
fn platform_cfg_stands_in_few_places() {
    let allowed = [
        "src/lib.rs",
        "tests/facade.rs",
        "native/",
        "web/",
        "sim/",
        "www/",
        "tests/bundlers/",
    ];
    let words = [
        "target_arch",
        "target_os",
        "target_family",
        "target_env",
        "cfg(unix",
        "cfg(windows",
        "target_pointer_width",
    ];
    let breaches: Vec<_> = sources()
        .iter()
        .filter(|file| !file.is_in(&allowed))
        .flat_map(|file| file.places_of(&words))
        .collect();
    assert_none("a platform cfg outside the platforms' folders", &breaches);
}

/// Imports go one way: www → facade → platforms → core, and the suite knows only core.
#[test]
fn imports_go_one_way() {
    let rules: [(&str, &[&str]); 6] = [
        (
            "core/",
            &[
                "insula_native",
                "insula_web",
                "insula_sim",
                "insula_tests",
                "insula::",
                "insula-native",
                "insula-web",
                "insula-sim",
            ],
        ),
        (
            "native/",
            &[
                "insula_web",
                "insula_sim",
                "insula::",
                "insula-web",
                "insula-sim",
            ],
        ),
        (
            "web/",
            &[
                "insula_native",
                "insula_sim",
                "insula::",
                "insula-native",
                "insula-sim",
            ],
        ),
        (
            "sim/",
            &[
                "insula_native",
                "insula_web",
                "insula::",
                "insula-native",
                "insula-web",
            ],
        ),
        (
            "tests/src/",
            &["insula_native", "insula_web", "insula_sim", "use insula::"],
        ),
        ("", &["insula_www::", "insula-www."]),
    ];
    let files: Vec<_> = sources()
        .into_iter()
        .chain(files(&["Cargo.toml"]))
        .collect();
    let mut breaches = Vec::new();
    for (folder, words) in rules {
        let here = files
            .iter()
            .filter(|file| file.is_in(&[folder]) && !file.is_in(&["www/"]));
        // `insula:` in a text is a program's scheme; in messages the facade is named by its calls.
        breaches.extend(
            here.flat_map(|file| file.places_of(words))
                .filter(|place| !place.contains("`insula::") && !place.contains("\"insula::")),
        );
    }
    assert_none("an import against the current", &breaches);
}

/// JavaScript is spoken in web/ and on pages.
#[test]
fn javascript_is_named_in_few_places() {
    let allowed = ["web/", "www/", "examples/src/web", "tests/bundlers/"];
    let words = ["js_sys", "web_sys", "wasm_bindgen"];
    let breaches: Vec<_> = sources()
        .iter()
        .filter(|file| !file.is_in(&allowed))
        .flat_map(|file| file.places_of(&words))
        .collect();
    assert_none("JavaScript outside web/ and www/", &breaches);
}

/// No file is too long to read in one go.
#[test]
fn files_are_short() {
    let long = sources()
        .into_iter()
        .map(|file| (file.text.lines().count(), file.path))
        .filter(|(lines, _)| *lines > LINES_MAX);
    assert_none(
        "a long file",
        &long
            .map(|(lines, path)| format!("{path}: {lines} lines"))
            .collect::<Vec<_>>(),
    );
}

/// The documentation above the item that begins on line `number`, and its attributes.
fn above(lines: &[&str], number: usize) -> String {
    let begins = |line: &&&str| {
        let line = line.trim();
        line.starts_with("//") || !(line.is_empty() || line.ends_with(['{', '}', ';']))
    };
    let above: Vec<_> = lines[..number].iter().rev().take_while(begins).collect();
    above.iter().rev().map(|line| format!("{line}\n")).collect()
}

/// What stands in the examples of a text's documentation.
fn examples(text: &str) -> String {
    let mut inside = false;
    let docs = text.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("///").or(line.strip_prefix("//!"))
    });
    docs.filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        inside && !fence
    })
    .map(|line| format!("{line}\n"))
    .collect()
}

fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The type that a line begins to describe: its declaration, or its own `impl` block.
fn described(line: &str) -> Option<&str> {
    for keyword in ["pub struct ", "pub enum ", "pub trait "] {
        if let Some(rest) = line.strip_prefix(keyword) {
            return Some(word(rest));
        }
    }
    let rest = line
        .strip_prefix("impl")
        .filter(|rest| !rest.contains(" for "))?;
    let mut open = 0;
    let name = rest.find(|letter: char| {
        open += i32::from(letter == '<') - i32::from(letter == '>');
        open == 0 && letter.is_alphabetic()
    })?;
    Some(word(&rest[name..]))
}

/// What a user meets through a platform's face has an example: each item its own, and each method of
/// a type is called in one of that type's.
#[test]
fn the_face_has_examples() {
    let core: Vec<_> = sources()
        .into_iter()
        .filter(|file| {
            file.is_in(&["core/src/"]) && !file.is_in(&["core/src/contract/platform.rs"])
        })
        .collect();
    let face = core
        .iter()
        .find(|file| file.path == "core/src/face.rs")
        .expect("core writes the face");
    let face: BTreeSet<_> = face
        .code()
        .flat_map(|(_, line)| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut types: BTreeMap<&str, String> = BTreeMap::new();
    for file in &core {
        for name in file
            .text
            .lines()
            .filter_map(described)
            .collect::<BTreeSet<_>>()
        {
            types
                .entry(name)
                .or_default()
                .push_str(&examples(&file.text));
        }
    }
    let (mut items, mut breaches) = (0, Vec::new());
    for file in &core {
        let lines: Vec<_> = file.text.lines().collect();
        let mut within = "";
        for (number, line) in lines.iter().enumerate() {
            if !line.is_empty() && !line.starts_with([' ', '/', '#', ')', '}']) {
                within = described(line).unwrap_or_default();
            }
            let top = [
                "pub struct ",
                "pub enum ",
                "pub trait ",
                "pub type ",
                "pub fn ",
                "pub async fn ",
            ]
            .iter()
            .find_map(|keyword| line.strip_prefix(keyword));
            let method = ["    pub fn ", "    pub async fn ", "    fn "]
                .iter()
                .find_map(|keyword| line.strip_prefix(keyword))
                .filter(|_| line.starts_with("    pub ") || within == "Runner");
            let Some(name) = top.or(method).map(word) else {
                continue;
            };
            let docs = above(&lines, number);
            let is_method = top.is_none();
            if !face.contains(if is_method { within } else { name }) || docs.contains("doc(hidden)")
            {
                continue;
            }
            items += 1;
            let called = [".", "::"].map(|before| format!("{before}{name}"));
            let shown = docs.contains("/// ```")
                || is_method
                    && types.get(within).is_some_and(|examples| {
                        let mut uses = called.iter().flat_map(|call| examples.split(call).skip(1));
                        uses.any(|rest| rest.starts_with('(') || rest.starts_with("::<"))
                    });
            if !shown {
                breaches.push(format!("{}:{}: {within} {name}", file.path, number + 1));
            }
        }
    }
    assert!(items > 100, "the walk found the face");
    assert_none("without an example", &breaches);
}

/// Nothing is left to be done in code that ships.
#[test]
fn nothing_is_unfinished() {
    let words = [
        "todo!",
        "unimplemented!",
        "FIXME",
        "XXX",
        "Under construction",
    ];
    let breaches: Vec<_> = sources()
        .iter()
        .flat_map(|file| file.places_of(&words))
        .collect();
    assert_none("unfinished code", &breaches);
}

/// The changelog knows the version that is built.
#[test]
fn changelog_mentions_the_version() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).expect("there is a changelog");
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        changelog.contains(version),
        "CHANGELOG.md does not mention {version}"
    );
}

/// All crates of the workspace have one version.
#[test]
fn versions_are_in_step() {
    for file in files(&["Cargo.toml"]) {
        let own = file.text.contains("[package]");
        let shares = file.text.contains("version.workspace = true");
        assert!(
            !own || shares || file.path.ends_with("fuzz/Cargo.toml"),
            "{} has a version of its own",
            file.path
        );
    }
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
            if let Some(name) = line
                .strip_prefix("pub async fn ")
                .and_then(|rest| rest.split_once("<P: Platform>()"))
            {
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
    let listed: BTreeSet<_> = TESTS
        .iter()
        .map(|(module, name)| ((*module).to_owned(), (*name).to_owned()))
        .collect();
    assert_eq!(listed.len(), TESTS.len(), "a test is listed twice");
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
    let names: BTreeSet<_> = TESTS.iter().map(|(_, name)| name).collect();
    assert_eq!(names.len(), TESTS.len());
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
            Some(module) => TESTS.iter().any(|(own, _)| *own == module),
            None => TESTS.iter().any(|(_, name)| *name == named),
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
        .filter(|place| !place.contains("format!(") && !place.contains("simulates_time: "))
        .collect();
    assert_none("a test that asks where it runs", &breaches);
}
