//! The native platform of insula: an isolate is a thread, a message is moved.
//!
//! | file | what |
//! |---|---|
//! | `mailbox.rs` | addresses of isolates, and of ports that need no event loop |
//! | `queue.rs` | the two queues of an isolate |
//! | `parcel.rs` | messages, moved; encoded when `INSULA_ENCODE=1` |
//! | `inline.rs` | values of any type, without an allocation where they are small |
//! | `spawner.rs` | the start of an isolate |
//! | `light/` | isolates that share threads |
//! | `room.rs` | how many stacks there may be |
//! | `embedded.rs` | isolates on a loop of the application's own |
//! | `waiting.rs` | how a thread waits |
//! | `clock.rs` | time, randomness |
//! | `sync.rs` | what the protocols between threads are made of |
#![deny(unsafe_code)]

mod clock;
mod embedded;
mod inline;
mod light;
mod mailbox;
mod parcel;
mod queue;
mod room;
mod spawner;
mod sync;
mod waiting;

use std::{fs, future, sync::Arc, task::Waker, time::Duration};

use insula_core::{
    AppResult, Blocking, Host, Platform,
    contract::{Code, ComputeOn, Deliver, Launch, Started},
    in_memory::InMemory,
    inspect::Inspect,
    trace::{Local, Record, Trace},
};

#[cfg(feature = "json")]
pub use insula_core::Json;

use error::{DecodeError, EncodeError};
use mailbox::Mailbox;
use parcel::Parcel;
use platform::EventLoop;
use queue::Inbox;

insula_core::face! {
    Native, blocking, platform {
        pub use crate::{
            Native,
            embedded::Embedded,
            mailbox::Mailbox,
            parcel::Parcel,
            queue::Inbox,
        };

        /// An event loop of this platform.
        ///
        /// ```
        /// # insula::block_on(async {
        /// // What `Embedded` is made of, for code that has a loop of another kind.
        /// let here = insula::platform::EventLoop::current();
        /// assert_eq!(here.handle(), insula::Isolate::current());
        /// # });
        /// ```
        pub type EventLoop = insula_core::EventLoop<Native>;
    },
    logs {
        /// In a worker that insula has started, makes a logger for `log` whose records up to the level `most` go to the
        /// logger of the page. True there; then the worker needs no logger of its own.
        ///
        /// Called where the application would set its logger, in each worker too: in the function marked
        /// `#[wasm_bindgen(start)]`. A record has the worker's name in its field `isolate`, and its logger may ask
        /// [`isolate`]. A worker writes 1,000 records at once and 1,000 a second; of the others it says how many they are.
        ///
        /// ```
        /// # struct Printer;
        /// # impl log::Log for Printer {
        /// #     fn enabled(&self, _: &log::Metadata<'_>) -> bool { true }
        /// #     fn log(&self, record: &log::Record<'_>) { println!("{}", record.args()) }
        /// #     fn flush(&self) {}
        /// # }
        /// # static PRINTER: Printer = Printer;
        /// use insula::logs;
        /// use log::LevelFilter;
        ///
        /// if !logs::forward_log(LevelFilter::Info) {
        ///     log::set_logger(&PRINTER)?; // natively, and on the page
        ///     log::set_max_level(LevelFilter::Info);
        /// }
        /// # Ok::<(), log::SetLoggerError>(())
        /// ```
        ///
        /// # Platform
        /// Native: false, as one logger hears the whole process. Web: false on the page, in a worker of gloo's, and where the
        /// worker has a logger.
        #[cfg(feature = "log")]
        #[must_use]
        pub fn forward_log(most: log::LevelFilter) -> bool {
            let _ = most;
            false
        }

        /// In a worker that insula has started, makes a subscriber for `tracing` whose events up to the level `most` go to
        /// the subscriber of the page. True there; then the worker needs no subscriber of its own.
        ///
        /// As `forward_log`, for `tracing`. An event arrives with its target, level, place and text, and with the fields
        /// `isolate`, `fields` and `spans`: the worker's name, the event's own fields, and the spans around it.
        ///
        /// ```
        /// use insula::logs;
        /// use tracing::{level_filters::LevelFilter, subscriber::NoSubscriber};
        ///
        /// if !logs::forward_tracing(LevelFilter::INFO) {
        ///     let subscriber = NoSubscriber::new(); // the application's
        ///     tracing::subscriber::set_global_default(subscriber)?; // natively, and on the page
        /// }
        /// # Ok::<(), tracing::subscriber::SetGlobalDefaultError>(())
        /// ```
        ///
        /// # Platform
        /// As `forward_log`.
        #[cfg(feature = "tracing")]
        #[must_use]
        pub fn forward_tracing(most: tracing::level_filters::LevelFilter) -> bool {
            let _ = most;
            false
        }
    }
}

/// Isolates as threads.
///
/// ```
/// use insula::platform::Platform;
///
/// assert!(insula::Here::CAN_SPAWN && !insula::Here::CAN_KILL_AT_ONCE);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Native;

