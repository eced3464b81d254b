//! Time and randomness.

use std::{cell::RefCell, time::Duration};

use crate::js;

pub(crate) fn now() -> Duration {
    // Saturates, at 0 too. `Duration::from_secs_f64` is more code.
    Duration::from_nanos((js::performance_now() * 1e6) as u64)
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
    let ms = u64::from(left.subsec_micros().div_ceil(1000))
        .saturating_add(left.as_secs().saturating_mul(1000));
    i32::try_from(ms).unwrap_or(i32::MAX)
}
