//! A simulated platform for insula: a virtual clock, and a seed that decides every interleaving.
//!
//! Tests of concurrent code fail now and then. Here they fail with a number: [`run`] drives a future
//! and all its isolates, one step at a time, and the seed alone decides which of the possible steps
//! comes next. The same seed gives the same steps again; [`check`] tries many seeds and names the
//! one that fails.
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
//! # What a step is
//! The generator picks uniformly among everything that can happen:
//!
//! * an isolate takes a turn: it handles one event, with its microtasks. One that has nothing to do
//!   takes none before something arrives or its next timer is due. One that looks for control in the
//!   middle of an event, at a `checkpoint` or between microtasks, sometimes has to wait there, so
//!   that a kill or a ping can find it busy;
//! * a message arrives. Between each two isolates there is one link, in which events keep their
//!   order (M1); control messages keep theirs and may overtake events, events never overtake
//!   control. When something arrives is free. What an isolate posts to itself is there at once;
//! * when nothing of this is possible, the clock advances to the next deadline. Code takes no time,
//!   a virtual hour takes no real one, and a timeout fires only when nothing else can happen.
//!
//! Nothing can happen and the future is not complete: that is a deadlock, and the run panics with a
//! list of who waits for what. So does a run that reaches [`STEP_LIMIT`].
//!
//! When the future is complete the rest goes on for a while, without time passing, and then the
//! world is taken down: isolates end as if they were killed, destructors run, nothing is left for
//! the next run. What was still alive stands in [`Run::left`], what nobody listened to in
//! [`Run::reports`].
//!
//! # Two platforms
//! | | [`Sim`] | [`SimWeb`] (face: [`web_like`]) |
//! |---|---|---|
//! | like | threads | Web Workers |
//! | `spawn`, `run`, `Moved` | yes | `Unsupported` |
//! | `compute` | an isolate | the caller's event loop |
//! | a start is answered | at once | by the new isolate's first message |
//! | blocking calls | yes | no |
//!
//! Both encode every message. One isolate runs at a time. As it may have to wait in the middle of an
//! event, each has a stack of its own: a thread that runs when it is its turn and at no other time.
//!
//! Neither can kill an isolate at once (`CAN_KILL_AT_ONCE`): while code runs that never returns,
//! nobody else does who could ask for its end. Such code hangs a run, as it would hang a thread.
//!
//! # What can't be replayed
//! What does not come from the seed: a real clock, a hash map's order of iteration, other threads.
//! A waker that another thread calls reaches nobody.
//!
//! | file | what |
//! |---|---|
//! | `run.rs` | runs: one seed, or many |
//! | `scheduler.rs` | what happens next |
//! | `world.rs`, `state.rs`, `link.rs` | who lives, what is on its way, and the choice |
//! | `seat.rs` | where an isolate's code runs |
//! | `mailbox.rs`, `parcel.rs`, `spawner.rs`, `clock.rs` | the contract, as on every platform |
//! | `here.rs` | a thread's place in a world |
//! | `trace.rs` | what happened, as text |
#![forbid(unsafe_code)]

mod clock;
mod here;
mod link;
mod mailbox;
mod parcel;
mod run;
mod scheduler;
mod seat;
mod spawner;
mod state;
mod trace;
pub mod web_like;
mod world;

use std::{
    cell::RefCell, fmt::Debug, hash::Hash, marker::PhantomData, ops::Range, rc::Rc, sync::Arc,
    task::Waker, thread::LocalKey, time::Duration,
};

use insula_core::{
    AppResult, Blocking, Host, Platform,
    contract::{Code, ComputeOn, Deliver, Launch, Started},
    in_memory::InMemory,
};

use here::{Here, OUTSIDE};

pub use mailbox::{Inbox, Mailbox};
pub use parcel::Parcel;
pub use run::{Failure, Run};
pub use scheduler::{SETTLE_LIMIT, STEP_LIMIT};
pub use trace::{Cargo, Number, Outcome, Step, Trace};
pub use world::{Report, Waiting};

insula_core::face!(Sim, blocking);

/// The simulated platform with everything: like threads.
pub type Sim = Simulated<Threads>;

/// The simulated platform that is like the web: isolates share nothing, and nobody can block.
pub type SimWeb = Simulated<Workers>;

/// A simulated platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Simulated<K>(PhantomData<fn() -> K>);

/// What a simulated platform is like: [`Threads`] or [`Workers`]. Sealed.
pub trait Kind: sealed::Places + Copy + Debug + Eq + Hash + Send + Sync + 'static {
    /// The platform's name.
    const NAME: &'static str;
    /// Whether it is like the web.
    const WEB_LIKE: bool;
}

