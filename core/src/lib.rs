//! What an isolate means: ports, control, event loop and wire format, generic over the platform.
//!
//! Applications use the `insula` crate, which picks the platform by target. This crate is for those
//! who write a platform, and for code that is generic over one.
//!
//! # The mental model
//! 1. An [`Isolate`] is a worker with memory of its own and one [event loop](EventLoop). Its entry
//!    point, each message and each due timer is an *event*; microtasks run after each.
//! 2. Isolates share nothing that can change. They send [messages](Message) from a [`SendPort`] to
//!    its [`ReceivePort`]; messages of one sender arrive in order.
//! 3. [Control](Control) travels beside the messages and overtakes them: pause, resume, ping, kill.
//! 4. Work is started as a [`Task`]: eager, a future, with a value or the reason why there is none.
//!
//! A [`Platform`] starts isolates, carries parcels and tells the time; everything else is here.
#![forbid(unsafe_code)]

pub mod event;
pub mod function;
pub mod in_memory;
pub mod platform;
pub mod port;
pub mod program;
pub mod spawn;
pub mod transferable;
pub mod wire;

mod app;
mod ask;
mod blocking;
mod capability;
mod control;
mod error;
mod event_loop;
mod executor;
mod face;
mod host;
mod isolate;
mod job;
mod load_balancer;
mod local;
mod log;
mod message;
mod panics;
mod port_table;
mod raw_port;
mod receive_port;
mod registry;
mod reply;
mod run;
mod runner;
mod single;
mod sync;
mod task;
mod timeout;
mod timers;
mod watch;

pub use app::AppResult;
pub use ask::ask;
pub use capability::Capability;
pub use control::{Control, Listeners, Priority};
pub use error::{
    DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind, Error, ExitError, ExitResult,
    OutOfRange, RemoteError, SendError, SpawnError, TaskError, Unsupported,
};
pub use event_loop::{EventLoop, Turn};
pub use function::Function;
pub use host::Host;
pub use isolate::{Errors, Isolate};
pub use load_balancer::LoadBalancer;
pub use local::IsolateLocal;
pub use message::{Message, Moved};
pub use panics::uncaught;
pub use platform::{Blocking, Platform};
pub use port::SendPort;
pub use program::Start;
pub use raw_port::RawReceivePort;
pub use receive_port::ReceivePort;
pub use registry::{Registry, RegistryError, RegistryManager, RegistryRequest};
pub use run::{Compute, compute, compute_async};
pub use runner::{IsolateRunner, IsolateRunnerBuilder, Runner, RunnerPort, RunnerRemote};
pub use single::{
    Interrupt, RemoteResult, SingleResponseChannel, send_result, single_callback_port,
    single_callback_port_with_timeout, single_response, single_result,
};
pub use spawn::IsolateBuilder;
pub use task::Task;
pub use timers::{Timer, sleep};
pub use transferable::{AlreadyMaterialized, TransferableTypedData};
#[cfg(feature = "json")]
pub use wire::Json;

/// Runs `callback` before the next event of the calling isolate.
///
/// Source: [`scheduleMicrotask`](https://api.dart.dev/dart-async/scheduleMicrotask.html).
pub fn schedule_microtask<P: Platform>(callback: impl FnOnce() + 'static) {
    EventLoop::<P>::current().schedule_microtask(Box::new(callback));
}

/// Runs a future on the calling isolate's event loop. It need not be `Send`; alone it does not keep
/// the isolate alive, what it waits for does.
pub fn spawn_local<P: Platform>(future: impl Future<Output = ()> + 'static) {
    EventLoop::<P>::current().spawn_local(future);
}

/// Whether the caller runs outside isolates.
#[must_use]
pub fn is_host<P: Platform>() -> bool {
    EventLoop::<P>::is_host()
}
