//! Runners that are replaced: those that were lost, and those that a caller gives up.

use std::time::Duration;

use super::{LoadBalancer, Place};
use crate::{
    ExitReason, IsolateRunner, Platform, Priority, RemoteError, SpawnError, Task, TaskError,
    completion::Completer,
    task::timeout::deadline,
    work::{job::Job, restarts::Policy},
};

impl<P: Platform> LoadBalancer<P> {
    /// The runners that do not come to their event loop within `limit`: one function of theirs has run so long, or never
    /// returns. Jobs that await something do not count, however long they take.
    ///
    /// A balancer keeps such a runner, and goes on giving it jobs. [`replace`](Self::replace) puts another in its place.
    /// The names of runners are those of their isolates: `runner 0`, `runner 1`, …
    ///
    /// ```
    /// use insula::{Isolate, LoadBalancer, TaskError};
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(1).await?;
    /// let endless = balancer.run(|(): ()| loop { Isolate::checkpoint() }, ());
    /// let late: Result<(), _> = endless.timeout(Duration::from_millis(50)).await;
    /// assert_eq!(late, Err(TaskError::TimedOut));
    ///
    /// for runner in balancer.unresponsive(Duration::from_millis(50)).await? {
    ///     assert_eq!(runner.isolate().debug_name(), Some("runner 0"));
    ///     balancer.replace(&runner).await?;
    /// }
    /// assert_eq!(balancer.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `Spawn` when nothing can keep the time.
    pub fn unresponsive(&self, limit: Duration) -> Task<P, Vec<IsolateRunner<P>>> {
        let ready: Vec<_> = {
            let shared = self.shared.lock();
            let runners = shared.slots.iter().filter_map(|slot| match &slot.runner {
                Place::Ready(runner) => Some(runner.clone()),
                Place::Starting(_) | Place::Vacant => None,
            });
            runners.collect()
        };
        let asked = ready.into_iter().map(|runner| {
            let answer = runner.answer(Priority::BeforeNextEvent).timeout(limit);
            answer.map(move |outcome| match outcome {
                // One that is lost is replaced without being asked for.
                Ok(()) | Err(TaskError::IsolateLost { .. }) => Ok(None),
                Err(TaskError::TimedOut) => Ok(Some(runner)),
                Err(error) => Err(error),
            })
        });
        Task::gather(asked).map(|late| late.map(|late| late.into_iter().flatten().collect()))
    }

    /// Says what happens when the replacement of a lost runner does not start, for all handles of this balancer: the first
    /// time its place waits for `backoff`, each further time twice as long, 30 s at most. After `intensity` times in a row
    /// the jobs that wait for it fail with the reason, and later jobs after each further attempt. Otherwise 3 and 100 ms, as
    /// for a pool; see [`WorkerPoolBuilder::restarts`](crate::WorkerPoolBuilder::restarts).
    ///
    /// ```
    /// use insula::LoadBalancer;
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(2).await?.restarts(1, Duration::from_secs(1)); // tell at once
    /// assert_eq!(balancer.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    #[must_use]
    pub fn restarts(self, intensity: u32, backoff: Duration) -> Self {
        self.shared.lock().restarts = Policy::new(intensity, backoff);
        self
    }

    /// Gives up a runner of this balancer, and starts another in its place. Completes when that takes work; jobs that are
    /// given to it before wait for it.
    ///
    /// The jobs that the old runner has, begun or not, fail with `IsolateLost`. A runner that was replaced already is not
    /// replaced again.
    ///
    /// ```
    /// use insula::{IsolateRunner, LoadBalancer, TaskError};
    /// use std::time::Duration;
    /// # insula::main(async || {
    /// let first = IsolateRunner::spawn().await?;
    /// let balancer = LoadBalancer::of([first.clone()]);
    /// let hour = balancer.run_async(|()| insula::sleep(Duration::from_secs(3600)), ());
    /// balancer.replace(&first).await?;
    /// assert!(matches!(hour.await, Err(TaskError::IsolateLost { .. })));
    /// assert!(first.is_lost());
    /// assert_eq!(balancer.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `Spawn` when the new runner does not start, after the attempts of [`restarts`](Self::restarts); the next job for its
    /// place has one more tried. `Closed` when the balancer is closed.
    ///
    /// # Platform
    /// Natively a function that reaches no [`Isolate::checkpoint`](crate::Isolate::checkpoint) can't be stopped: its thread
    /// goes on beside the new runner until the function returns. In a browser it ends at once; in WebKit at its next call
    /// out of wasm.
    pub fn replace(&self, runner: &IsolateRunner<P>) -> Task<P, ()> {
        let found = {
            let mut shared = self.shared.lock();
            if shared.heap.is_empty() {
                return Task::ready(Err(TaskError::Closed));
            }
            let is_it = |place: &Place<P>| matches!(place, Place::Ready(ready) if ready.is(runner));
            let found = shared.slots.iter().position(|slot| is_it(&slot.runner));
            found.map(|slot| {
                shared.slots[slot].runner = Place::Starting(Vec::new());
                shared.reset(slot, 0);
                (slot, shared.linked)
            })
        };
        let Some((slot, linked)) = found else {
            return Task::ready(Ok(()));
        };
        runner.give_up(RemoteError::new("its balancer has replaced it", ""));
        self.start_again(slot, linked)
    }

