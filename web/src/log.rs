//! What is said in the browser's console.

/// A message that has arrived is dropped, and why.
pub(crate) fn dropped(reason: &str) {
    error(&format!("insula: a message was dropped: {reason}"));
}

pub(crate) fn error(text: &str) {
    web_sys::console::error_1(&text.into());
}
