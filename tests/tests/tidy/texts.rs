//! Texts name what is there: files, links and rules.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::files::{assert_none, files, root};

/// Texts of a project's making that a reader of this repository can't open.
const ELSEWHERE: &[&str] = &[
    "DESIGN",
    "semantics.md",
    "conformance.md",
    "structure.md",
    "peers.md",
];

/// A text: a page, or the comments of a source file.
struct Text {
    path: String,
    lines: Vec<(usize, String)>,
    is_page: bool,
}

impl Text {
    fn place(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }

    fn breaches<'a>(
        &'a self,
        find: impl Fn(&str) -> Vec<String> + 'a,
    ) -> impl Iterator<Item = String> + 'a {
        self.lines.iter().flat_map(move |(number, line)| {
            find(line)
                .into_iter()
                .map(|what| self.place(*number, &what))
        })
    }
}

fn texts() -> Vec<Text> {
    let files = files(&[".md", ".rs", ".js", ".sh", ".toml"]);
    let texts = files.into_iter().map(|file| {
        let is_page = file.path.ends_with(".md");
        Text {
            lines: lines(&file.text, is_page),
            path: file.path,
            is_page,
        }
    });
    texts.collect()
}

/// The lines of a page that are no code block, or the comments of a source file.
fn lines(text: &str, is_page: bool) -> Vec<(usize, String)> {
    let mut in_block = false;
    let numbered = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    numbered
        .filter_map(|(number, line)| {
            if is_page {
                let fence = line.trim_start().starts_with("```");
                in_block ^= fence;
                return (!in_block && !fence).then(|| (number, line.to_owned()));
            }
            let line = line.trim_start();
            let comment = line.strip_prefix("//").or(line.strip_prefix("# "));
            comment.map(|comment| (number, comment.to_owned()))
        })
        .collect()
}

fn exists(text: &Text, target: &str) -> bool {
    let folder = Path::new(&text.path)
        .parent()
        .unwrap_or(Path::new(""))
        .to_owned();
    [root().join(target), root().join(folder).join(target)]
        .iter()
        .any(|path| path.exists())
}

/// What stands between back quotes.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The targets of a page's links.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

/// The anchors of a page: its headings in lower case, with dashes for blanks.
fn anchors(page: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(page)).expect("the page is there");
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words
                .chars()
                .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
            kept.map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
        .collect()
}

/// A page's links lead to files and headings that exist.
#[test]
fn links_lead_somewhere() {
    let mut breaches = Vec::new();
    for text in texts().iter().filter(|text| text.is_page) {
        breaches.extend(text.breaches(|line| {
            let inner = links(line).filter(|target| !target.contains("://"));
            let broken = inner.filter(|target| {
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                let folder = Path::new(&text.path).parent().unwrap_or(Path::new(""));
                let page = if file.is_empty() {
                    PathBuf::from(&text.path)
                } else {
                    folder.join(file)
                };
                !root().join(&page).exists()
                    || !anchor.is_empty() && !anchors(&page.to_string_lossy()).contains(anchor)
            });
            broken.map(str::to_owned).collect()
        }));
    }
    assert_none("a link that leads nowhere", &breaches);
}

/// A file that a text names with its folder exists.
#[test]
fn named_files_exist() {
    let mut breaches = Vec::new();
    for text in &texts() {
        breaches.extend(text.breaches(|line| {
            let files = quoted(line).filter(|name| {
                let is_path = name
                    .chars()
                    .all(|letter| letter.is_alphanumeric() || "./_-".contains(letter));
                let endings = [".rs", ".md", ".sh", ".toml"];
                let begins = [
                    "core/",
                    "native/",
                    "web/",
                    "sim/",
                    "tests/",
                    "tools/",
                    "docs/",
                    "examples/",
                    "www/src/",
                ];
                is_path
                    && endings.iter().any(|ending| name.ends_with(ending))
                    && begins.iter().any(|folder| name.starts_with(folder))
            });
            files
                .filter(|name| !exists(text, name))
                .map(str::to_owned)
                .collect()
        }));
    }
    assert_none("a text names a file that is not there", &breaches);
}

/// No text sends its reader to one that is not in the repository.
#[test]
fn texts_stay_in_the_repository() {
    let mut breaches = Vec::new();
    for text in &texts() {
        breaches.extend(text.breaches(|line| {
            let found = ELSEWHERE.iter().filter(|name| line.contains(**name));
            found.map(ToString::to_string).collect()
        }));
    }
    breaches.retain(|place| !place.starts_with("tests/tests/tidy/"));
    assert_none("a text that is not in the repository", &breaches);
}

/// The names of rules in a line: M1 to M8 and Z1 to Z17.
fn rules(line: &str) -> Vec<String> {
    let words = line.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|word| {
            let number = word.strip_prefix(['M', 'Z']);
            number.is_some_and(|digits| {
                (1..=2).contains(&digits.len())
                    && digits.chars().all(|digit| digit.is_ascii_digit())
            })
        })
        .map(str::to_owned)
        .collect()
}

/// A rule that a comment or page cites by its name is defined on one of two pages: in bold, or first in a row of a table.
#[test]
fn cited_rules_are_defined() {
    let pages = ["ARCHITECTURE.md", "docs/coming-from-dart.md"];
    let text = pages.map(|page| fs::read_to_string(root().join(page)).expect("the page is there"));
    let defined: BTreeSet<_> = text
        .iter()
        .flat_map(|text| text.lines())
        .flat_map(|line| {
            let bold = line.split("**").skip(1).step_by(2).flat_map(rules);
            let first = line
                .strip_prefix("| ")
                .and_then(|row| row.split(' ').next());
            bold.chain(first.into_iter().flat_map(rules))
                .collect::<Vec<_>>()
        })
        .collect();
    let mut breaches = Vec::new();
    for text in &texts() {
        breaches.extend(text.breaches(|line| {
            rules(line)
                .into_iter()
                .filter(|rule| !defined.contains(rule))
                .collect()
        }));
    }
    breaches.retain(|place| !place.starts_with("tests/tests/tidy/"));
    assert_none("a rule that no page defines", &breaches);
}
