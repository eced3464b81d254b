//! What an isolate means: ports, control, event loop and wire format, generic over the platform.
//!
//! Applications use the `insula` crate, which picks the platform by target and fills it in: its
//! `ReceivePort<T>` is this crate's [`ReceivePort<P, T>`](ReceivePort). This crate is for those who write a
//! platform, for code that is generic over one, and for readers who want the exact meaning.
//!
//! # The mental model
//! **1. An [`Isolate`] is a worker with memory of its own and one [event loop](EventLoop).** Its entry point,
//! each message, each due timer and each wake from elsewhere is an *event*; microtasks run after each.
//! Control is handled before. It ends when no port, no timer and no future that something could wake is left.
//!
//! ```
//! use insula_core::{Isolate, Platform, is_host};
//!
//! async fn elsewhere<P: Platform>() -> bool {
//!     Isolate::<P>::run(|| !is_host::<P>()).await == Ok(true)
//! }
//! assert!(insula::block_on(elsewhere::<insula::Here>()));
//! ```
//!
//! **2. Isolates share nothing that can change.** They send [messages](Message) from a [`SendPort`] to its
//! [`ReceivePort`]; all ports of an isolate share its one queue, so messages of one sender arrive in order.
//! A platform moves a message or encodes it, by the [wire format](wire).
//!
//! ```
//! use insula_core::{Platform, ReceivePort};
//!
//! async fn in_order<P: Platform>() -> Option<(u32, u32)> {
//!     let (mut first, mut second) = (ReceivePort::<P, _>::new(), ReceivePort::<P, _>::new());
//!     second.send_port().send(2).ok()?;
//!     first.send_port().send(1).ok()?;
//!     Some((first.next().await?, second.next().await?))
//! }
//! assert_eq!(insula::block_on(in_order::<insula::Here>()), Some((1, 2)));
//! ```
//!
//! **3. [Control] travels beside the messages and overtakes them**: pause, resume, ping, kill,
//! listeners. What is dangerous needs a [`Capability`]; without it a request is ignored, silently.
//!
//! ```
//! use insula_core::{Isolate, Platform, Priority, ReceivePort};
//!
//! async fn ends_when_killed<P: Platform>() -> Option<()> {
//!     let mut ended = ReceivePort::<P, ()>::new();
//!     let isolate = Isolate::<P>::builder().on_exit(ended.send_port()).paused(true);
//!     let isolate = isolate.spawn(|()| unreachable!("it never runs"), ()).await.ok()?;
//!     isolate.kill(Priority::Immediate);
//!     ended.next().await
//! }
//! assert_eq!(insula::block_on(ends_when_killed::<insula::Here>()), Some(()));
//! ```
//!
//! **4. Work is a [`Task`]**: eager, a future, with a value or the reason why there is none. The
//! isolate that works may die first, so a task also watches over that isolate.
//!
//! ```
//! use insula_core::{IsolateRunner, Platform, TaskError};
//!
//! async fn two_at_once<P: Platform>() -> Result<u32, TaskError> {
//!     let runner = IsolateRunner::<P>::spawn().await?;
//!     let (a, b) = (runner.run(|n: u32| n + 1, 1), runner.run(|n: u32| n * 2, 20));
//!     Ok(a.await? + b.await?)
//! }
//! assert_eq!(insula::block_on(two_at_once::<insula::Here>()), Ok(42));
//! ```
//!
//! A [`Platform`] starts isolates, carries parcels and tells the time; everything else is here.
//!
//! # In reading order
//! | what | where |
//! |---|---|
//! | the contract | [`contract`]: [`Platform`], [`Blocking`]; [`face!`] writes a platform's public face |
//! | what happens when | [`EventLoop`], [`Turn`], [`Host`]; [`Control`], [`Listeners`] |
//! | ports | [`SendPort`], [`ReceivePort`]; [`RawReceivePort`]; [`ask`]; for one message: [`ports`] |
//! | messages | [`Message`], [`Moved`], [`function`], [`transferable`]; their bytes: [`wire`] |
//! | isolates | [`Isolate`], [`Capability`], [`Priority`], [`Errors`]; [`IsolateBuilder`]; [`program`] |
//! | work | [`Task`], [`compute()`], [`IsolateRunner`], [`LoadBalancer`], [`WorkerPool`], [`Runner`] |
//! | what belongs to an isolate | [`Timer`], [`sleep`], [`spawn_local`], [`schedule_microtask`], [`IsolateLocal`]; [`registry`] |
//! | what goes wrong | [`Error`] and what it is the sum of |
#![forbid(unsafe_code)]

pub mod contract;
pub mod function;
pub mod in_memory;
pub mod inspect;
pub mod last_will;
pub mod logs;
pub mod ports;
pub mod program;
pub mod registry;
pub mod stream;
pub mod table;
pub mod texts;
pub mod trace;
pub mod transferable;
pub mod wire;

