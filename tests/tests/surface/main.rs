//! The public surface of `insula`, written down in `PUBLIC_API.txt`, so that a change of it is seen.
//!
//! rustdoc's JSON would need a nightly compiler, so the sources are read: the lists of the facade, the face that core
//! writes for each platform, and the items that they name.
//!
//! A change that is meant is accepted with `INSULA_BLESS=1 cargo test -p insula-tests --test surface`.

mod print;
mod reader;

use std::{collections::BTreeSet, fs, path::Path};

use reader::Sources;

/// Where the surface is written down.
const WRITTEN: &str = "PUBLIC_API.txt";

#[test]
fn the_public_surface_is_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let surface = Sources::of(&folder.join("..")).surface();
    assert!(surface.len() > 300, "the reader found the facade");
    let path = folder.join(WRITTEN);
    if std::env::var_os("INSULA_BLESS").is_some() {
        let text: String = surface.iter().map(|line| format!("{line}\n")).collect();
        fs::write(path, text).expect("the file can be written");
        return;
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    let written: BTreeSet<_> = written.lines().map(str::to_owned).collect();
    let lines = |sign: char, a: &BTreeSet<String>, b: &BTreeSet<String>| -> String {
        a.difference(b)
            .map(|line| format!("{sign} {line}\n"))
            .collect()
    };
    let changes = lines('-', &written, &surface) + &lines('+', &surface, &written);
    assert!(
        changes.is_empty(),
        "the public surface has changed:\n{changes}If that is meant, accept it with \
         `INSULA_BLESS=1 cargo test -p insula-tests --test surface`, and say so in CHANGELOG.md."
    );
}