impl Platform for Native {
    const NAME: &'static str = "native";
    const CAN_SPAWN: bool = true;
    const CAN_KILL_AT_ONCE: bool = false;
    const COUNTS_SEND_PORTS: bool = true;
    const CATCHES_PANICS: bool = cfg!(panic = "unwind");
    const HOST_HAS_LOOP: bool = false;
    const COMPUTE_ON: ComputeOn = ComputeOn::Isolate;
    const SPAWN_UNSUPPORTED: &'static str = "";

    type Mailbox = Mailbox;
    type Inbox = Inbox;
    type Parcel = Parcel;
    type Carrier = InMemory;

    fn host() -> (Arc<Host<Self>>, Mailbox, Inbox) {
        let (mailbox, inbox) = mailbox::channel();
        (mailbox::HOST.clone(), mailbox, inbox)
    }

    fn start(launch: Launch<Self>, code: Code<Self>, started: Started<Self>) {
        started(spawner::start(launch, code));
    }

    fn direct_mailbox(target: Arc<dyn Deliver<Self>>) -> Option<Mailbox> {
        Some(Mailbox::direct(target))
    }

    fn pack<M: Message>(message: M) -> Result<Parcel, (EncodeError, M)> {
        Parcel::pack(message)
    }

    fn unpack<M: Message>(parcel: Parcel) -> Result<M, DecodeError> {
        parcel.unpack()
    }

    fn is_moved<M: Message>(parcel: &Parcel) -> bool {
        parcel.is_moved::<M>()
    }

    fn now() -> Duration {
        clock::now()
    }

    fn random() -> u128 {
        clock::random()
    }

    fn next_frame() -> impl Future<Output = ()> {
        insula_core::sleep::<Self>(Duration::ZERO)
    }

    fn cores() -> usize {
        std::thread::available_parallelism().map_or(1, Into::into)
    }

    #[expect(
        clippy::print_stderr,
        reason = "an error that nobody listens to is told to a person"
    )]
    fn report(isolate: &str, error: &RemoteError) {
        eprintln!(
            "Unhandled error in isolate `{isolate}`: {error}\n{}",
            error.stack_trace()
        );
    }
}

impl Inspect for Native {}

impl Record for Native {
    type Hold = Local;

    fn record(events: usize) -> Local {
        Local::start::<Self>(events)
    }

    fn read(hold: &Local, _: Duration) -> impl Future<Output = Trace> {
        future::ready(hold.read::<Self>())
    }
}

impl Blocking for Native {
    fn wait(inbox: &mut Inbox, deadline: Option<Duration>) {
        inbox.wait(deadline);
    }

    fn park(ready: &mut dyn FnMut(&Waker) -> bool, deadline: Option<Duration>) -> bool {
        waiting::park(ready, deadline)
    }
}

/// The variable that names a file for the trace of an application.
const TRACE: &str = "INSULA_TRACE";

/// How many events of each isolate such a trace has at most.
const RECORDED: usize = 10_000;

/// Runs an application: the portable entry point.
///
/// Drives the host's event loop on the calling thread until `app` has its result. A failure is
/// printed and ends the process with status 1.
///
/// What is left of the host's futures and timers is dropped then. Isolates that still run stop where they are when the
/// process ends, without destructors: await their end before you return.
///
/// With `INSULA_TRACE=file` in the environment the last 10,000 events of each isolate are recorded, and written to that file
/// in the end; see [`trace`].
///
/// ```
/// use insula::{Error, compute};
///
/// async fn app() -> Result<(), Error> {
///     assert_eq!(compute(|n: u32| n + 1, 1).await?, 2);
///     Ok(())
/// }
///
/// fn main() {
///     insula::main(app)
/// }
/// ```
///
/// # Platform
/// Native: as said. Web: starts the page's event loop and returns; in a worker it does nothing, as
/// the worker runs an isolate instead.
///
/// # Panics
/// When the application does, and inside an isolate.
#[expect(
    clippy::print_stderr,
    reason = "the application's failure is told to a person"
)]
pub fn main<F: Future<Output: AppResult + 'static> + 'static>(app: impl FnOnce() -> F) {
    let recording = std::env::var_os(TRACE).map(|file| (file, trace::start(RECORDED)));
    let result = block_on(app()).into_result();
    if let Some((file, recording)) = recording
        && let Err(error) = fs::File::create(&file).and_then(|to| recording.stop().write(to))
    {
        eprintln!("the trace can't be written to {}: {error}", file.display());
    }
    // What the host's loop still holds can use it now, and not when the thread is torn down.
    EventLoop::current().let_go();
    if let Err(error) = result {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

/// Drives the host's event loop on the calling thread until `future` has its value.
///
/// ```
/// let sum = insula::block_on(async {
///     let (a, b) = (insula::compute(|n: u32| n + 1, 1), insula::compute(|n: u32| n + 2, 1));
///     Ok::<_, insula::Error>(a.await? + b.await?)
/// });
/// assert_eq!(sum, Ok(5));
/// ```
///
/// # Panics
/// When the future does, and inside an isolate.
pub fn block_on<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
    EventLoop::drive(future)
}