mod app;
mod capability;
mod completion;
mod departures;
mod error;
mod event_loop;
mod face;
mod fn_pointer;
mod forwarding;
mod index;
mod inspection;
mod isolate;
mod isolate_local;
mod kind;
mod limits;
mod log;
mod message;
mod moved;
mod note;
mod ordered;
mod panics;
mod port;
mod recording;
mod slots;
mod spans;
mod sync;
mod task;
mod timekeeper;
mod timer;
mod unpack;
mod work;

pub use app::AppResult;
pub use capability::Capability;
pub use contract::{Blocking, Control, Host, Listeners, Platform, Priority};
pub use error::{
    AlreadyMaterialized, DecodeError, DecodeErrorKind, Elapsed, EncodeError, EncodeErrorKind,
    Error, ExitError, ExitReason, ExitResult, JobError, OutOfRange, QueueFull, RecvError,
    RecvTimeoutError, RegistryError, RemoteError, SendError, SendItemError, SpawnError, TaskError,
    TryRecvError, TrySendItemError, Unsupported,
};
pub use event_loop::{EventLoop, Suspended, Turn};
pub use function::Function;
pub use isolate::{Errors, Isolate, IsolateBuilder, start_with};
pub use isolate_local::IsolateLocal;
pub use message::Message;
pub use moved::Moved;
pub use panics::{apart, uncaught};
pub use port::{RawReceivePort, ReceivePort, SendPort};
pub use program::Start;
pub use task::{Scope, Task, ask, scope};
pub use timer::{Timer, sleep};
pub use transferable::TransferableTypedData;
#[cfg(feature = "json")]
pub use wire::Json;
pub use work::{
    CancellationToken, Compute, ComputePool, Each, Histogram, IsolateRunner, IsolateRunnerBuilder,
    JobBuilder, JobInfo, LoadBalancer, Map, OnRunner, OnSeveral, PoolEvent, PoolEvents, PoolInfo,
    PoolStats, Runner, RunnerPort, RunnerRemote, Unbegun, WhenFull, WithLoad, WorkerPool,
    WorkerPoolBuilder, compute, compute_async,
};

/// Runs `callback` before the next event of the calling isolate.
///
/// ```
/// use std::{cell::RefCell, rc::Rc};
/// # insula::main(async || {
/// let order = Rc::new(RefCell::new(Vec::new()));
/// let (first, second) = (order.clone(), order.clone());
/// insula::schedule_microtask(move || first.borrow_mut().push("microtask"));
/// insula::Timer::new(std::time::Duration::ZERO, move || second.borrow_mut().push("timer"));
/// insula::sleep(std::time::Duration::from_millis(1)).await;
/// assert_eq!(*order.borrow(), ["microtask", "timer"]);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Native: outside isolates it runs while `insula::main` or `block_on` drives the thread's loop, and not under another
/// executor.
///
/// Source: [`scheduleMicrotask`](https://api.dart.dev/dart-async/scheduleMicrotask.html).
pub fn schedule_microtask<P: Platform>(callback: impl FnOnce() + 'static) {
    EventLoop::<P>::current().schedule_microtask(Box::new(callback));
}

/// Runs a future on the calling isolate's event loop. It need not be `Send`; alone it does not keep
/// the isolate alive, what it waits for does: a port, a timer, or code that holds its waker.
///
/// When no waker of it is left, the isolate ends and drops it. A waker that another pending future of the same
/// isolate holds counts too, as in a `join_all` or a channel from the isolate to itself. Such an isolate
/// lives until it is killed or, where it is [`linked`](IsolateBuilder::linked), until its spawner ends.
///
/// ```
/// use insula::ReceivePort;
/// use std::rc::Rc;
/// # insula::main(async || {
/// let mut numbers = ReceivePort::new();
/// let (to, factor) = (numbers.send_port(), Rc::new(2)); // not `Send`, and need not be
/// insula::spawn_local(async move {
///     insula::sleep(std::time::Duration::from_millis(1)).await;
///     let _ = to.send(21 * *factor);
/// });
/// assert_eq!(numbers.next().await, Some(42));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Native: outside isolates it runs while `insula::main` or `block_on` drives the thread's loop, and not under another
/// executor.
pub fn spawn_local<P: Platform>(future: impl Future<Output = ()> + 'static) {
    EventLoop::<P>::current().spawn_local(future);
}

/// Whether the caller runs outside isolates.
///
/// ```
/// # insula::main(async || {
/// assert!(insula::is_host());
/// assert!(!insula::Isolate::run(insula::is_host).await?);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[must_use]
pub fn is_host<P: Platform>() -> bool {
    EventLoop::<P>::is_host()
}
