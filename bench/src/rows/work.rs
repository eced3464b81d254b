//! Work that takes a known time.

use std::{
    hint::black_box,
    sync::LazyLock,
    time::{Duration, Instant},
};

/// Steps in a microsecond on this machine, when nothing is in the way.
static STEPS: LazyLock<f64> = LazyLock::new(|| {
    const TRIED: u64 = 200_000;
    let trials = (0..20).map(|_| {
        let began = Instant::now();
        work(TRIED);
        TRIED as f64 / (began.elapsed().as_nanos() as f64 / 1000.0)
    });
    trials.fold(1.0, f64::max)
});

/// How many steps take so long.
pub(super) fn steps(time: Duration) -> u64 {
    (*STEPS * time.as_secs_f64() * 1e6).ceil() as u64
}

/// Computes, without memory and without a clock.
pub(super) fn work(steps: u64) -> u64 {
    let mut state = black_box(1_u64);
    for step in 0..steps {
        state = (state ^ step)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31);
    }
    black_box(state)
}
