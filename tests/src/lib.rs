//! The conformance suite: what an isolate does, as tests that are generic over the platform.
//!
//! Every test is a `pub async fn name<P: Platform>()` that runs on every platform. Its name says what
//! happens, and is unique in the suite. A test may stand for cases of Dart's own suites. Then the last lines of
//! its documentation name them, one line a case:
//!
//! ```text
//! /// Source: co19 `Isolate/kill_A02_t01`.
//! ```
//!
//! `tests/CATALOGUE.md` lists the same the other way round: every case of Dart's suites with its tests,
//! or with the reason why it has none. A test compares the two.
//!
//! Where a test can't apply to a platform, a line in [`differences`] says so and why; no test asks
//! where it runs. [`suite!`] names all tests once, so a platform's harness is a few lines: see
//! `native/tests/conformance.rs`.
//!
//! | module | subject |
//! |---|---|
//! | [`compute`], [`run`], [`spawn`], [`spawn_uri`], [`unsupported`] | starting work |
//! | [`ports`], [`raw_ports`], [`senders`], [`streams`], [`equality`], [`messages`], [`large`] | what is sent, and where it arrives |
//! | [`credits`], [`task_streams`], [`slices`], [`scopes`] | streams with back-pressure; tasks that end together |
//! | [`pause`], [`ping`], [`kill`], [`exit_listeners`], [`exit_reasons`], [`lifetime`], [`isolates`] | control, the end, and each other |
//! | [`error_listeners`], [`encoding`], [`errors`], [`destructors`], [`dropped`], [`wakers`] | what goes wrong |
//! | [`handles`], [`waiting`] | what waits is told, and what cannot be reached ends |
//! | [`capability`], [`transferable`], [`timers`], [`events`] | the rest of `dart:isolate` |
//! | [`runner`], [`load_balancer`], [`load_balancer_faults`], [`worker_pool`], [`worker_pool_edges`], [`worker_pool_events`], [`worker_pool_options`], [`single`], [`registry`] | `package:isolate` |
//! | [`inspect`], [`recordings`] | what isolates do now, and what they did |
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "in a test an unwrap is an assertion"
)]
#![allow(
    clippy::type_complexity,
    reason = "what a test's isolate is given is used once; a name for its type would say less than the type"
)]

pub mod cancel;
pub mod capability;
pub mod compute;
pub mod credits;
pub mod destructors;
pub mod differences;
pub mod dropped;
pub mod encoding;
pub mod equality;
pub mod error_listeners;
pub mod errors;
pub mod events;
pub mod exit_listeners;
pub mod exit_reasons;
pub mod handles;
pub mod inspect;
pub mod isolates;
pub mod kill;
pub mod large;
pub mod lifetime;
pub mod load_balancer;
pub mod load_balancer_faults;
pub mod messages;
pub mod pause;
pub mod picture;
pub mod ping;
pub mod ports;
pub mod raw_ports;
pub mod recordings;
pub mod registry;
pub mod replacing;
pub mod run;
pub mod runner;
pub mod scopes;
pub mod senders;
pub mod single;
pub mod slices;
pub mod spawn;
pub mod spawn_uri;
pub mod streams;
pub mod task_streams;
pub mod timers;
pub mod transferable;
pub mod unread;
pub mod unsupported;
pub mod waiting;
pub mod wakers;
pub mod worker_pool;
pub mod worker_pool_edges;
pub mod worker_pool_events;
pub mod worker_pool_options;

mod start_bodies;
mod starting;
mod suite;
mod support;
mod worker;

pub use suite::{BLOCKING_TESTS, TESTS};
pub use support::within;

use insula_core::Platform;

/// Registers the programs that tests start by name. A harness calls it before each test.
pub fn programs<P: Platform>() {
    spawn_uri::programs::<P>();
    credits::programs::<P>();
}
