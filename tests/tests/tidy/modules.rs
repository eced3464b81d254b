//! Every source file is compiled. One that no module declares and that is no target of its package looks like code, and its
//! tests look as if they ran.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use crate::files::{File, assert_none, files};

/// Compiled by tests, as programs of their own.
const PROGRAMS: &str = "tests/tests/ui/";

#[test]
fn every_source_is_compiled() {
    let (sources, manifests) = (files(&[".rs"]), files(&["Cargo.toml"]));
    let mut unreached = unreached(&sources, &manifests);
    unreached.retain(|path| !path.starts_with(PROGRAMS));
    assert_none("a file that no module declares", &unreached);
}

#[test]
fn what_no_module_declares_is_found() {
    let file = |path: &str, text: &str| File {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let manifests = [
        file(
            "a/Cargo.toml",
            "[package]\n[[bin]]\npath = \"more/tool.rs\"\n",
        ),
        file("b/Cargo.toml", "[package]\nautotests = false\n"),
    ];
    let sources = [
        file(
            "a/src/lib.rs",
            "mod one;\n// mod planted;\npub(crate) mod two;\n",
        ),
        file("a/src/one.rs", "#[cfg(test)]\nmod inner;\nmod tests {}\n"),
        file("a/src/one/inner.rs", ""),
        file("a/src/two/mod.rs", "pub mod deep;\n"),
        file("a/src/two/deep.rs", ""),
        file("a/src/planted.rs", "mod child;\n"),
        file("a/src/planted/child.rs", ""),
        file("a/src/inner.rs", ""),
        file(
            "a/more/tool.rs",
            "#[path = \"../src/bin/shared.rs\"]\nmod other;\n",
        ),
        file("a/src/bin/shared.rs", "mod beside;\n"),
        file("a/src/bin/beside.rs", ""),
        file("a/tests/alone.rs", ""),
        file("a/tests/many/main.rs", "mod part;\n"),
        file("a/tests/many/part.rs", ""),
        file("a/tests/many/left.rs", ""),
        file("b/tests/alone.rs", ""),
    ];
    assert_eq!(
        unreached(&sources, &manifests),
        [
            "a/src/planted.rs",
            "a/src/planted/child.rs",
            "a/src/inner.rs",
            "a/tests/many/left.rs",
            "b/tests/alone.rs",
        ]
    );
}

/// The sources that no target reaches by its modules.
fn unreached(sources: &[File], manifests: &[File]) -> Vec<String> {
    let mut walk = Walk {
        sources,
        reached: BTreeSet::new(),
    };
    for manifest in manifests {
        for source in sources {
            if is_target(&source.path, manifest) {
                walk.enter(&source.path, true);
            }
        }
    }
    let unreached = sources
        .iter()
        .filter(|source| !walk.reached.contains(&source.path));
    unreached.map(|source| source.path.clone()).collect()
}

/// Whether a file is a target of a package, by a path in its manifest or by its place.
fn is_target(path: &str, manifest: &File) -> bool {
    let folder = manifest.path.trim_end_matches("Cargo.toml");
    let Some(path) = path.strip_prefix(folder) else {
        return false;
    };
    let is_named = |line: &str| line == format!("path = \"{path}\"");
    if ["src/lib.rs", "src/main.rs", "build.rs"].contains(&path)
        || manifest.text.lines().any(is_named)
    {
        return true;
    }
    ["src/bin", "tests", "examples", "benches"]
        .into_iter()
        .any(|of_targets| {
            let kind = of_targets.trim_start_matches("src/");
            let is_off = manifest.text.contains(&format!("auto{kind} = false"));
            let name = path
                .strip_prefix(of_targets)
                .and_then(|rest| rest.strip_prefix('/'));
            !is_off
                && name.is_some_and(|name| {
                    let is_main = name.ends_with("/main.rs") && name.matches('/').count() == 1;
                    is_main || !name.contains('/')
                })
        })
}

struct Walk<'a> {
    sources: &'a [File],
    reached: BTreeSet<String>,
}

impl Walk<'_> {
    /// `has_own_folder`: its modules lie beside it, and not in a folder of its name.
    fn enter(&mut self, path: &str, has_own_folder: bool) {
        let source = self.sources.iter().find(|source| source.path == path);
        let Some(source) = source.filter(|_| self.reached.insert(path.to_owned())) else {
            return;
        };
        let here = Path::new(path).parent().unwrap_or(Path::new(""));
        let below = match has_own_folder || path.ends_with("/mod.rs") {
            true => here.to_owned(),
            false => Path::new(path).with_extension(""),
        };
        let mut place = None;
        for (_, line) in source.code() {
            let line = line.trim();
            if let Some(rest) = line.strip_prefix("#[path = \"") {
                place = rest.split('"').next();
            } else if let Some(name) = declared(line) {
                match place.take() {
                    Some(place) => self.enter(&plain(&here.join(place)), true),
                    None => {
                        self.enter(&plain(&below.join(format!("{name}.rs"))), false);
                        self.enter(&plain(&below.join(name).join("mod.rs")), true);
                    }
                }
            } else if !line.starts_with("#[") {
                place = None;
            }
        }
    }
}

/// The name in `mod name;`, with any visibility.
fn declared(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("mod ")?;
    let before = before.trim_end();
    let is_visibility = before.is_empty() || (before.starts_with("pub") && !before.contains(' '));
    rest.strip_suffix(';')
        .filter(|name| is_visibility && !name.contains(|letter: char| !is_of_a_name(letter)))
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// A path without `..`, with `/` between.
fn plain(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain.to_string_lossy().replace('\\', "/")
}
