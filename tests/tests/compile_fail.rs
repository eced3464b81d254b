//! What must not compile, and that the compiler says something that helps.
//!
//! `TRYBUILD=overwrite cargo test -p insula-tests --test compile_fail` writes the expectations anew
//! after a change of compiler; read them before they are kept.

use std::{fs, path::Path};

#[test]
fn what_must_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// Asserts that what the compiler says about a program has all of `words`.
fn says(program: &str, words: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/ui/{program}.stderr"));
    let text = fs::read_to_string(path).expect("the expectation was written");
    for word in words {
        assert!(
            text.contains(word),
            "{program}: nothing about {word:?} in\n{text}"
        );
    }
}

/// A user who sends what can't be sent reads what to do.
#[test]
fn unsendable_messages_are_explained() {
    says(
        "message_without_serde",
        &[
            "can't be sent to another isolate",
            "derive `serde::Serialize`",
            "Moved<T>",
        ],
    );
    says(
        "message_not_send",
        &["Rc<", "cannot be sent between threads safely"],
    );
    says(
        "port_of_message_without_serde",
        &[
            "can't be sent to another isolate",
            "derive `serde::Serialize`",
        ],
    );
    says("port_as_message", &["can't be sent to another isolate"]);
    says("argument_borrows", &["is not general enough", "`&str`"]);
}

/// A user whose job fails with a foreign error, or never returns, reads where the answer stands.
#[test]
fn results_that_cannot_be_sent_are_explained() {
    says(
        "job_fails_with_io_error",
        &[
            "`Result<String, std::io::Error>` can't be sent",
            "docs/messages.md",
        ],
    );
    says(
        "job_fails_with_boxed_error",
        &["can't be sent to another isolate", "docs/messages.md"],
    );
    says(
        "job_never_returns",
        &["`!` can't be sent", "docs/messages.md"],
    );
    says("isolate_run_borrows", &["use the `move` keyword"]);
}

/// The compiler's words for the commonest mistakes, which name no page, stand on the page and in the reference.
#[test]
fn what_the_compiler_says_is_found_in_the_docs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for page in ["docs/messages.md", "core/src/message.rs"] {
        let page = fs::read_to_string(root.join(page)).expect("it is there");
        for (program, words) in [
            ("argument_borrows", "is not general enough"),
            ("compute_captures", "expected fn pointer, found closure"),
            ("runner_captures", "expected fn pointer, found closure"),
        ] {
            says(program, &[words]);
            let words: Vec<_> = words.split(' ').collect();
            let text: Vec<_> = page.split_whitespace().collect();
            let stands = text.windows(words.len()).any(|part| {
                part.iter().zip(&words).all(|(there, word)| {
                    there.trim_matches(['*', '"', '.', ',']) == word.trim_matches(',')
                })
            });
            assert!(stands, "{program}: {words:?}");
        }
    }
}

/// A user whose callback captures reads that it does.
#[test]
fn capturing_callbacks_are_explained() {
    says(
        "compute_captures",
        &["closures can only be coerced to `fn` types if they do not capture any variables"],
    );
    says(
        "runner_captures",
        &["closures can only be coerced to `fn` types if they do not capture any variables"],
    );
    says(
        "compute_async_captures",
        &["closures can only be coerced to `fn` types if they do not capture any variables"],
    );
}
