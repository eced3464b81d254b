//! What fuzzing found interesting, tried again on any toolchain: `core/fuzz/corpus`, one file an
//! input.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::use_self,
    reason = "tests; serde's derive"
)]

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is the root of a crate of its own, too")]
mod fuzz;

use std::{fs, path::Path};

/// Runs `target` on every file of its corpus.
fn replay(name: &str, target: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut count = 0;
    for file in fs::read_dir(&corpus).expect("the corpus is in the repository") {
        let path = file.expect("the folder can be listed").path();
        let input = fs::read(&path).expect("a file of the corpus can be read");
        // The name of the file that fails is all there is to know: its test prints nothing else.
        println!("{}", path.display());
        target(&input);
        count += 1;
    }
    assert!(count > 0, "{} is empty", corpus.display());
}

#[test]
fn plain_messages() {
    replay("plain", fuzz::plain);
}

#[test]
fn messages_with_attachments() {
    replay("attached", fuzz::attached);
}
