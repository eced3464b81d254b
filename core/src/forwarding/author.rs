//! Which isolate has written the record that the calling thread handles.

use std::cell::RefCell;

thread_local! {
    static AUTHOR: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `code`, which handles records that the isolate `name` has written.
pub fn written_by<R>(name: &str, code: impl FnOnce() -> R) -> R {
    let _before = Before(replace(Some(name.to_owned())));
    code()
}

/// The isolate for which the calling thread handles a record; `None` where it handles none.
pub(crate) fn author() -> Option<String> {
    AUTHOR
        .try_with(|author| author.borrow().clone())
        .ok()
        .flatten()
}

fn replace(author: Option<String>) -> Option<String> {
    AUTHOR
        .try_with(|place| place.replace(author))
        .ok()
        .flatten()
}

/// What the thread knew before.
struct Before(Option<String>);

impl Drop for Before {
    fn drop(&mut self) {
        replace(self.0.take());
    }
}
