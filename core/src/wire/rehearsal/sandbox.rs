//! Reading where nothing can go wrong: without attachments, and with panics caught.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::wire::attachments::Scope;

/// A `Deserialize` impl panicked.
pub(super) struct Panicked;

/// What came of reading without attachments.
pub(super) struct Sandboxed<R> {
    pub(super) result: Result<R, Panicked>,
    /// Whether a handle without a stand-in ended it.
    pub(super) is_stuck: bool,
    /// Whether stand-ins were read in place of handles.
    pub(super) has_stand_ins: bool,
}

/// Reads something without attachments.
pub(super) fn sandboxed<R>(read: impl FnOnce() -> R) -> Sandboxed<R> {
    let scope = Scope::Rehearsing {
        is_stuck: false,
        has_stand_ins: false,
    };
    let (result, scope) = scope.enter(|| catch_unwind(AssertUnwindSafe(read)));
    let (is_stuck, has_stand_ins) = match scope {
        Scope::Rehearsing {
            is_stuck,
            has_stand_ins,
        } => (is_stuck, has_stand_ins),
        _ => (false, false),
    };
    Sandboxed {
        result: result.map_err(|_| Panicked),
        is_stuck,
        has_stand_ins,
    }
}
