//! The conformance suite: what an isolate does, as tests that are generic over the platform.
//!
//! Every test is a `pub async fn name<P: Platform>()`, named after the row of the catalogue it
//! stands for (docs/conformance.md), and runs on every platform. Where one can't apply, a line in
//! [`differences`] says so and why; no test asks where it runs. [`suite!`] names all tests once, so
//! a platform's harness is a few lines: see `native/tests/conformance.rs`.
//!
//! | module | subject |
//! |---|---|
//! | [`compute`], [`run`], [`spawn`], [`spawn_uri`], [`unsupported`] | starting work |
//! | [`ports`], [`raw_ports`], [`streams`], [`equality`], [`messages`], [`collections`] | what is sent, and where it arrives |
//! | [`pause`], [`ping`], [`kill`], [`exit_listeners`], [`lifetime`] | control, and the end |
//! | [`errors`], [`error_listeners`], [`encoding`] | what goes wrong |
//! | [`capability`], [`transferable`], [`timers`], [`events`] | the rest of `dart:isolate` |
//! | [`runner`], [`load_balancer`] | `package:isolate` |
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "in a test an unwrap is an assertion")]

pub mod compute;
pub mod differences;
pub mod ports;
pub mod raw_ports;
pub mod run;
pub mod spawn;
pub mod spawn_uri;
pub mod unsupported;

mod start_bodies;
mod starting;
mod suite;
mod support;
mod worker;

pub use support::within;

use insula_core::Platform;

/// Registers the programs that tests start by name. A harness calls it before each test.
pub fn programs<P: Platform>() {
    spawn_uri::programs::<P>();
}