    /// Gives a job to a runner that is starting.
    pub(super) fn wait_for(&self, slot: usize, job: Job<P>) {
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
                    name: None,
                    reason: ExitReason::Lost(RemoteError::new("its replacement did not start", "")),
                }),
                None => Err(TaskError::Closed),
            }
        };
        give(outcome);
    }

    /// Starts a runner for a slot whose place says so.
    pub(super) fn start_again(&self, slot: usize, linked: bool) -> Task<P, ()> {
        let (completer, task) = Task::channel();
        let attempt = Attempt {
            balancer: self.clone(),
            slot,
            linked,
            done: Some(completer),
        };
        attempt.begin_when_due();
        task
    }

    /// Puts what has become of a start in its place, and tells those who wait for it.
    fn settle(&self, slot: usize, outcome: &Result<IsolateRunner<P>, TaskError>) -> bool {
        let waiting = {
            let mut shared = self.shared.lock();
            let Some(slot) = shared.slots.get_mut(slot) else {
                return false;
            };
            let place = match outcome {
                Ok(runner) => Place::Ready(runner.clone()),
                Err(_) => Place::Vacant,
            };
            match std::mem::replace(&mut slot.runner, place) {
                Place::Starting(waiting) => waiting,
                _ => Vec::new(),
            }
        };
        for waiting in waiting {
            waiting(outcome.clone());
        }
        true
    }
}

/// Replaces the runner of a slot, again and again until one starts or too many have not.
struct Attempt<P: Platform> {
    balancer: LoadBalancer<P>,
    slot: usize,
    linked: bool,
    /// Told what has become of it; none when it was.
    done: Option<Completer<Result<(), TaskError>>>,
}

impl<P: Platform> Attempt<P> {
    /// Starts a runner, at once or when the back-off is over.
    fn begin_when_due(self) {
        let wait = {
            let shared = self.balancer.shared.lock();
            let slot = shared.slots.get(self.slot);
            slot.map(|slot| slot.failures.retry_at().saturating_sub(P::now()))
        };
        match wait {
            None => self.end(Err(TaskError::Closed)),
            Some(Duration::ZERO) => self.begin(),
            // When nothing keeps the time, or its isolate ends first, the drop of the attempt tells so.
            Some(wait) => drop(deadline::<P>(wait, move || self.begin_when_due())),
        }
    }

    fn begin(self) {
        start_runner::<P>(self.slot, self.linked).then(move |outcome| match outcome {
            Ok(runner) => self.end(Ok(runner)),
            Err(error) => self.fail(error.into()),
        });
    }

    fn fail(self, error: TaskError) {
        let is_last = {
            let mut shared = self.balancer.shared.lock();
            let restarts = shared.restarts;
            shared.slots.get_mut(self.slot).is_none_or(|slot| {
                slot.failures.add(restarts, P::now(), error.clone());
                slot.failures.error().is_some()
            })
        };
        if is_last {
            self.end(Err(error));
        } else {
            self.begin_when_due();
        }
    }

    fn end(mut self, outcome: Result<IsolateRunner<P>, TaskError>) {
        if outcome.is_ok()
            && let Some(slot) = self.balancer.shared.lock().slots.get_mut(self.slot)
        {
            slot.failures.clear();
        }
        self.tell(outcome);
    }

    fn tell(&mut self, outcome: Result<IsolateRunner<P>, TaskError>) {
        let Some(done) = self.done.take() else {
            return;
        };
        let is_open = self.balancer.settle(self.slot, &outcome);
        // A runner that comes too late ends when it is dropped.
        done.complete(match outcome {
            Ok(_) if !is_open => Err(TaskError::Closed),
            outcome => outcome.map(drop),
        });
    }
}

/// The isolate that was to start the runner is over, or nothing keeps the time.
impl<P: Platform> Drop for Attempt<P> {
    fn drop(&mut self) {
        self.tell(Err(TaskError::Ended));
    }
}

/// Starts the runner of a slot.
pub(super) fn start_runner<P: Platform>(
    slot: usize,
    linked: bool,
) -> Task<P, IsolateRunner<P>, SpawnError> {
    IsolateRunner::<P>::builder()
        .debug_name(format!("runner {slot}"))
        .linked(linked)
        .spawn()
}
