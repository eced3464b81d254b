//! What a user meets has an example.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::{assert_none, sources};

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
