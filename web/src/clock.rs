//! Time and randomness.

use std::time::Duration;

use crate::js;

pub(crate) fn now() -> Duration {
    Duration::from_secs_f64(js::performance_now().max(0.0) / 1000.0)
}

pub(crate) fn random() -> u128 {
    let mut bytes = [0; 16];
    js::get_random_values(&mut bytes);
    u128::from_le_bytes(bytes)
}

/// Whole milliseconds until `deadline`, rounded up: a timer is never early.
pub(crate) fn ms_until(deadline: Duration) -> i32 {
    let left = deadline.saturating_sub(now());
    i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX)
}
