//! A simulated platform for insula: a virtual clock, and a seed that decides every interleaving.
//!
//! Tests of concurrent code fail now and then. Here they fail with a number. [`run`] drives a future
//! and all its isolates, one step at a time. The seed alone decides which of the possible steps comes
//! next, so the same seed gives the same steps again. [`check`] tries many seeds and names the one
//! that fails.
//!
//! ```
//! use insula_sim::{Isolate, ReceivePort, check};
//!
//! // Two isolates send to one port. Which message comes first is up to the seed.
//! async fn program() -> (u32, u32) {
//!     let mut port = ReceivePort::new();
//!     for n in [1, 2] {
//!         let to = port.send_port();
//!         Isolate::spawn(move |n: u32| drop(to.send(n)), n).await.unwrap();
//!     }
//!     (port.next().await.unwrap(), port.next().await.unwrap())
//! }
//! check(0..100, || async {
//!     let (a, b) = program().await;
//!     assert_eq!(a + b, 3);
//! });
//! let orders: std::collections::BTreeSet<_> = (0..20).map(|seed| insula_sim::run(seed, program()).value).collect();
//! assert_eq!(orders, [(1, 2), (2, 1)].into());
//! ```
//!
//! # Steps
//! The generator picks one [`Step`] among all that are possible. Each is as likely as the others.
//!
//! * **An isolate takes a turn**: it handles one event, with its microtasks. An isolate without
//!   anything to do takes no turn until a message arrives or its next timer is due. A check for
//!   control in the middle of an event, as in `Isolate::checkpoint`, sometimes gives the others a
//!   turn, so that a kill or a ping can find the isolate busy.
//! * **A message arrives.** Events from one isolate to another keep their order, and so does control.
//!   Control may overtake events; events never overtake control. The seed decides the rest. What an
//!   isolate sends to itself is there at once.
//! * **The clock advances** to the next deadline, when nothing else is possible. Code takes no time,
//!   and a virtual hour takes no real one. A timeout fires only when nothing else can happen. There is one
//!   exception: a timer that is always due, as one of period zero, runs a thousand times at one moment, and
//!   once a millisecond from then on.
//!
//! # Seeds
//! `check(0..100, …)` runs the same hundred interleavings each time. [`seeds`]`(100)` gives a hundred
//! that differ from process to process, so that each run of a test tries new ones. A failure prints
//! its seed. Two variables replay or extend a run:
//!
//! | variable | effect |
//! |---|---|
//! | `INSULA_SEED=n` | `check` runs seed n alone, and `main` and `block_on` use it |
//! | `INSULA_SEEDS=n` | `check` runs n seeds, from the first of its range |
//!
//! # Traces
//! [`Run::trace`] holds every step. Its text has a line for each isolate and each step:
//!
//! ```
//! let run = insula_sim::run(3, async { insula_sim::compute(|n: u32| n + 1, 1).await });
//! let text = run.trace.to_string();
//! let mut lines = text.lines();
//! assert_eq!(lines.next(), Some("#0 `main`"));
//! assert_eq!(lines.next(), Some("#1 `compute`"));
//! assert_eq!(lines.next(), Some("     0  #0 works"));
//! ```
//!
//! `#0` is the host, which is code outside isolates. `#0 -> #1 …` is an event that arrives, `#0 => #1 …`
//! a control message. A failed run prints its last steps.
//!
//! # Deadlocks
//! When no step is possible and the future is not complete, the run fails. It tells what each isolate
//! waits for:
//!
//! ```
//! let failure = insula_sim::try_run(0, std::future::pending::<()>()).unwrap_err();
//! assert_eq!(failure.reason, "deadlock: nothing can wake\n  #0 `main` waits for an event");
//! ```
//!
//! An isolate *is parked* when it waits for what its own event loop would have to bring, as a thread can. The line
//! names what has arrived for that loop.
//!
//! A run also fails after [`STEP_LIMIT`] steps, as its program has no end.
//!
//! # The end of a run
//! When the future is complete, the isolates go on while they can without time passing, for at most
//! [`SETTLE_LIMIT`] steps. Then the run ends them, as if they were killed. Their destructors run, and
//! nothing is left for the next run. [`Run::left`] names the isolates that were still alive,
//! [`Run::reports`] the errors that no listener heard.
//!
//! # Faults
//! [`check_with`] and [`run_with`] take [`Faults`], which the seed spreads over the run. They find programs that wait
//! for the dead, ignore a failed start, or rely on time:
//!
//! ```
//! use insula_sim::{Faults, Isolate, ReceivePort, try_run_with};
//!
//! async fn program() -> Option<u32> {
//!     let mut answer = ReceivePort::new();
//!     let to = answer.send_port();
//!     Isolate::spawn(move |()| drop(to.send(5)), ()).await.unwrap();
//!     answer.next().await // no watch: who answers if the isolate has died?
//! }
//! let faults = Faults::none().deaths(true);
//! let failure = (0..500).find_map(|seed| try_run_with(faults, seed, program()).err()).unwrap();
//! assert!(failure.reason.starts_with("deadlock"));
//! assert!(failure.trace.to_string().contains("fault: #1 dies"));
//! ```
//!
//! | fault | what happens | in the trace |
//! |---|---|---|
//! | [`deaths`](Faults::deaths) | an isolate stops at any step, without a word; the platform tells its exit listeners | `fault: #1 dies` |
//! | [`failed_starts`](Faults::failed_starts) | a worker does not start | `fault: the start of an isolate by #0 fails` |
//! | [`silent_starts`](Faults::silent_starts) | a worker does not answer; the start fails after [`START_LIMIT`] | `fault: the start of an isolate by #0 gets no answer` |
//! | [`missing_threads`](Faults::missing_threads) | there is no thread or worker: the start fails at once | `fault: no thread for an isolate that #0 starts` |
//! | [`late_messages`](Faults::late_messages) | time passes before the events of one isolate arrive at another, in their order | `fault: #1 -> #0 is late until 8ms` |
//! | [`clock_jumps`](Faults::clock_jumps) | timers are due although something else could happen first | `fault: the clock jumps to 4s` |
//!
//! Each run leaves out some of the kinds, and has the others often or seldom. The host never dies. No fault comes
//! after the future is complete. The destructors of a dead isolate run when the run ends, and reach no isolate.
//!
//! A death is that of a worker. A handle that an isolate made and handed to another with [`Moved`], as only threads can,
//! does not outlive it. A task of such a handle may never complete.
//!
//! # Threads or workers
//! The functions of this module simulate threads, those of [`web_like`] Web Workers:
//!
//! | | threads | [`web_like`] |
//! |---|---|---|
//! | `spawn`, `run`, `Moved` | yes | `Unsupported` |
//! | `compute` | in an isolate | on the caller's event loop |
//! | the outcome of a start is known | at once | when the new isolate's first message arrives |
//! | blocking calls | yes | a call that has to wait panics |
//! | faults of a start | no thread | no worker, a failure, no answer |
//!
//! Both encode every message, so that a test finds a message that a worker could not receive.
//!
//! # Limits
//! * Only what comes from the seed can be replayed. A real clock, the order of a hash map and other
//!   threads do not come from it. A waker that another thread calls wakes nothing.
//! * One isolate runs at a time. A loop that never returns and never checks for control hangs the
//!   run, and no isolate can kill it.
//! * Each isolate is a thread, since it may have to wait in the middle of an event. The thread runs
//!   only when it is the isolate's turn.
#![forbid(unsafe_code)]

