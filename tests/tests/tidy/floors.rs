//! The floors of the house: files of a crate import each other in one direction.
//!
//! A file's imports are its `use` declarations and the paths that begin with `crate::`, but for those of its own module
//! `tests` and of a visibility such as `pub(in crate::work)`. A name that a module hands on by
//! `pub use` counts as an import of the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::{self, assert_none};

/// A crate and the loops it may have, each by its folder and with its reason. Every other loop is a file with its own
/// children: `runner.rs` and `runner/builder.rs`.
struct House {
    sources: &'static str,
    allowed: &'static [Loop],
}

struct Loop {
    folder: &'static str,
    files: usize,
    reason: &'static str,
}

const HOUSES: &[House] = &[
    House {
        sources: "core/src",
        allowed: &[Loop {
            folder: "contract/",
            files: 5,
            reason: "a platform, its mailboxes, events and launches name each other by type",
        }],
    },
    House {
        sources: "native/src",
        allowed: &[],
    },
    House {
        sources: "web/src",
        allowed: &[],
    },
    House {
        sources: "sim/src",
        allowed: &[],
    },
    House {
        sources: "bench/src",
        allowed: &[],
    },
];

/// A module's path in its crate: `["root", "links"]`; empty for the crate's root.
type Module = Vec<String>;

/// The files of a crate by module, and what each hands on.
struct Sources {
    files: BTreeMap<Module, File>,
}

struct File {
    path: String,
    imports: Vec<Import>,
}

struct Import {
    path: Module,
    /// The name that a `pub use` gives it.
    handed_on_as: Option<String>,
}

impl Sources {
    fn read(folder: &str, sources: &[files::File]) -> Self {
        let mut files = BTreeMap::new();
        for file in sources {
            let Some(path) = file
                .path
                .strip_prefix(folder)
                .and_then(|path| path.strip_prefix('/'))
            else {
                continue;
            };
            let mut module: Module = path
                .trim_end_matches(".rs")
                .split('/')
                .map(str::to_owned)
                .collect();
            if module
                .last()
                .is_some_and(|name| name == "mod" || name == "lib")
            {
                module.pop();
            }
            let (code, _) = file
                .text
                .split_once("#[cfg(test)]\nmod tests {")
                .unwrap_or((&file.text, ""));
            let imports = imports(&module, &without_comments(code));
            let path = path.to_owned();
            files.insert(module, File { path, imports });
        }
        assert!(files.len() > 2, "there are sources in {folder}");
        Self { files }
    }

    /// The module whose file defines what `path` leads to.
    fn defining(&self, path: &[String], steps: usize) -> Option<&Module> {
        let module = (0..=path.len())
            .rev()
            .find_map(|length| self.files.get_key_value(&path[..length]))?;
        let (Some(name), true) = (path.get(module.0.len()), steps > 0) else {
            return Some(module.0);
        };
        let onward = module
            .1
            .imports
            .iter()
            .find(|import| import.handed_on_as.as_ref() == Some(name) && import.path != path);
        onward
            .and_then(|import| self.defining(&import.path, steps - 1))
            .or(Some(module.0))
    }

    /// Which file imports which. The crate's root imports all and is left out.
    fn edges(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let inner = self.files.iter().filter(|(module, _)| !module.is_empty());
        inner
            .map(|(module, file)| {
                let to = file
                    .imports
                    .iter()
                    .filter_map(|import| self.defining(&import.path, 8))
                    .filter(|to| !to.is_empty() && *to != module)
                    .collect();
                (module, to)
            })
            .collect()
    }

    /// Sets of files that reach each other by imports.
    fn loops(&self) -> Vec<BTreeSet<&Module>> {
        loops_in(&self.edges())
    }
}

type Edges<'a> = BTreeMap<&'a Module, BTreeSet<&'a Module>>;

fn loops_in<'a>(edges: &Edges<'a>) -> Vec<BTreeSet<&'a Module>> {
    let reach: BTreeMap<_, _> = edges
        .keys()
        .map(|module| (*module, reachable(module, edges)))
        .collect();
    let mut loops: Vec<BTreeSet<&Module>> = Vec::new();
    for (module, reached) in &reach {
        if reached.contains(module) && !loops.iter().any(|found| found.contains(module)) {
            let mutual = reached
                .iter()
                .filter(|other| reach[*other].contains(module));
            loops.push(mutual.copied().collect());
        }
    }
    loops
}

fn reachable<'a>(
    from: &'a Module,
    edges: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
) -> BTreeSet<&'a Module> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        open.extend(edges[module].iter().filter(|next| reached.insert(**next)));
    }
    reached
}

fn without_comments(text: &str) -> String {
    let code = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    code.flat_map(|line| [line, "\n"]).collect()
}

