//! [`scope`]: tasks that end together.

use std::{
    cell::RefCell,
    fmt,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use super::Task;
use crate::{Platform, TaskError, panics};

/// Runs `body` with a [`Scope`]; the tasks of the scope that are left when `body` is done are cancelled.
///
/// So they are when the future is dropped. What a cancel stops depends on the task; see [`Task::cancel`].
///
/// ```
/// use insula::{LoadBalancer, TaskError, runner::Scope};
/// # insula::main(async || {
/// let balancer = LoadBalancer::spawn(2).await?;
/// let squares = insula::scope(async |scope: &Scope<u32>| {
///     for n in 1..=3 {
///         scope.add(balancer.run(|n| n * n, n));
///     }
///     scope.join_all().await
/// });
/// assert_eq!(squares.await?, [1, 4, 9]);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: structured concurrency, as in [JEP 505](https://openjdk.org/jeps/505) and Swift's
/// [`TaskGroup`](https://developer.apple.com/documentation/swift/taskgroup).
pub async fn scope<P: Platform, R, E, T>(body: impl AsyncFnOnce(&Scope<P, R, E>) -> T) -> T {
    let scope = Scope {
        tasks: RefCell::default(),
    };
    body(&scope).await
}

/// Tasks that end together; made by [`scope`]. They may be of any runner, and have values of one type.
///
/// ```
/// use insula::{Task, TaskError, compute, runner::Scope};
/// # insula::main(async || {
/// /// Whichever comes first.
/// async fn first(tasks: Vec<Task<u32>>) -> Option<Result<u32, TaskError>> {
///     insula::scope(async |scope: &Scope<u32>| {
///         tasks.into_iter().for_each(|task| scope.add(task));
///         scope.join_any().await
///     })
///     .await
/// }
///
/// let slow = insula::compute_async(|n: u32| async move {
///     insula::sleep(std::time::Duration::from_secs(3600)).await;
///     n
/// }, 1);
/// assert_eq!(first(vec![slow, compute(|n: u32| n, 2)]).await, Some(Ok(2)));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
pub struct Scope<P: Platform, R, E = TaskError> {
    tasks: RefCell<Group<P, R, E>>,
}

impl<P: Platform, R, E> Scope<P, R, E> {
    /// Adds a task, which runs already.
    pub fn add(&self, task: Task<P, R, E>) {
        self.tasks.borrow_mut().tasks.push(Some(task));
    }

    /// Waits for all tasks that were added: their values, in the order in which the tasks were added.
    ///
    /// # Errors
    /// The first error; the tasks that are left are cancelled.
    pub async fn join_all(&self) -> Result<Vec<R>, E> {
        let mut group = self.tasks.take();
        let mut values: Vec<_> = group.tasks.iter().map(|_| None).collect();
        let error = poll_fn(|context| {
            group.poll(context, |index, outcome| {
                outcome.map(|value| values[index] = Some(value)).err()
            })
        });
        match error.await {
            Some(error) => Err(error),
            None => Ok(values.into_iter().flatten().collect()),
        }
    }

    /// Waits for the first task that has a value, and cancels the others; `None` when no task was added.
    ///
    /// # Errors
    /// The last error, when no task has a value.
    pub async fn join_any(&self) -> Option<Result<R, E>> {
        let mut group = self.tasks.take();
        let mut error = None;
        let value = poll_fn(|context| {
            group.poll(context, |_, outcome| {
                outcome.map_err(|failed| error = Some(failed)).ok()
            })
        });
        let value = value.await;
        value.map(Ok).or(error.map(Err))
    }
}

impl<P: Platform, R, E> fmt::Debug for Scope<P, R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("tasks", &self.tasks.borrow().tasks.len())
            .finish()
    }
}

/// Tasks that are cancelled when they are dropped. One that has ended leaves its place empty.
struct Group<P: Platform, R, E> {
    tasks: Vec<Option<Task<P, R, E>>>,
}

impl<P: Platform, R, E> Default for Group<P, R, E> {
    fn default() -> Self {
        Self { tasks: Vec::new() }
    }
}

impl<P: Platform, R, E> Group<P, R, E> {
    /// Hands the outcomes that are there to `hear`, each with its place, until that gives a value. `None` when all tasks
    /// have ended.
    fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        mut hear: impl FnMut(usize, Result<R, E>) -> Option<T>,
    ) -> Poll<Option<T>> {
        let mut is_done = true;
        for (index, place) in self.tasks.iter_mut().enumerate() {
            let Some(task) = place else { continue };
            let Poll::Ready(outcome) = Pin::new(task).poll(context) else {
                is_done = false;
                continue;
            };
            *place = None;
            if let Some(value) = hear(index, outcome) {
                return Poll::Ready(Some(value));
            }
        }
        if is_done {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }
}

impl<P: Platform, R, E> Drop for Group<P, R, E> {
    fn drop(&mut self) {
        for task in mem::take(&mut self.tasks).into_iter().flatten() {
            // The destructor of one's value does not keep another from being cancelled.
            panics::apart(|| task.cancel());
        }
    }
}