mod blocking;
mod chances;
mod failure;
mod fault;
mod faults;
mod here;
mod host;
mod in_flight;
mod isolate_id;
mod isolate_state;
mod isolate_thread;
mod likeness;
mod limits;
mod mailbox;
mod parcel;
mod picture;
mod report;
mod run;
mod scheduler;
mod seeds;
mod setting;
mod sim;
mod spawner;
mod starts;
mod state;
mod steps;
mod tell;
mod turn;
pub mod web_like;
mod world;

use std::ops::Range;

use insula_core::AppResult;

use setting::Setting;

pub use failure::Failure;
pub use fault::Fault;
pub use faults::Faults;
pub use isolate_id::IsolateId;
pub use limits::{SETTLE_LIMIT, START_LIMIT, STEP_LIMIT};
pub use report::{Report, Waiting};
pub use run::Run;
pub use seeds::seeds;
pub use steps::{Cargo, Outcome, Step, Trace};

/// The examples of the page on tests, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/testing.md")]
struct Testing;

insula_core::face! {
    Sim, blocking, platform {
        pub use crate::{
            Sim,
            mailbox::{Inbox, Mailbox},
            parcel::Parcel,
        };

        /// An event loop of this platform.
        ///
        /// ```
        /// insula_sim::block_on(async {
        ///     let here = insula_sim::platform::EventLoop::current();
        ///     assert_eq!(here.handle(), insula_sim::Isolate::current());
        /// });
        /// ```
        pub type EventLoop = insula_core::EventLoop<Sim>;
    }
}

const THREADS: Setting = Setting::threads(Faults::none());

/// The simulated platform. A run is like threads, or like Web Workers: see [`web_like`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sim;

/// Runs `future` on the host of a new world until it completes, in the interleaving that `seed`
/// stands for.
///
/// ```
/// use std::time::Duration;
///
/// let run = insula_sim::run(7, async {
///     insula_sim::sleep(Duration::from_secs(3600)).await;
///     insula_sim::compute(|n: u32| n + 1, 6).await.unwrap()
/// });
/// assert_eq!(run.value, 7);
/// assert_eq!(run.elapsed, Duration::from_secs(3600));
/// assert!(run.left.is_empty());
/// println!("{}", run.trace);
/// ```
///
/// # Panics
/// When `future` does; when nothing can wake it any more (`deadlock: nothing can wake …`); when the
/// run reaches [`STEP_LIMIT`]; inside a run. The seed and the last steps are printed before.
pub fn run<F: Future<Output: 'static> + 'static>(seed: u64, future: F) -> Run<F::Output> {
    run::run(THREADS, seed, future)
}

