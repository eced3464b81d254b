//! What workers hand over to the root.

use insula_core::trace::Part;

use super::{own, workers};
use crate::{asking, ids::IsolateId};

/// What a worker hands over: what its times count from, whether this is its last word, and what it has recorded.
pub(super) type Handed = (f64, bool, Part);

/// A worker has handed over what it has recorded. Called by it.
pub(super) fn hear(from: IsolateId, bytes: Vec<u8>) {
    let Some((origin, is_last, mut part)) = asking::read::<Handed>(bytes) else {
        return;
    };
    let ahead_ms = origin - own::origin();
    part.shift((ahead_ms * 1e6) as i64);
    workers::with(|recorded| {
        if let Some(worker) = recorded.as_mut().and_then(|recorded| recorded.worker(from)) {
            worker.part = Some(part);
            worker.asked = None;
            worker.has_told_all = is_last;
        }
    });
    asking::wake();
}
