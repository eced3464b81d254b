//! Runners that are replaced: those that were lost, and those that a caller gives up.

use std::time::Duration;

use super::{LoadBalancer, Place};
use crate::{
    ExitReason, IsolateRunner, Platform, Priority, RemoteError, SpawnError, Task, TaskError,
    work::job::Job,
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
    /// `Spawn` when the new runner does not start; the next job for its place tries again. `Closed` when the balancer is
    /// closed.
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
        let shared = self.shared.clone();
        start_runner::<P>(slot, linked).then(move |outcome| {
            let waiting = {
                let mut shared = shared.lock();
                let Some(slot) = shared.slots.get_mut(slot) else {
                    drop(shared);
                    // The balancer was closed meanwhile: the new runner goes with this closure.
                    completer.complete(Err(TaskError::Closed));
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
            completer.complete(outcome.map(drop).map_err(TaskError::from));
        });
        task
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