/// As [`run()`], but returns the failure and prints nothing. The panic hook prints the message of a
/// panic all the same.
///
/// ```
/// let failure = insula_sim::try_run(5, async {
///     insula_sim::ReceivePort::<u32>::new().next().await // no sender is left
/// });
/// assert_eq!(failure.unwrap_err().seed, 5);
/// ```
///
/// # Errors
/// The future panicked, nothing could wake it any more, or it had no end.
///
/// # Panics
/// Inside a run.
pub fn try_run<F: Future<Output: 'static> + 'static>(
    seed: u64,
    future: F,
) -> Result<Run<F::Output>, Failure> {
    run::try_run(THREADS, seed, future)
}

/// Runs the same program once with each seed, and stops at the first that fails.
///
/// The failing seed is printed. `INSULA_SEED=n` runs seed n alone, to replay it; `INSULA_SEEDS=n`
/// runs n seeds instead of as many as `seeds` has.
///
/// ```
/// insula_sim::check(0..50, || async {
///     assert_eq!(insula_sim::compute(|n: u32| n * 2, 4).await, Ok(8));
/// });
/// ```
///
/// # Panics
/// As [`run()`], and when one of the two variables is no number.
pub fn check<F: Future<Output: 'static> + 'static>(seeds: Range<u64>, program: impl Fn() -> F) {
    seeds::check(THREADS, seeds, program);
}

/// Runs an application in a simulation: the portable entry point.
///
/// The seed is `INSULA_SEED`, or 0. A failure is printed and ends the process with status 1.
///
/// ```
/// async fn app() -> Result<(), insula_sim::TaskError> {
///     assert_eq!(insula_sim::compute(|n: u32| n + 1, 1).await?, 2);
///     Ok(())
/// }
///
/// fn main() {
///     insula_sim::main(app)
/// }
/// ```
///
/// # Panics
/// As [`run()`].
pub fn main<F: Future<Output: AppResult + 'static> + 'static>(app: impl FnOnce() -> F + 'static) {
    seeds::main(THREADS, app);
}

/// Runs `future` in a simulation and returns its value. Errors that no listener heard are printed.
/// The seed is `INSULA_SEED`, or 0.
///
/// ```
/// let sum = insula_sim::block_on(async { insula_sim::compute(|n: u32| n + 1, 1).await });
/// assert_eq!(sum, Ok(2));
/// ```
///
/// # Panics
/// As [`run()`].
pub fn block_on<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
    seeds::block_on(THREADS, future)
}

/// As [`run()`], with faults.
///
/// ```
/// use insula_sim::{Faults, compute, run_with};
///
/// let run = run_with(Faults::all(), 7, async { compute(|n: u32| n + 1, 6).await });
/// assert!(run.value.is_err() || run.value == Ok(7));
/// println!("{}", run.trace); // names each fault
/// ```
///
/// # Panics
/// As [`run()`].
pub fn run_with<F: Future<Output: 'static> + 'static>(
    faults: Faults,
    seed: u64,
    future: F,
) -> Run<F::Output> {
    run::run(Setting::threads(faults), seed, future)
}

/// As [`try_run`], with faults.
///
/// ```
/// use insula_sim::{Faults, Isolate, ReceivePort, try_run_with};
///
/// // The isolate may die before it answers, and nothing tells the host: a bug that faults find.
/// let waits_in_vain = |seed| {
///     let run = try_run_with(Faults::none().deaths(true), seed, async {
///         let mut answer = ReceivePort::new();
///         let to = answer.send_port();
///         Isolate::spawn(move |()| drop(to.send(5)), ()).await.unwrap();
///         answer.next().await
///     });
///     run.is_err()
/// };
/// assert!((0..200).any(waits_in_vain));
/// ```
///
/// # Errors
/// As [`try_run`].
///
/// # Panics
/// Inside a run.
pub fn try_run_with<F: Future<Output: 'static> + 'static>(
    faults: Faults,
    seed: u64,
    future: F,
) -> Result<Run<F::Output>, Failure> {
    run::try_run(Setting::threads(faults), seed, future)
}

/// As [`check`], with faults. The same seed has the same faults.
///
/// ```
/// use insula_sim::{Faults, check_with, compute};
///
/// check_with(Faults::all(), 0..50, || async {
///     if let Ok(n) = compute(|n: u32| n * 2, 4).await {
///         assert_eq!(n, 8);
///     }
/// });
/// ```
///
/// # Panics
/// As [`check`].
pub fn check_with<F: Future<Output: 'static> + 'static>(
    faults: Faults,
    seeds: Range<u64>,
    program: impl Fn() -> F,
) {
    seeds::check(Setting::threads(faults), seeds, program);
}