/// Isolates that share memory, as threads do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Threads;

/// Isolates that share nothing, as Web Workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Workers;

impl Kind for Threads {
    const NAME: &'static str = "sim";
    const WEB_LIKE: bool = false;
}

impl Kind for Workers {
    const NAME: &'static str = "sim, web-like";
    const WEB_LIKE: bool = true;
}

mod sealed {
    use super::{Here, LocalKey, Rc, RefCell, Threads, Workers};

    /// Thread-locals, which can't be generic.
    pub trait Places: Sized {
        fn here() -> &'static LocalKey<RefCell<Option<Rc<Here<Self>>>>>
        where
            Self: super::Kind;
    }

    thread_local! {
        static HERE: RefCell<Option<Rc<Here<Threads>>>> = const { RefCell::new(None) };
        static WEB_HERE: RefCell<Option<Rc<Here<Workers>>>> = const { RefCell::new(None) };
    }

    impl Places for Threads {
        fn here() -> &'static LocalKey<RefCell<Option<Rc<Here<Self>>>>> {
            &HERE
        }
    }

    impl Places for Workers {
        fn here() -> &'static LocalKey<RefCell<Option<Rc<Here<Self>>>>> {
            &WEB_HERE
        }
    }
}

impl<K: Kind> Platform for Simulated<K> {
    const NAME: &'static str = K::NAME;
    const CAN_SPAWN: bool = !K::WEB_LIKE;
    const CAN_KILL_AT_ONCE: bool = false;
    const CATCHES_PANICS: bool = cfg!(panic = "unwind");
    const COMPUTE_ON: ComputeOn = if K::WEB_LIKE {
        ComputeOn::EventLoop
    } else {
        ComputeOn::Isolate
    };
    const SIMULATES_TIME: bool = true;
    const SPAWN_UNSUPPORTED: &'static str = if K::WEB_LIKE {
        "an isolate here is a Web Worker, which starts from code, not from this heap: use `Isolate::spawn_uri`, `IsolateRunner` or `LoadBalancer`"
    } else {
        ""
    };

    type Mailbox = Mailbox<K>;
    type Inbox = Inbox<K>;
    type Parcel = Parcel;
    type Carrier = InMemory;

    fn host() -> (Arc<Host<Self>>, Mailbox<K>, Inbox<K>) {
        scheduler::nowhere(&Here::<K>::get().expect(OUTSIDE))
    }

    fn start(launch: Launch<Self>, code: Code<Self>, started: Started<Self>) {
        spawner::start(launch, code, started);
    }

    fn direct_mailbox(_: Arc<dyn Deliver<Self>>) -> Option<Mailbox<K>> {
        None
    }

    fn pack<M: Message>(message: M) -> Result<Parcel, (EncodeError, M)> {
        Parcel::pack::<K, _>(message)
    }

    fn unpack<M: Message>(parcel: Parcel) -> Result<M, DecodeError> {
        parcel.unpack()
    }

    fn now() -> Duration {
        clock::now::<K>()
    }

    fn random() -> u128 {
        clock::random::<K>()
    }

    fn next_frame() -> impl Future<Output = ()> {
        insula_core::sleep::<Self>(Duration::ZERO)
    }

    fn cores() -> usize {
        4
    }

    fn report(isolate: &str, error: &RemoteError) {
        if let Some(here) = Here::<K>::get() {
            here.world.report(isolate, error);
        }
    }
}

impl Blocking for Sim {
    fn wait(_: &mut Inbox<Threads>, deadline: Option<Duration>) {
        clock::wait::<Threads>(deadline);
    }

    fn park(ready: &mut dyn FnMut(&Waker) -> bool, deadline: Option<Duration>) -> bool {
        clock::park(ready, deadline)
    }
}

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
    Sim::run(seed, future)
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
/// As [`run`], and when one of the two variables is no number.
pub fn check<F: Future<Output: 'static> + 'static>(seeds: Range<u64>, program: impl Fn() -> F) {
    Sim::check(seeds, program);
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
/// As [`run`].
pub fn main<F: Future<Output: AppResult + 'static> + 'static>(app: impl FnOnce() -> F + 'static) {
    Sim::main(app);
}

/// Runs `future` in a simulation and gives back its value; errors that nobody listened to are
/// printed. The seed is `INSULA_SEED`, or 0.
///
/// ```
/// let sum = insula_sim::block_on(async { insula_sim::compute(|n: u32| n + 1, 1).await });
/// assert_eq!(sum, Ok(2));
/// ```
///
/// # Panics
/// As [`run`].
pub fn block_on<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
    Sim::block_on(future)
}
