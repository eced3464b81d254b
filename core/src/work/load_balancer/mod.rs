//! [`LoadBalancer`]: several runners, of which the least loaded gets the next job.
//!
//! The algorithm is `package:isolate`'s, ties included: a binary min-heap of loads; work is handed
//! out at once, there is no queue. A runner that is lost is replaced, with load 0, before it is
//! given another job.

mod heap;

use std::{fmt, sync::Arc};

use crate::{
    IsolateRunner, Message, OutOfRange, Platform, RemoteError, Runner, SpawnError, Task, TaskError,
    sync::Mutex,
    work::job::{Job, Packed},
};

/// The load of a job that does not say otherwise.
const DEFAULT_LOAD: u64 = 100;

/// A pool of runners that gives each job to the least loaded of them.
///
/// ```
/// use insula::{LoadBalancer, Runner};
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
}

struct Slot<P: Platform> {
    runner: Place<P>,
    /// Wider than what is added to it, so that no sum of loads overflows.
    load: u128,
    /// Where the heap has this slot.
    position: usize,
    /// Counts replacements, so that a job of the lost runner does not lighten its successor.
    generation: u64,
}

enum Place<P: Platform> {
    Ready(IsolateRunner<P>),
    /// A replacement is starting; these wait for it.
    Starting(Vec<Waiting<P>>),
    /// The last replacement did not start; the next job tries again.
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
        if size == 0 {
            return Task::ready(Ok(Self::of([])));
        }
        if size > MOST {
            return Task::ready(Err(SpawnError::Failed(RemoteError::new(
                format!("a balancer has at most {MOST} runners, and not {size}"),
                "",
            ))));
        }
        let mut starting = Vec::new();
        for index in 0..size {
            let name = format!("runner {index}");
            let runner = IsolateRunner::<P>::builder().debug_name(name).spawn();
            let has_failed = runner.has_failed();
            starting.push(runner);
            if has_failed {
                break;
            }
        }
        Task::gather(starting).map(|runners| runners.map(Self::of))
    }

    /// A balancer over runners that exist.
    ///
    /// ```
    /// use insula::{IsolateRunner, LoadBalancer, Runner};
    /// # insula::main(async || {
    /// let parser = IsolateRunner::builder().debug_name("parser").spawn().await?;
    /// let balancer = LoadBalancer::of([parser.clone()]);
    /// assert_eq!(balancer.len(), 1);
    /// assert_eq!(balancer.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn of(runners: impl IntoIterator<Item = IsolateRunner<P>>) -> Self {
        let slots: Vec<_> = runners
            .into_iter()
            .enumerate()
            .map(|(position, runner)| Slot {
                runner: Place::Ready(runner),
                load: 0,
                position,
                generation: 0,
            })
            .collect();
        let heap = (0..slots.len()).collect();
        Self {
            shared: Arc::new(Mutex::new(Shared { heap, slots })),
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

    /// Runs `function(argument)` on the least loaded runner, which counts as `load` more loaded until
    /// the task has its outcome.
    ///
    /// ```
    /// use insula::{Isolate, LoadBalancer};
    /// # insula::main(async || {
    /// fn place((): ()) -> Option<String> {
    ///     Isolate::current().debug_name().map(str::to_owned)
    /// }
    ///
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let large = balancer.run_with_load(300, place, ());
    /// let small: Vec<_> = (0..3).map(|_| balancer.run_with_load(100, place, ())).collect();
    /// assert_eq!(large.await?.as_deref(), Some("runner 0"));
    /// # let _ = small;
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Runner::run`]; `Closed` after [`close`](Runner::close).
    pub fn run_with_load<M: Message, R: Message>(
        &self,
        load: u64,
        function: fn(M) -> R,
        argument: M,
    ) -> Task<P, R> {
        self.place_first(load, Job::new(function, argument))
    }

    /// As [`run_with_load`](Self::run_with_load), for a function that awaits.
    ///
    /// ```
    /// use insula::LoadBalancer;
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let wait = |milliseconds: u64| insula::sleep(Duration::from_millis(milliseconds));
    /// balancer.run_async_with_load(1, wait, 5).await?; // it waits more than it works
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`run_with_load`](Self::run_with_load).
    pub fn run_async_with_load<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        load: u64,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R> {
        self.place_first(load, Job::new_async(function, argument))
    }

    /// Runs the same call on the `count` least loaded runners, all different.
    ///
    /// The tasks come in Dart's order: the most loaded of the chosen first, unless all are chosen.
    ///
    /// ```
    /// use insula::LoadBalancer;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(3).await?;
    /// let twice = balancer.run_multiple(2, 100, |text: String| text.len(), "same".to_owned())?;
    /// for length in twice {
    ///     assert_eq!(length.await?, 4);
    /// }
    /// assert!(balancer.run_multiple(4, 100, |n: u32| n, 1).is_err(), "there are only three");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// When `count` is 0 or greater than [`len`](Self::len); each task as
    /// [`run_with_load`](Self::run_with_load).
    pub fn run_multiple<M: Message + Clone, R: Message>(
        &self,
        count: usize,
        load: u64,
        function: fn(M) -> R,
        argument: M,
    ) -> Result<Vec<Task<P, R>>, OutOfRange> {
        self.place_multiple(count, load, || Job::new(function, argument.clone()))
    }

    /// As [`run_multiple`](Self::run_multiple), for a function that awaits.
    ///
    /// ```
    /// use insula::LoadBalancer;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let both = balancer.run_multiple_async(2, 100, |n: u32| async move { n + 1 }, 1)?;
    /// for one in both {
    ///     assert_eq!(one.await?, 2);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`run_multiple`](Self::run_multiple).
    pub fn run_multiple_async<M: Message + Clone, R: Message, F: Future<Output = R> + 'static>(
        &self,
        count: usize,
        load: u64,
        function: fn(M) -> F,
        argument: M,
    ) -> Result<Vec<Task<P, R>>, OutOfRange> {
        self.place_multiple(count, load, || Job::new_async(function, argument.clone()))
    }

    fn place_multiple<R: Message>(
        &self,
        count: usize,
        load: u64,
        job: impl Fn() -> Packed<P, R>,
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
        let jobs: Vec<_> = (0..count).map(|_| job()).collect();
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
        Ok(jobs
            .into_iter()
            .map(|job| self.place(chosen.next(), load, job))
            .collect())
    }

    fn place_first<R: Message>(&self, load: u64, job: Packed<P, R>) -> Task<P, R> {
        let choice = {
            let mut shared = self.shared.lock();
            (!shared.heap.is_empty()).then(|| {
                let slot = shared.add_to_first(load);
                shared.choice(slot, load)
            })
        };
        self.place(choice, load, job)
    }

    /// Gives a job to the slot that was chosen for it, if there was any.
    fn place<R: Message>(
        &self,
        choice: Option<Choice<P>>,
        load: u64,
        job: Packed<P, R>,
    ) -> Task<P, R> {
        let Some(choice) = choice else {
            return Task::ready(Err(TaskError::Closed));
        };
        let (slot, generation) = (choice.slot, choice.generation);
        let task = match job {
            Ok((job, task)) => {
                let releasing = self.shared.clone();
                job.when_done(move || releasing.lock().release(slot, generation, load));
                match choice.runner {
                    Some(runner) => runner.submit(job),
                    None => self.wait_for(slot, job),
                }
                task
            }
            Err(error) => {
                self.shared.lock().release(slot, generation, load);
                Task::ready(Err(error))
            }
        };
        if choice.replaces {
            self.replace(slot);
        }
        task
    }

    /// Gives a job to a runner that is starting.
    fn wait_for<R: Message>(&self, slot: usize, job: Job<P, R>) {
        let give = move |outcome: Result<IsolateRunner<P>, TaskError>| match outcome {
            Ok(runner) => runner.submit(job),
            Err(error) => job.fail(error),
        };
        let outcome = {
            let mut shared = self.shared.lock();
            match shared.slots.get_mut(slot).map(|slot| &mut slot.runner) {
                Some(Place::Starting(waiting)) => return waiting.push(Box::new(give)),
                Some(Place::Ready(runner)) => Ok(runner.clone()),
                Some(Place::Vacant) => Err(TaskError::IsolateLost {
                    cause: Some(RemoteError::new("its replacement did not start", "")),
                }),
                None => Err(TaskError::Closed),
            }
        };
        give(outcome);
    }

    fn replace(&self, slot: usize) {
        let shared = self.shared.clone();
        IsolateRunner::<P>::builder()
            .debug_name(format!("runner {slot}"))
            .spawn()
            .then(move |outcome| {
                let waiting = {
                    let mut shared = shared.lock();
                    // When the balancer was closed meanwhile, the new runner goes with this closure.
                    let Some(slot) = shared.slots.get_mut(slot) else {
                        return;
                    };
                    let place = match &outcome {
                        Ok(runner) => Place::Ready(runner.clone()),
                        Err(_) => Place::Vacant,
                    };
                    match std::mem::replace(&mut slot.runner, place) {
                        Place::Starting(waiting) => waiting,
                        _ => Vec::new(),
                    }
                };
                for waiting in waiting {
                    waiting(outcome.clone().map_err(TaskError::from));
                }
            });
    }
}

