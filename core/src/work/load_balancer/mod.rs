//! [`LoadBalancer`]: several runners, of which the least loaded gets the next job.
//!
//! The algorithm is `package:isolate`'s, ties included: a binary min-heap of loads; work is handed
//! out at once, there is no queue. A runner that is lost is replaced, with load 0, before it is
//! given another job.

mod heap;
mod options;
mod replacing;

use std::{fmt, sync::Arc};

use crate::{
    IsolateRunner, Message, OutOfRange, Platform, RemoteError, Runner, SpawnError, Task, TaskError,
    sync::Mutex,
    task::{Lighten, Load},
    work::{
        any_runner::runner_by_own_methods,
        job::{Job, Packed, TakeJob},
        restarts::{Failures, Policy},
    },
};

use replacing::start_runner;

pub use options::{OnSeveral, WithLoad};

/// The load of a job that does not say otherwise.
const DEFAULT_LOAD: u64 = 100;

/// A pool of runners that gives each job to the least loaded of them. Dropping the last handle closes them.
///
/// ```
/// use insula::LoadBalancer;
/// # insula::main(async || {
/// let balancer = LoadBalancer::spawn(insula::cores()).await?;
/// let squares: Vec<_> = (1..=3).map(|n| balancer.run(|n: u64| n * n, n)).collect();
/// for (n, square) in (1..).zip(squares) {
///     assert_eq!(square.await?, n * n);
/// }
/// balancer.close().await?;
/// assert!(balancer.is_empty());
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`LoadBalancer`](https://pub.dev/documentation/isolate/latest/isolate.load_balancer/LoadBalancer-class.html).
pub struct LoadBalancer<P: Platform> {
    shared: Arc<Mutex<Shared<P>>>,
}

struct Shared<P: Platform> {
    /// A min-heap by load; entries are named by their slot.
    heap: Vec<usize>,
    slots: Vec<Slot<P>>,
    /// Whether runners end with the isolate that starts them.
    linked: bool,
    /// What to do about replacements that do not start.
    restarts: Policy,
}

struct Slot<P: Platform> {
    runner: Place<P>,
    /// Wider than what is added to it, so that no sum of loads overflows.
    load: u128,
    /// Where the heap has this slot.
    position: usize,
    /// Counts replacements, so that a job of the lost runner does not lighten its successor.
    generation: u64,
    /// Replacements that did not start, in a row.
    failures: Failures,
}

enum Place<P: Platform> {
    Ready(IsolateRunner<P>),
    /// A replacement is starting, or will be; these wait for it.
    Starting(Vec<Waiting<P>>),
    /// Too many replacements did not start; the next job has one more tried.
    Vacant,
}

/// The most runners that a balancer can be asked for: more than any platform can start.
const MOST: usize = 1 << 16;

/// A job that waits for its runner to start.
type Waiting<P> = Box<dyn FnOnce(Result<IsolateRunner<P>, TaskError>) + Send>;

impl<P: Platform> LoadBalancer<P> {
    /// Starts `size` runners; completes when all take work.
    ///
    /// # Errors
    /// The first failure; the runners that did start are closed.
    pub fn spawn(size: usize) -> Task<P, Self, SpawnError> {
        Self::start(size, false)
    }

    /// As [`spawn`](Self::spawn), with runners that end with the isolate that starts them.
    pub(in crate::work) fn spawn_linked(size: usize) -> Task<P, Self, SpawnError> {
        Self::start(size, true)
    }

    fn start(size: usize, linked: bool) -> Task<P, Self, SpawnError> {
        if size == 0 {
            return Task::ready(Ok(Self::made_of([], linked)));
        }
        if size > MOST {
            return Task::ready(Err(SpawnError::Failed(RemoteError::new(
                format!("a balancer has at most {MOST} runners, and not {size}"),
                "",
            ))));
        }
        let mut starting = Vec::new();
        for index in 0..size {
            let runner = start_runner(index, linked);
            let has_failed = runner.has_failed();
            starting.push(runner);
            if has_failed {
                break;
            }
        }
        Task::gather(starting)
            .map(move |runners| runners.map(|runners| Self::made_of(runners, linked)))
    }

    /// A balancer over runners that exist.
    ///
    /// ```
    /// use insula::{IsolateRunner, LoadBalancer};
    /// # insula::main(async || {
    /// let parser = IsolateRunner::builder().debug_name("parser").spawn().await?;
    /// let balancer = LoadBalancer::of([parser.clone()]);
    /// assert_eq!(balancer.len(), 1);
    /// assert_eq!(balancer.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn of(runners: impl IntoIterator<Item = IsolateRunner<P>>) -> Self {
        Self::made_of(runners, false)
    }

    fn made_of(runners: impl IntoIterator<Item = IsolateRunner<P>>, linked: bool) -> Self {
        let slots: Vec<_> = runners
            .into_iter()
            .enumerate()
            .map(|(position, runner)| Slot {
                runner: Place::Ready(runner),
                load: 0,
                position,
                generation: 0,
                failures: Failures::default(),
            })
            .collect();
        let heap = (0..slots.len()).collect();
        Self {
            shared: Arc::new(Mutex::new(Shared {
                heap,
                slots,
                linked,
                restarts: Policy::default(),
            })),
        }
    }

    /// How many runners there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.lock().heap.len()
    }

    /// Whether there is no runner: the balancer is closed, or was made of none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `function(argument)` on the least loaded runner, which counts as 100 more loaded until the task has its
    /// outcome; [`with_load`](Self::with_load) says otherwise.
    ///
    /// ```
    /// use insula::LoadBalancer;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let (a, b) = (balancer.run(|n: u32| n + 1, 1), balancer.run(|n: u32| n + 1, 2)); // one each
    /// assert_eq!((a.await?, b.await?), (2, 3));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`IsolateRunner::run`]; `Closed` after [`close`](Self::close).
    pub fn run<M: Message, R: Message>(&self, function: fn(M) -> R, argument: M) -> Task<P, R> {
        self.with_load(DEFAULT_LOAD).run(function, argument)
    }

    /// As [`run`](Self::run), for a function that awaits; see [`IsolateRunner::run_async`].
    ///
    /// ```
    /// use insula::LoadBalancer;
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let wait = |milliseconds: u64| insula::sleep(Duration::from_millis(milliseconds));
    /// balancer.run_async(wait, 5).await?;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R> {
        self.with_load(DEFAULT_LOAD).run_async(function, argument)
    }

    /// Closes every runner: they take no more work, and end when what they have is done.
    ///
    /// ```
    /// use insula::{LoadBalancer, TaskError};
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// balancer.close().await?;
    /// assert_eq!(balancer.run(|n: u32| n, 1).await, Err(TaskError::Closed));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// A runner was lost before it had acknowledged.
    pub fn close(&self) -> Task<P, ()> {
        let closing = self.take_runners().into_iter().map(|runner| runner.close());
        Task::gather(closing).map(|closed| closed.map(|_| ()))
    }

    /// The same balancer, whose jobs count as `load` instead of 100.
    ///
    /// ```
    /// use insula::{Isolate, LoadBalancer};
    /// # insula::main(async || {
    /// fn place((): ()) -> Option<String> {
    ///     Isolate::current().debug_name().map(str::to_owned)
    /// }
    ///
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let large = balancer.with_load(300).run(place, ());
    /// let small: Vec<_> = (0..3).map(|_| balancer.run(place, ())).collect(); // they go to the other
    /// assert_eq!(large.await?.as_deref(), Some("runner 0"));
    /// # let _ = small;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn with_load(&self, load: u64) -> WithLoad<P> {
        WithLoad {
            balancer: self.clone(),
            load,
        }
    }

    /// The same balancer, which runs each call on its `count` least loaded runners.
    ///
    /// ```
    /// use insula::LoadBalancer;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(3).await?;
    /// let twice = balancer.on(2).run(|text: String| text.len(), "same".to_owned())?;
    /// for length in twice {
    ///     assert_eq!(length.await?, 4);
    /// }
    /// let heavy = balancer.with_load(300).on(3).run(|n: u32| n + 1, 1)?;
    /// # drop(heavy);
    /// assert!(balancer.on(4).run(|n: u32| n, 1).is_err(), "there are only three");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    #[must_use]
    pub fn on(&self, count: usize) -> OnSeveral<P> {
        self.with_load(DEFAULT_LOAD).on(count)
    }

    /// Takes every runner out. Jobs that wait for one fail with `Closed`.
    pub(in crate::work) fn take_runners(&self) -> Vec<IsolateRunner<P>> {
        let slots = {
            let mut shared = self.shared.lock();
            shared.heap.clear();
            std::mem::take(&mut shared.slots)
        };
        let mut runners = Vec::new();
        for slot in slots {
            match slot.runner {
                Place::Ready(runner) => runners.push(runner),
                Place::Starting(waiting) => {
                    for waiting in waiting {
                        waiting(Err(TaskError::Closed));
                    }
                }
                Place::Vacant => {}
            }
        }
        runners
    }

    fn place_multiple<R: Message>(
        &self,
        count: usize,
        load: u64,
        call: impl Fn() -> Packed<P>,
    ) -> Result<Vec<Task<P, R>>, OutOfRange> {
        let most = self.len();
        if !(1..=most).contains(&count) {
            return Err(OutOfRange {
                what: "the number of runners",
                given: count,
                most,
            });
        }
        // Before any runner counts as loaded: a clone of the argument may panic.
        let calls: Vec<_> = (0..count).map(|_| call()).collect();
        let chosen: Vec<_> = {
            let mut shared = self.shared.lock();
            if shared.heap.len() < count {
                // It was closed meanwhile.
                Vec::new()
            } else {
                let slots = shared.choose(count, load);
                slots
                    .into_iter()
                    .map(|slot| shared.choice(slot, load))
                    .collect()
            }
        };
        let mut chosen = chosen.into_iter();
        Ok(calls
            .into_iter()
            .map(|call| Job::give(call, &mut |job| self.place(chosen.next(), load, job)))
            .collect())
    }

    /// Places a job on the least loaded runner.
    fn place_first<R: Message>(&self, load: u64, call: Packed<P>) -> Task<P, R> {
        Job::give(call, &mut |job| {
            self.place(self.choose_first(load), load, job);
        })
    }

    fn choose_first(&self, load: u64) -> Option<Choice<P>> {
        let mut shared = self.shared.lock();
        (!shared.heap.is_empty()).then(|| {
            let slot = shared.add_to_first(load);
            shared.choice(slot, load)
        })
    }

    /// Gives a job to the chosen runner; fails it when the balancer is closed. Without a job the choice is taken back.
    fn place(&self, choice: Option<Choice<P>>, load: u64, job: Option<Job<P>>) {
        let Some(choice) = choice else {
            if let Some(job) = job {
                job.fail(TaskError::Closed);
            }
            return;
        };
        let slot = choice.slot;
        let load = Load {
            slot,
            generation: choice.generation,
            weight: load,
        };
        match job {
            Some(job) => {
                job.weighs(self.shared.clone(), load);
                match choice.runner {
                    Some(runner) => runner.submit(job),
                    None => self.wait_for(slot, job),
                }
            }
            None => self.shared.lighten(load),
        }
        if let Some(linked) = choice.replaces {
            drop(self.start_again(slot, linked));
        }
    }
}

