//! What decoding off the caller's thread costs the caller.

use std::{
    cell::RefCell, error::Error, future::poll_fn, pin::pin, rc::Rc, sync::LazyLock, time::Duration,
};

use insula::{Timer, TransferableTypedData, compute};

use super::{Checksum, decode};
use crate::{
    frames::{FRAME, FrameMeter},
    report::Row,
};

/// A run of [`decode`] in an isolate, and what the caller noticed of it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The run as a line of the report.
    pub row: Row,
    /// The time the caller spent in `compute` itself and in taking over the photos, which are moved.
    /// What it does with them, dropping them too, is its own affair.
    pub blocked: Duration,
}

/// Decodes a document through [`compute`] while a timer ticks 60 times a second on the caller's own
/// event loop. `clock` is any clock that never goes back.
///
/// # Errors
/// The document is malformed, or the isolate failed.
pub async fn measure(
    document: TransferableTypedData,
    place: &str,
    clock: fn() -> Duration,
) -> Result<Measured, Box<dyn Error + Send + Sync>> {
    let frames = Rc::new(RefCell::new(FrameMeter::new(FRAME)));
    let ticking = frames.clone();
    frames.borrow_mut().tick(clock());
    let ticker = Timer::periodic(FRAME, move || {
        ticking.borrow_mut().tick(clock());
    });

    let started = clock();
    let mut decoding = pin!(compute(decode, document));
    let mut blocked = clock() - started;
    let outcome = poll_fn(|context| {
        let before = clock();
        let poll = decoding.as_mut().poll(context);
        blocked += clock() - before;
        poll
    })
    .await;
    let total = clock() - started;
    // The frame after the last one shows what taking over has cost.
    insula::sleep(FRAME * 2).await;
    ticker.cancel();

    let photos = outcome??;
    let mut checksum = Checksum::new();
    checksum.add(&photos);
    let frames = frames.borrow();
    let row = Row {
        place: place.to_owned(),
        total_ms: milliseconds(total),
        longest_freeze_ms: milliseconds(frames.longest_freeze().max(blocked)),
        frames_lost: frames.lost(),
        photos: photos.len(),
        checksum: checksum.to_string(),
    };
    Ok(Measured { row, blocked })
}

/// The clock of programs that run natively.
///
/// # Panics
/// On wasm32, where the standard library has no clock.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "only programs that run natively measure with it"
)]
pub fn native_clock() -> Duration {
    static START: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