/// A slot that was chosen for a job, with all that must not change before the job is placed.
struct Choice<P: Platform> {
    slot: usize,
    generation: u64,
    /// The runner; none when it is starting.
    runner: Option<IsolateRunner<P>>,
    /// Whether this job has found the runner lost, and so has a new one started.
    replaces: bool,
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
            replaces,
        }
    }
}

impl<P: Platform> Runner<P> for LoadBalancer<P> {
    /// As [`LoadBalancer::run_with_load`], with a load of 100.
    fn run<M: Message, R: Message>(&self, function: fn(M) -> R, argument: M) -> Task<P, R> {
        self.run_with_load(DEFAULT_LOAD, function, argument)
    }

    fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R> {
        self.run_async_with_load(DEFAULT_LOAD, function, argument)
    }

    fn close(&self) -> Task<P, ()> {
        let slots = {
            let mut shared = self.shared.lock();
            shared.heap.clear();
            std::mem::take(&mut shared.slots)
        };
        let closing = slots.into_iter().map(|slot| match slot.runner {
            Place::Ready(runner) => runner.close(),
            Place::Starting(waiting) => {
                for waiting in waiting {
                    waiting(Err(TaskError::Closed));
                }
                Task::ready(Ok(()))
            }
            Place::Vacant => Task::ready(Ok(())),
        });
        Task::gather(closing).map(|closed| closed.map(|_| ()))
    }
}

impl<P: Platform> fmt::Debug for LoadBalancer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadBalancer")
            .field("len", &self.len())
            .finish()
    }
}
