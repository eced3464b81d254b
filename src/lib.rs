//! Dart's isolates for Rust: workers with memory of their own, an event loop each, that talk only by
//! messages. Natively an isolate is a thread, in the browser a Web Worker, from the same source.
//!
//! ```no_run
//! use insula::{Error, IsolateRunner, ReceivePort, Runner, SendPort, compute};
//! # use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Sort {
//!     items: Vec<i32>,
//!     reply: SendPort<Vec<i32>>,
//! }
//!
//! /// Long-lived and portable: a thread here, a Web Worker there.
//! async fn sorter(ready: SendPort<SendPort<Sort>>) {
//!     let mut jobs = ReceivePort::new();
//!     let _ = ready.send(jobs.send_port());
//!     while let Some(Sort { mut items, reply }) = jobs.next().await {
//!         items.sort();
//!         let _ = reply.send(items);
//!     }
//! }
//!
//! fn count(text: String) -> usize {
//!     text.split_whitespace().count()
//! }
//!
//! async fn app() -> Result<(), Error> {
//!     assert_eq!(compute(count, "three blind mice".to_owned()).await?, 3);
//!
//!     let runner = IsolateRunner::builder().debug_name("sorter").spawn().await?;
//!     let mut ready = ReceivePort::new();
//!     let sorting = runner.run_async(sorter, ready.send_port());
//!     let jobs = ready.next().await.ok_or(Error::Closed)?;
//!     let sorted = insula::ask(&jobs, |reply| Sort { items: vec![3, 1, 2], reply }).await?;
//!     assert_eq!(sorted, [1, 2, 3]);
//!     drop(sorting);
//!     Ok(())
//! }
//!
//! fn main() {
//!     insula::main(app) // in a browser: from `#[wasm_bindgen(start)]`
//! }
//! ```
//!
//! # The mental model
//! 1. **An isolate** has memory of its own and one event loop. Its entry point, each message and each
//!    due timer is an *event*; microtasks run after each event. It ends when no open port, no timer and
//!    no future that something could wake is left.
//! 2. **Messages** go from a [`SendPort`] to its [`ReceivePort`]; those of one sender arrive in order.
//!    Natively they are moved, to a worker they are encoded, once.
//! 3. **Control** travels beside the messages and overtakes them: [`Isolate::pause`],
//!    [`resume`](Isolate::resume), [`ping`](Isolate::ping), [`kill`](Isolate::kill), guarded by
//!    [capabilities](Capability).
//! 4. **Work** is a [`Task`]: started at once, a future, with a value or the reason why there is none.
//!
//! # Where code runs
//! | | natively | in a browser |
//! |---|---|---|
//! | [`compute()`] | a new isolate | the caller's event loop, after a frame |
//! | [`Isolate::run`], [`Isolate::spawn`]: closures of this heap | a new isolate | `Unsupported` |
//! | [`IsolateRunner`], [`LoadBalancer`], [`Isolate::spawn_uri`]: functions and programs | threads | Web Workers |
//!
//! Code outside any isolate belongs to the *host*, one a process or page, which can't be paused or
//! killed. [`main()`] drives its event loop.
#![forbid(unsafe_code)]

#[cfg(not(target_arch = "wasm32"))]
pub use insula_native::*;
#[cfg(target_arch = "wasm32")]
pub use insula_web::*;

/// Declares statics of which every isolate has its own value, made at first use and dropped with it.
///
#[cfg_attr(not(target_arch = "wasm32"), doc = "```")]
#[cfg_attr(target_arch = "wasm32", doc = "```no_run")]
/// insula::isolate_local! {
///     static VISITS: std::cell::Cell<u32> = std::cell::Cell::new(0);
/// }
/// VISITS.with(|visits| visits.set(visits.get() + 1));
/// assert_eq!(VISITS.with(std::cell::Cell::get), 1);
/// ```
#[macro_export]
macro_rules! isolate_local {
    ($($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $value:expr;)+) => {
        $($(#[$attribute])* $visibility static $name: $crate::IsolateLocal<$type> = $crate::IsolateLocal::new(|| $value);)+
    };
}
