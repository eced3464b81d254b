//! Dart's isolates for Rust: workers with memory of their own, an event loop each, that talk only by
//! messages. Natively an isolate is a thread, in the browser a Web Worker, from the same source.
//!
//! # The mental model
//!
//! **1. Work goes to an isolate and its value comes back.** A [`Task`] is work that has been started: a
//! future with the value, or the reason why there is none. [`compute()`] is for one function, a runner
//! for many, a [`LoadBalancer`] for many at once.
//!
#![cfg_attr(not(target_arch = "wasm32"), doc = "```")]
#![cfg_attr(target_arch = "wasm32", doc = "```no_run")]
//! use insula::{Error, IsolateRunner, compute};
//!
//! fn count(text: String) -> usize {
//!     text.split_whitespace().count()
//! }
//!
//! async fn app() -> Result<(), Error> {
//!     assert_eq!(compute(count, "three blind mice".to_owned()).await?, 3);
//!
//!     let runner = IsolateRunner::builder().debug_name("counter").spawn().await?; // a thread, or a Web Worker
//!     let (few, many) = (runner.run(count, "a b".to_owned()), runner.run(count, "a b c d".to_owned()));
//!     assert_eq!((few.await?, many.await?), (2, 4));
//!     Ok(())
//! }
//!
//! fn main() {
//!     insula::main(app) // in a browser: from `#[wasm_bindgen(start)]`
//! }
//! ```
//!
//! **2. An isolate has memory and an event loop of its own.** Its entry point, each message and each due
//! timer is an *event*; [microtasks](schedule_microtask) run after each, and nothing runs beside them.
//!
#![cfg_attr(not(target_arch = "wasm32"), doc = "```")]
#![cfg_attr(target_arch = "wasm32", doc = "```no_run")]
//! # use insula::{Error, IsolateRunner};
//! use std::cell::Cell;
//!
//! insula::isolate_local! {
//!     static VISITS: Cell<u32> = Cell::new(0);
//! }
//!
//! fn visit((): ()) -> u32 {
//!     VISITS.with(|visits| visits.replace(visits.get() + 1))
//! }
//!
//! async fn app() -> Result<(), Error> {
//!     let runner = IsolateRunner::spawn().await?;
//!     assert_eq!(runner.run(visit, ()).await?, 0);
//!     assert_eq!(runner.run(visit, ()).await?, 1); // the same isolate
//!     assert_eq!(visit(()), 0); // this one has a value of its own
//!     Ok(())
//! }
//! # fn main() {
//! #     insula::main(app)
//! # }
//! ```
//!
//! **3. Isolates talk by messages,** from a [`SendPort`] to its [`ReceivePort`]; those of one sender
//! arrive in order. A send port is a message too, so a request carries the port for its reply. Natively
//! messages are moved, to a worker they are encoded, once.
//!
#![cfg_attr(not(target_arch = "wasm32"), doc = "```")]
#![cfg_attr(target_arch = "wasm32", doc = "```no_run")]
//! # use insula::{Error, IsolateRunner};
//! use insula::{ReceivePort, SendPort};
//! # use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Sort {
//!     items: Vec<i32>,
//!     reply: SendPort<Vec<i32>>,
//! }
//!
//! async fn sorter(ready: SendPort<SendPort<Sort>>) {
//!     let mut jobs = ReceivePort::new();
//!     let _ = ready.send(jobs.send_port());
//!     while let Some(Sort { mut items, reply }) = jobs.next().await {
//!         items.sort();
//!         let _ = reply.send(items);
//!     }
//! }
//!
//! async fn app() -> Result<(), Error> {
//!     let runner = IsolateRunner::spawn().await?;
//!     let mut ready = ReceivePort::new();
//!     let sorting = runner.run_async(sorter, ready.send_port());
//!     let jobs = ready.next().await.ok_or(Error::Closed)?;
//!     let sorted = insula::ask(&jobs, |reply| Sort { items: vec![3, 1, 2], reply }).await?;
//!     assert_eq!(sorted, [1, 2, 3]);
//! #   drop(sorting);
//!     Ok(())
//! }
//! # fn main() {
//! #     insula::main(app)
//! # }
//! ```
//!
//! **4. Control travels beside the messages and overtakes them:** [pause](Isolate::pause),
//! [resume](Isolate::resume), [ping](Isolate::ping), [kill](Isolate::kill), guarded by
//! [capabilities](Capability). A task whose isolate is gone fails.
//!
#![cfg_attr(not(target_arch = "wasm32"), doc = "```")]
#![cfg_attr(target_arch = "wasm32", doc = "```no_run")]
//! # use insula::{Error, IsolateRunner};
//! use insula::{Priority, TaskError};
//! use std::time::Duration;
//!
//! async fn app() -> Result<(), Error> {
//!     let runner = IsolateRunner::spawn().await?;
//!     let resume = runner.isolate().pause();
//!     assert!(runner.ping(Duration::from_secs(5)).await); // it is paused, and answers
//!     runner.isolate().resume(resume);
//!
//!     let hour = runner.run_async(|()| insula::sleep(Duration::from_secs(3600)), ());
//!     runner.isolate().kill(Priority::Immediate);
//!     assert!(matches!(hour.await, Err(TaskError::IsolateLost { .. })));
//!     Ok(())
//! }
//! # fn main() {
//! #     insula::main(app)
//! # }
//! ```
//!
//! # What is where
//! | for | there is | natively | in a browser |
//! |---|---|---|---|
//! | the application | [`main()`], [`register_program`] | the host's loop on this thread | the page's loop |
//! | one function | [`compute()`], [`compute_async`], [`Compute`] | a new isolate | the caller's event loop, after a frame |
//! | the same on isolates that are kept | [`ComputePool`] | threads | Web Workers |
//! | one closure | [`Isolate::run`], [`Isolate::run_async`] | a new isolate | `Unsupported` |
//! | many functions | [`IsolateRunner`], [`LoadBalancer`], [`WorkerPool`], [`Runner`] | threads | Web Workers |
//! | an isolate with a life of its own | [`Isolate::spawn_uri`] | a program of this build | a Web Worker that runs it |
//! | the same from a closure | [`Isolate::spawn`], [`Isolate::spawn_async`] | a new isolate | `Unsupported` |
//! | messages | [`SendPort`], [`ReceivePort`], [`RawReceivePort`] | moved | encoded once |
//! | one answer | [`ask`], [`ports`] | yes | yes |
//! | many answers, with back-pressure | [`stream`], [`Runner::stream`] | yes | yes |
//! | what can be sent | [`Message`], [`Function`], `Json` (feature `json`) | yes | yes |
//! | what need not be copied | [`TransferableTypedData`]; [`Moved`] | yes; yes | yes; refused when sent |
//! | control | [`Isolate`], [`IsolateBuilder`], [`Capability`], [`Priority`], [`Errors`](error::Errors) | yes | yes |
//! | time | [`Timer`], [`sleep`], [`schedule_microtask`], [`spawn_local`] | yes | yes |
//! | state | [`isolate_local!`], [`registry`] | yes | yes |
//! | what isolates do now | [`inspect::within`], [`WorkerPool::inspect`] | yes | yes: workers are asked |
//! | the same without an await | `inspect` | yes | no: workers share no memory |
//! | what isolates did | [`trace::start`] | yes | yes: each records itself |
//! | what isolates write | [`logs`] (features `log`, `tracing`) | yes | yes |
//! | waiting on a thread | `ReceivePort::recv`, `Task::wait`, `block_on` | yes | no: a page can't wait |
//! | a loop of the application's own | [`platform`]`::Embedded` | yes | is how it runs |
//! | what went wrong | [`Error`], [`TaskError`], [`SpawnError`], [`SendError`], [`RemoteError`]; all: [`error`] | yes | yes |
//!
//! To read on: [`Isolate`] and [`Task`], then [`ReceivePort`], [`Message`], [`IsolateRunner`]. What each
//! word means exactly is told once, in `insula_core`; this crate picks the platform.
//!
//! # Where code runs
//! Code outside any isolate belongs to the *host*, one a process or page: it has ports and timers as
//! isolates do, and can't be paused, killed or left. [`main()`] drives its event loop. Natively its
//! [`ReceivePort`]s and [`Task`]s need no loop: they can be awaited under any executor.
//!
//! To a worker goes code that both sides have: an `fn` item or a closure that captures nothing, or a
//! [program](register_program) by name. [`Isolate::spawn`] and [`Isolate::run`] take closures with what they
//! captured from *this* heap, which a worker does not see; there they answer `Unsupported`.
//!
//! # When an isolate ends
//! It ends when nothing can happen in it any more: no open port that keeps it alive, no timer, no future
//! that something could wake. A future that nothing can wake does not keep it alive, and the task
//! of its result fails with [`Ended`](TaskError::Ended). An isolate can't see through wakers that its own pending
//! futures keep, as in a channel from itself to itself or a `join_all`. Such an isolate lives until it is
//! [killed](Isolate::kill), or until its spawner ends where it was made [`linked`](IsolateBuilder::linked).
//!
//! It ends as well by [`Isolate::kill`], [`Isolate::exit`], and an uncaught error unless
//! [told otherwise](Isolate::set_errors_fatal). Destructors run first, then the exit listeners are told; in
//! a worker that is terminated or lost no destructor runs, and the listeners are told all the same. Its
//! children survive it unless they are linked.
//!
//! # What can't be stopped
//! Natively nothing stops a thread from outside. A kill takes effect at the next await, blocking receive
//! or [`Isolate::checkpoint`]; a loop that reaches none of them can't be stopped, and keeps its core busy
//! until the process ends. Long loops call `checkpoint` now and then. In a browser a kill is
//! `Worker.terminate()`, which stops a busy loop as well; in WebKit one that calls no import runs on.
//!
//! # Statics
//! | | natively | in a browser |
//! |---|---|---|
//! | `static` | one for all isolates | one a worker |
//! | `thread_local!` | one a thread, which may outlive the isolate | one a worker |
//! | [`isolate_local!`] | one an isolate, dropped with it | one an isolate, dropped with it |
//!
//! # Panics
//! A panic inside an isolate is an error of that isolate: of the task it was computing for, otherwise of
//! the [listeners](Isolate::errors), otherwise of the log. Where panics abort, as on wasm32 by
//! default, the isolate is lost with it, and everything in flight there fails with
//! [`IsolateLost`](TaskError::IsolateLost) and the panic's message. On wasm32 what JavaScript throws through the code
//! of an isolate goes the way of a panic.
//!
//! Message and place come from a panic hook, which is installed once a process or worker, with the first
//! port, task or isolate. It chains to the hook that it finds:
//!
//! * **a hook that was there before** is called for panics outside isolates, as ever. Inside isolates it
//!   is silent, as is the standard one: the panic is reported as an error, once. The host's handlers,
//!   timers and [local futures](spawn_local) count as inside, the future given to [`main()`] does not;
//! * **a hook that comes after** replaces ours unless it calls the one it has taken. Then it sees every
//!   panic, and errors still have their message but no place; where panics abort, what is known of a lost
//!   worker is what the engine says of the trap.
#![forbid(unsafe_code)]