impl<P: Platform> Lighten for Mutex<Shared<P>> {
    fn lighten(&self, load: Load) {
        self.lock().release(load);
    }
}

/// A slot that was chosen for a job, with all that must not change before the job is placed.
struct Choice<P: Platform> {
    slot: usize,
    generation: u64,
    /// The runner; none when it is starting.
    runner: Option<IsolateRunner<P>>,
    /// This job has found the runner lost, and so has a new one started: whether that is linked.
    replaces: Option<bool>,
}

impl<P: Platform> Shared<P> {
    /// Settles on a slot whose load was raised already. A lost runner's loads go with it.
    fn choice(&mut self, slot: usize, load: u64) -> Choice<P> {
        let replaces = match &self.slots[slot].runner {
            Place::Ready(runner) => runner.is_lost(),
            Place::Starting(_) => false,
            Place::Vacant => true,
        };
        if replaces {
            self.slots[slot].runner = Place::Starting(Vec::new());
            self.reset(slot, load);
        }
        let entry = &self.slots[slot];
        Choice {
            slot,
            generation: entry.generation,
            runner: match &entry.runner {
                Place::Ready(runner) => Some(runner.clone()),
                Place::Starting(_) | Place::Vacant => None,
            },
            replaces: replaces.then_some(self.linked),
        }
    }
}

impl<P: Platform> Runner for LoadBalancer<P> {
    runner_by_own_methods!();
}

/// A clone is another handle to the same runners.
/// A pool of `compute`.
impl<P: Platform> TakeJob<P> for LoadBalancer<P> {
    fn take(&self, job: Job<P>) {
        self.place(self.choose_first(DEFAULT_LOAD), DEFAULT_LOAD, Some(job));
    }

    fn is_over(&self) -> bool {
        self.is_empty()
    }
}

impl<P: Platform> Clone for LoadBalancer<P> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<P: Platform> fmt::Debug for LoadBalancer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadBalancer")
            .field("len", &self.len())
            .finish()
    }
}
