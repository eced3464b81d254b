//! [`LoadBalancer`]: several runners, of which the least loaded gets the next job.
//!
//! The algorithm is `package:isolate`'s, ties included: a binary min-heap of loads; work is handed
//! out at once, there is no queue. A runner that is lost is replaced, with load 0, before it is
//! given another job.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    IsolateRunner, Message, OutOfRange, Platform, Runner, SpawnError, Task, TaskError,
    job::{Job, Packed},
    task::Completion,
};

/// The load of a job that does not say otherwise.
const DEFAULT_LOAD: u64 = 100;

/// A pool of runners that gives each job to the least loaded of them.
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
        let completion = Completion::new();
        let gathered = Arc::new(Mutex::new((size, Vec::with_capacity(size), None)));
        for index in 0..size {
            let (completion, gathered) = (completion.clone(), gathered.clone());
            IsolateRunner::<P>::builder()
                .debug_name(format!("runner {index}"))
                .spawn()
                .then(move |outcome| {
                    let mut state = gathered.lock().unwrap_or_else(PoisonError::into_inner);
                    let (missing, runners, failure) = &mut *state;
                    *missing -= 1;
                    match outcome {
                        Ok(runner) => runners.push((index, runner)),
                        Err(error) => *failure = failure.take().or(Some(error)),
                    }
                    if *missing == 0 {
                        let mut runners = std::mem::take(runners);
                        runners.sort_unstable_by_key(|(index, _)| *index);
                        let outcome = match failure.take() {
                            Some(error) => Err(error),
                            None => Ok(Self::of(runners.into_iter().map(|(_, runner)| runner))),
                        };
                        drop(state);
                        completion.complete(outcome);
                    }
                });
        }
        Task::new(completion)
    }

    /// A balancer over runners that exist.
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
        self.lock().heap.len()
    }

    /// Whether there is no runner: the balancer is closed, or was made of none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `function(argument)` on the least loaded runner, which counts as `load` more loaded until
    /// the task has its outcome.
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
        let chosen = {
            let mut shared = self.lock();
            let most = shared.heap.len();
            if !(1..=most).contains(&count) {
                return Err(OutOfRange {
                    what: "the number of runners",
                    given: count,
                    most,
                });
            }
            shared.choose(count, load)
        };
        let tasks = chosen.into_iter().map(|slot| self.place(slot, load, job()));
        Ok(tasks.collect())
    }

    fn lock(&self) -> MutexGuard<'_, Shared<P>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place_first<R: Message>(&self, load: u64, job: Packed<P, R>) -> Task<P, R> {
        let slot = {
            let mut shared = self.lock();
            if shared.heap.is_empty() {
                return Task::ready(Err(TaskError::Closed));
            }
            shared.add_to_first(load)
        };
        self.place(slot, load, job)
    }

    /// Gives a job to a slot whose load was raised for it already.
    fn place<R: Message>(&self, slot: usize, load: u64, job: Packed<P, R>) -> Task<P, R> {
        let (job, task) = match job {
            Ok(job) => job,
            Err(error) => {
                let mut shared = self.lock();
                let generation = shared.slots[slot].generation;
                shared.release(slot, generation, load);
                return Task::ready(Err(error));
            }
        };
        let mut shared = self.lock();
        let Some(place) = shared.slots.get(slot).map(|slot| &slot.runner) else {
            drop(shared);
            job.fail(TaskError::Closed);
            return task;
        };
        let lost = match place {
            Place::Ready(runner) => runner.is_lost(),
            Place::Starting(_) => false,
            Place::Vacant => true,
        };
        if lost {
            shared.slots[slot].runner = Place::Starting(Vec::new());
            shared.reset(slot, load);
        }
        let generation = shared.slots[slot].generation;
        let releasing = self.shared.clone();
        job.when_done(move || {
            releasing
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .release(slot, generation, load);
        });
        match &mut shared.slots[slot].runner {
            Place::Ready(runner) => {
                let runner = runner.clone();
                drop(shared);
                runner.submit(job);
            }
            Place::Starting(waiting) => {
                waiting.push(Box::new(move |outcome| match outcome {
                    Ok(runner) => runner.submit(job),
                    Err(error) => job.fail(error),
                }));
                drop(shared);
            }
            Place::Vacant => unreachable!("a vacant place was filled above"),
        }
        if lost {
            self.replace(slot);
        }
        task
    }

    fn replace(&self, slot: usize) {
        let shared = self.shared.clone();
        IsolateRunner::<P>::builder()
            .debug_name(format!("runner {slot}"))
            .spawn()
            .then(move |outcome| {
                let waiting = {
                    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
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
                    waiting(outcome.clone().map_err(TaskError::Spawn));
                }
            });
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
            let mut shared = self.lock();
            shared.heap.clear();
            std::mem::take(&mut shared.slots)
        };
        let completion = Completion::new();
        let gathered = Arc::new(Mutex::new((slots.len(), Ok(()))));
        if slots.is_empty() {
            completion.complete(Ok(()));
        }
        for slot in slots {
            let closing = match slot.runner {
                Place::Ready(runner) => runner.close(),
                Place::Starting(waiting) => {
                    for waiting in waiting {
                        waiting(Err(TaskError::Closed));
                    }
                    Task::ready(Ok(()))
                }
                Place::Vacant => Task::ready(Ok(())),
            };
            let (completion, gathered) = (completion.clone(), gathered.clone());
            closing.then(move |outcome| {
                let mut state = gathered.lock().unwrap_or_else(PoisonError::into_inner);
                let (missing, result) = &mut *state;
                *missing -= 1;
                if result.is_ok() {
                    *result = outcome;
                }
                if *missing == 0 {
                    let result = std::mem::replace(result, Ok(()));
                    drop(state);
                    completion.complete(result);
                }
            });
        }
        Task::new(completion)
    }
}