fn imports(module: &Module, text: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    for statement in text.split_inclusive(';') {
        let Some((public, tree)) = use_tree(statement) else {
            imports.extend(inline_paths(statement).map(|path| Import {
                path,
                handed_on_as: None,
            }));
            continue;
        };
        for (path, name) in leaves(&tree) {
            imports.push(Import {
                path: absolute(module, &path),
                handed_on_as: public.then_some(name),
            });
        }
    }
    imports
}

/// Whether a `use` declaration is public, and its tree; `None` for another statement.
fn use_tree(statement: &str) -> Option<(bool, String)> {
    let (before, tree) = statement.split_once("use ")?;
    let before = before.rsplit(['\n', '}', ']']).next()?.trim();
    let tree = tree.trim_end_matches(';').split_whitespace();
    (before.is_empty() || before.starts_with("pub"))
        .then(|| (!before.is_empty(), tree.collect::<Vec<_>>().join(" ")))
}

/// The paths in code that begin with `crate::`.
fn inline_paths(code: &str) -> impl Iterator<Item = Module> {
    code.match_indices("crate::")
        .filter(|(at, _)| !code[..*at].ends_with('$') && !code[..*at].ends_with("pub(in "))
        .map(|(at, word)| {
            let path = &code[at + word.len()..];
            let end = path.find(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter));
            let path = path[..end.unwrap_or(path.len())].trim_end_matches(':');
            path.split("::").map(str::to_owned).collect()
        })
}

/// The paths of a use tree, and the name that each brings: `a::{b, c::D as E}` is `a::b` and `a::c::D`, as `E`.
fn leaves(tree: &str) -> Vec<(String, String)> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, tree));
        let name = name.rsplit("::").next().unwrap_or_default();
        return vec![(path.replace(' ', ""), name.to_owned())];
    };
    let group = group.rsplit_once('}').map_or(group, |(group, _)| group);
    let (mut depth, mut begin, mut parts) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&group[begin..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(leaves)
        .map(|(path, name)| (format!("{}{path}", prefix.trim()), name))
        .collect()
}

/// A path from the crate's root. The name of another crate leads to no file, and so to the importer itself.
fn absolute(module: &Module, path: &str) -> Module {
    let mut parts: Vec<_> = path.split("::").map(str::to_owned).collect();
    let mut from = module.clone();
    match parts[0].as_str() {
        "crate" => {
            from.clear();
            parts.remove(0);
        }
        "self" => {
            parts.remove(0);
        }
        _ => {
            while parts.first().is_some_and(|part| part == "super") {
                parts.remove(0);
                from.pop();
            }
        }
    }
    from.extend(parts.into_iter().filter(|part| part != "self"));
    from
}

/// The loops that are no file with its own children. The children of such a file import each other in one direction, so
/// without their parent they have only loops of this kind among them.
fn strangers<'a>(files: BTreeSet<&'a Module>, edges: &Edges<'a>) -> Vec<BTreeSet<&'a Module>> {
    let parent = files
        .iter()
        .copied()
        .find(|parent| files.iter().all(|file| file.starts_with(parent)));
    let Some(parent) = parent else {
        return vec![files];
    };
    let children = files.iter().filter(|file| **file != parent);
    let among = children
        .map(|child| {
            let to = edges[child].iter().copied();
            let to = to.filter(|to| *to != parent && files.contains(to));
            (*child, to.collect())
        })
        .collect();
    let deeper = loops_in(&among).into_iter();
    deeper.flat_map(|files| strangers(files, edges)).collect()
}

/// Files import each other in one direction. The exceptions are a file with its own children, and the loops above.
#[test]
#[expect(clippy::print_stdout, reason = "the counts are worth seeing")]
fn files_import_in_one_direction() {
    let files = files::sources();
    let mut breaches = Vec::new();
    for house in HOUSES {
        let sources = Sources::read(house.sources, &files);
        let (edges, loops) = (sources.edges(), sources.loops());
        let largest = loops.iter().map(BTreeSet::len).max().unwrap_or(0);
        println!(
            "{}: {} files, the largest loop has {largest}",
            house.sources,
            sources.files.len()
        );
        for files in loops.into_iter().flat_map(|files| strangers(files, &edges)) {
            let paths: Vec<_> = files
                .iter()
                .map(|module| sources.files[*module].path.as_str())
                .collect();
            let allowed = house.allowed.iter().any(|allowed| {
                !allowed.reason.is_empty()
                    && paths.len() <= allowed.files
                    && paths.iter().all(|path| path.starts_with(allowed.folder))
            });
            if !allowed {
                breaches.push(format!("{}: {}", house.sources, paths.join(" ")));
            }
        }
    }
    assert_none("files that import each other", &breaches);
}
