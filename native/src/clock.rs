//! Time, randomness.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

static START: LazyLock<Instant> = LazyLock::new(instant);

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock the others are told to ask"
)]
fn instant() -> Instant {
    Instant::now()
}

pub(crate) fn now() -> Duration {
    START.elapsed()
}

pub(crate) fn random() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .expect("an operating system that runs threads has a source of randomness");
    u128::from_le_bytes(bytes)
}