#[cfg(not(target_arch = "wasm32"))]
use insula_native as here;
#[cfg(target_arch = "wasm32")]
use insula_web as here;

#[cfg(feature = "json")]
#[doc(inline)]
pub use here::Json;
#[cfg(not(target_arch = "wasm32"))]
#[doc(inline)]
pub use here::block_on;
#[cfg(target_arch = "wasm32")]
#[doc(inline)]
pub use here::web;
#[doc(inline)]
pub use here::{
    Capability, Compute, ComputePool, Error, ExitReason, Function, Here, Isolate, IsolateBuilder,
    IsolateLocal, IsolateRunner, LoadBalancer, Message, Moved, Priority, RawReceivePort,
    ReceivePort, RemoteError, Runner, SendError, SendPort, SpawnError, Start, Task, TaskError,
    Timer, TransferableTypedData, WorkerPool, ask, compute, compute_async, cores, is_host, main,
    register_program, schedule_microtask, scope, sleep, spawn_local,
};
#[doc(inline)]
pub use here::{error, inspect, logs, platform, pool, ports, registry, runner, stream, trace};

/// What only browsers have; this page is for another target, so it is empty here.
///
/// Hosted documentation has it under [`wasm32-unknown-unknown`](../../wasm32-unknown-unknown/insula/web/index.html). In a clone,
/// `cargo doc --open -p insula --target wasm32-unknown-unknown --features js,gloo` makes it.
#[cfg(all(doc, not(target_arch = "wasm32")))]
pub mod web {}

/// The examples of the pages, compiled and run.
#[cfg(all(doctest, not(target_arch = "wasm32")))]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/messages.md")]
    struct Messages;
    #[doc = include_str!("../docs/streams.md")]
    struct Streams;
    #[doc = include_str!("../docs/pool.md")]
    struct Pool;
    #[doc = include_str!("../docs/light.md")]
    struct Light;
    #[doc = include_str!("../docs/choosing.md")]
    struct Choosing;
    #[doc = include_str!("../docs/desktop.md")]
    struct Desktop;
    #[doc = include_str!("../docs/trace.md")]
    struct Trace;
    #[doc = include_str!("../docs/inspect.md")]
    struct Inspect;
    #[cfg(feature = "log")]
    #[doc = include_str!("../docs/logs.md")]
    struct Logs;
}

/// Declares statics of which every isolate has its own value, made at first use and dropped with it.
///
/// A `static` is shared by native isolates and not by workers; a `thread_local!` belongs to a thread,
/// which may outlive an isolate or carry several. The syntax is `thread_local!`'s, the value's is
/// [`IsolateLocal`].
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
