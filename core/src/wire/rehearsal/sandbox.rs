//! Reading where nothing can go wrong: without attachments, and with panics caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::wire::attachments::Scope;

/// A `Deserialize` impl panicked.
pub(super) struct Panicked;

/// Reads something without attachments. Says too whether a handle without a stand-in was met.
pub(super) fn sandboxed<R>(read: impl FnOnce() -> R) -> (Result<R, Panicked>, bool) {
    let (result, scope) =
        Scope::Rehearsing { stuck: false }.enter(|| catch_unwind(AssertUnwindSafe(read)));
    (
        result.map_err(|_| Panicked),
        matches!(scope, Scope::Rehearsing { stuck: true }),
    )
}
