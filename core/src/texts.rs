//! What the standard library does with texts, in less code.

use std::fmt::Display;

/// As [`ToString::to_string`], which is compiled for each type.
#[must_use]
pub fn text_of(value: &dyn Display) -> String {
    value.to_string()
}

/// The first line of a text, and what follows it. By hand: the standard library's search is a kilobyte in a browser.
#[must_use]
pub fn first_line(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| byte == b'\n');
    let lines = end.and_then(|end| text.split_at_checked(end));
    let (line, rest) = lines.unwrap_or((text, ""));
    (line, rest.get(1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::first_line;

    #[test]
    fn a_text_ends_with_its_first_line_or_goes_on() {
        assert_eq!(first_line("one\ntwo\nthree"), ("one", "two\nthree"));
        assert_eq!(first_line("öne\n"), ("öne", ""));
        assert_eq!(first_line("\ntwo"), ("", "two"));
        assert_eq!(first_line("one"), ("one", ""));
        assert_eq!(first_line(""), ("", ""));
    }
}
