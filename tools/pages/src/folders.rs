//! Where things are in this clone.

use std::{
    env, fs,
    path::{self, Path, PathBuf},
};

use anyhow::{Context, Result};
use insula_examples::photos::{COUNT, SEED, document};

/// The folders of the clone this program was built in.
#[derive(Debug)]
pub(crate) struct Folders {
    root: PathBuf,
    target: PathBuf,
}

impl Folders {
    pub(crate) fn of_this_clone() -> Self {
        let tool = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = tool
            .ancestors()
            .nth(2)
            .expect("tools/pages has two folders above it")
            .to_owned();
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Self { root, target }
    }

    /// index.html and what belongs to it.
    pub(crate) fn page(&self) -> PathBuf {
        self.root.join("www")
    }

    /// The configurations of the bundlers, with what they are installed as.
    pub(crate) fn bundlers(&self) -> PathBuf {
        self.root.join("tests/bundlers")
    }

    /// What the drivers are told about their browsers, tests and demo alike.
    pub(crate) fn capabilities(&self) -> PathBuf {
        self.root.join("webdriver.json")
    }

    /// Where a tool leaves what it made.
    pub(crate) fn output(&self, tool: &str) -> Result<PathBuf> {
        let folder = self.target.join(tool);
        fs::create_dir_all(&folder)
            .with_context(|| format!("{} can't be made", folder.display()))?;
        Ok(folder)
    }

    /// A path as it is shown: from the root where it is in the clone.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }

    /// The demo's document as a file; made the first time.
    pub(crate) fn document(&self) -> Result<PathBuf> {
        // The name says what is in it, so that another count or seed makes another file.
        let file = self
            .output("documents")?
            .join(format!("photos-{COUNT}-{SEED}.json"));
        if !file.exists() {
            let part = file.with_extension(format!("{}.part", std::process::id()));
            fs::write(&part, document(COUNT, SEED))
                .with_context(|| format!("{} can't be written", part.display()))?;
            fs::rename(&part, &file)
                .with_context(|| format!("{} can't be written", file.display()))?;
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_root() {
        let folders = Folders::of_this_clone();
        let shown = |path: &Path| folders.shown(path).to_string();
        assert_eq!(shown(&folders.page().join("index.html")), "www/index.html");
        assert_eq!(
            shown(Path::new("/elsewhere/page.png")),
            "/elsewhere/page.png"
        );
    }
}
