//! [`CancellationToken`]: one word that cancels many jobs.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    TaskError,
    completion::{Completion, FailureSink},
    panics,
    sync::Mutex,
};

/// Cancels all jobs that were given it, in one pool or several.
///
/// Clones are the same token. A token is cancelled once and for all; a job that is given a cancelled one does not begin.
///
/// ```
/// use insula::{TaskError, WorkerPool, pool::CancellationToken};
/// # insula::main(async || {
/// let (pool, token) = (WorkerPool::new(), CancellationToken::new());
/// let slow = |()| insula::sleep(std::time::Duration::from_secs(3600));
/// let jobs: Vec<_> = (0..3).map(|_| pool.job_async(slow, ()).token(&token).start()).collect();
/// assert!(!token.is_cancelled());
/// token.cancel();
/// token.cancelled().await;
/// for job in jobs {
///     assert_eq!(job.await.unwrap_err().error, TaskError::Cancelled);
/// }
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Default)]
pub struct CancellationToken {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_cancelled: bool,
    told: BTreeMap<u64, Arc<dyn FailureSink>>,
    next: u64,
}

impl CancellationToken {
    /// Makes a token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the jobs that have it, and those that get it later.
    pub fn cancel(&self) {
        let told = {
            let mut state = self.state.lock();
            state.is_cancelled = true;
            std::mem::take(&mut state.told)
        };
        // The latest first: it waits for those before it, and would begin when they have gone.
        for sink in told.into_values().rev() {
            panics::apart(|| sink.fail(TaskError::Cancelled));
        }
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state.lock().is_cancelled
    }

    /// Completes when it is cancelled.
    pub async fn cancelled(&self) {
        let cancelled = Completion::new();
        let ticket = self.add(Arc::new(Tells(cancelled.clone())));
        let _leave = Leave {
            token: self,
            ticket,
        };
        std::future::poll_fn(|context| {
            if cancelled.poll_ready(context.waker()) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }

    /// Has `sink` told of the cancel, at once when it was cancelled before.
    pub(super) fn add(&self, sink: Arc<dyn FailureSink>) -> u64 {
        let ticket = {
            let mut state = self.state.lock();
            let ticket = state.next;
            state.next += 1;
            if !state.is_cancelled {
                state.told.insert(ticket, sink);
                return ticket;
            }
            ticket
        };
        sink.fail(TaskError::Cancelled);
        ticket
    }

    pub(super) fn remove(&self, ticket: u64) {
        let sink = self.state.lock().told.remove(&ticket);
        drop(sink);
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken")
            .field("is_cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

struct Tells(Arc<Completion<()>>);

impl FailureSink for Tells {
    fn fail(&self, _: TaskError) {
        self.0.complete(());
    }
}

struct Leave<'a> {
    token: &'a CancellationToken,
    ticket: u64,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.token.remove(self.ticket);
    }
}