impl<P: Platform> fmt::Debug for LoadBalancer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadBalancer")
            .field("len", &self.len())
            .finish()
    }
}

// The heap.
impl<P: Platform> Shared<P> {
    fn load_at(&self, position: usize) -> u128 {
        self.slots[self.heap[position]].load
    }

    fn put(&mut self, position: usize, slot: usize) {
        self.heap[position] = slot;
        self.slots[slot].position = position;
    }

    fn add_to_first(&mut self, load: u64) -> usize {
        let slot = self.heap[0];
        self.slots[slot].load += u128::from(load);
        self.bubble_down(slot, 0, self.heap.len());
        slot
    }

    /// The `count` smallest, with `load` added to each.
    fn choose(&mut self, count: usize, load: u64) -> Vec<usize> {
        let len = self.heap.len();
        if count == 1 {
            return vec![self.add_to_first(load)];
        }
        if count == len {
            // All keep their order, so the heap stays one.
            for slot in &mut self.slots {
                slot.load += u128::from(load);
            }
            return self.heap.clone();
        }
        let kept = len - count;
        for removed in 0..count {
            self.remove_first(len - removed);
        }
        let chosen: Vec<_> = self.heap[kept..].to_vec();
        for position in kept..len {
            let slot = self.heap[position];
            self.slots[slot].load += u128::from(load);
            self.bubble_up(slot, position);
        }
        chosen
    }

    /// Moves the smallest of the first `len` entries to the end of them.
    fn remove_first(&mut self, len: usize) {
        let (first, last) = (self.heap[0], self.heap[len - 1]);
        if len > 1 {
            self.bubble_down(last, 0, len - 1);
        }
        self.put(len - 1, first);
    }

    fn release(&mut self, slot: usize, generation: u64, load: u64) {
        let Some(entry) = self
            .slots
            .get_mut(slot)
            .filter(|entry| entry.generation == generation)
        else {
            return;
        };
        entry.load -= u128::from(load);
        let position = entry.position;
        if !self.heap.is_empty() {
            self.bubble_up(slot, position);
        }
    }

    /// Gives a slot a new life, loaded only with the job that found it lost.
    fn reset(&mut self, slot: usize, load: u64) {
        let entry = &mut self.slots[slot];
        entry.generation += 1;
        entry.load = load.into();
        let position = entry.position;
        self.bubble_up(slot, position);
    }

    /// Equal elements move up.
    fn bubble_up(&mut self, slot: usize, mut position: usize) {
        while position > 0 {
            let parent = (position - 1) / 2;
            if self.slots[slot].load > self.load_at(parent) {
                break;
            }
            let moved = self.heap[parent];
            self.put(position, moved);
            position = parent;
        }
        self.put(position, slot);
    }

    /// Equal elements stay; the left child goes first unless the right is smaller.
    fn bubble_down(&mut self, slot: usize, mut position: usize, len: usize) {
        loop {
            let left = 2 * position + 1;
            if left >= len {
                break;
            }
            let right = left + 1;
            let child = if right < len && self.load_at(right) < self.load_at(left) {
                right
            } else {
                left
            };
            if self.slots[slot].load <= self.load_at(child) {
                break;
            }
            let moved = self.heap[child];
            self.put(position, moved);
            position = child;
        }
        self.put(position, slot);
    }
}
