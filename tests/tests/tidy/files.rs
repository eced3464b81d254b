//! The files of the project, as the rules read them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of the project, and its path from the root with `/` between.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    /// The lines of code, with their numbers; comments are no code.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .map(|(number, line)| (number + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Where the code has one of `words`.
    pub(crate) fn places_of(&self, words: &[&str]) -> Vec<String> {
        let found = self
            .code()
            .filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found
            .map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim()))
            .collect()
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the suite lives in the workspace")
        .to_owned()
}

/// Every file with one of `endings`, but for what is built or installed.
pub(crate) fn files(endings: &[&str]) -> Vec<File> {
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
pub(crate) fn sources() -> Vec<File> {
    let mut files = files(&[".rs"]);
    files.retain(|file| !file.is_in(&["tests/tests/tidy/"]));
    files
}

pub(crate) fn assert_none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n{}", breaches.join("\n"));
}
