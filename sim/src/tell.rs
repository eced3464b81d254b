//! What is told to a person.

use std::fmt;

#[expect(clippy::print_stderr, reason = "it is told to a person")]
pub(crate) fn tell(text: fmt::Arguments<'_>) {
    eprintln!("{text}");
}
