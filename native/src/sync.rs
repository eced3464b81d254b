//! What the protocols between threads are made of: std's types, and loom's under `--cfg loom`.
//!
//! loom tries every interleaving and every value a load may see; `native/tests/loom.rs` says of what.

#[cfg(not(loom))]
pub(crate) use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

#[cfg(loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// loom's threads, with a clock that stands still: a wait has no end but a wake.
#[cfg(loom)]
pub(crate) mod thread {
    pub(crate) use loom::thread::{Thread, current, park, yield_now};
    pub(crate) use std::thread::panicking;

    pub(crate) fn park_timeout(_: std::time::Duration) {
        park();
    }
}
