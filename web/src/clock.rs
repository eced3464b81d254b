//! Time and randomness.

use std::{cell::RefCell, time::Duration};

use crate::js;

pub(crate) fn now() -> Duration {
    Duration::from_secs_f64(js::performance_now().max(0.0) / 1000.0)
}

thread_local! {
    /// Random bits that were not used yet: the browser is asked for many at once.
    static RANDOM: RefCell<Vec<u128>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn random() -> u128 {
    RANDOM.with_borrow_mut(|left| {
        if left.is_empty() {
            let bytes = js::random_bytes(32 * size_of::<u128>());
            let (numbers, _) = bytes.as_chunks();
            left.extend(numbers.iter().copied().map(u128::from_le_bytes));
        }
        left.pop().expect("it was filled")
    })
}

/// 52 random bits: a JavaScript number holds them exactly.
pub(crate) fn random_number() -> u64 {
    random() as u64 >> 12
}

/// Whole milliseconds until `deadline`, rounded up: a timer is never early.
pub(crate) fn ms_until(deadline: Duration) -> i32 {
    let left = deadline.saturating_sub(now());
    i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
}
