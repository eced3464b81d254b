//! [`ComputePool`]: `compute` on isolates that are kept.

use std::{fmt, sync::Arc};

use crate::{
    LoadBalancer, Platform, SpawnError, Task, event_loop::EventLoop, sync::Mutex,
    work::job::TakeJob,
};

/// The key of the pools among the values that an isolate has of its own.
static POOLS: u8 = 0;

/// The pools that an isolate has installed, the latest last. Behind a trait: an application that installs none has no code
/// for them.
type Pools<P> = Arc<Mutex<Vec<Arc<dyn TakeJob<P>>>>>;

/// The calling isolate's pools.
fn pools<P: Platform>() -> Pools<P> {
    let pools = EventLoop::<P>::current()
        .locals()
        .get_or_make(&POOLS, Pools::<P>::default);
    (*pools).clone()
}

/// The pool that the calling isolate's `compute` runs on.
pub(super) fn pool<P: Platform>() -> Option<Arc<dyn TakeJob<P>>> {
    let pools = EventLoop::<P>::current()
        .locals()
        .get::<_, Pools<P>>(&POOLS)?;
    let mut pools = pools.lock();
    pools.retain(|pool| !pool.is_over());
    pools.last().cloned()
}

/// The isolates that the calling isolate's [`compute`](crate::compute) and [`compute_async`](crate::compute_async)
/// run on, as long as this handle exists.
///
/// Without one each call has an isolate of its own natively, and runs on the caller's event loop in a browser. With
/// one it is a job of a [`LoadBalancer`] on every platform: at most that many calls work at the same time, the others
/// wait, and an isolate that a panic took is replaced before it gets a job. Then
///
/// * a call's [`debug_name`](crate::Compute::debug_name) names nothing;
/// * cancelling its task stops it only as long as it has not begun;
/// * a call that exits or kills its isolate loses the other calls that run there.
///
/// The pool belongs to the isolate that installed it, and ends with it at the latest. Calls of other isolates do not use
/// it, and neither do calls from within the pool. Of several pools the one that was installed last is used.
///
/// ```
/// use insula::{ComputePool, compute};
/// # insula::main(async || {
/// let pool = ComputePool::install(insula::cores()).await?;
/// let squares: Vec<_> = (0..100).map(|n| compute(|n: u64| n * n, n)).collect(); // on `cores()` isolates
/// for (n, square) in (0..).zip(squares) {
///     assert_eq!(square.await?, n * n);
/// }
/// drop(pool); // its isolates end; `compute` runs where it did before
///
/// ComputePool::install(2).await?.detach(); // as long as this isolate lives
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Platform
/// Code outside isolates has pools of its own on each thread natively.
#[must_use = "the pool ends when this handle is dropped; `detach` keeps it"]
pub struct ComputePool<P: Platform> {
    /// Taken by `detach`.
    balancer: Option<LoadBalancer<P>>,
}

impl<P: Platform> ComputePool<P> {
    /// Starts `size` isolates; the calling isolate's `compute` runs on them once the task is complete. A pool of none
    /// changes nothing.
    ///
    /// # Errors
    /// As [`LoadBalancer::spawn`]; `compute` then runs where it did.
    pub fn install(size: usize) -> Task<P, Self, SpawnError> {
        let pools = pools::<P>();
        LoadBalancer::<P>::spawn_linked(size).map(move |spawned| {
            let balancer = spawned?;
            pools.lock().push(Arc::new(balancer.clone()));
            Ok(Self {
                balancer: Some(balancer),
            })
        })
    }

    /// Keeps the pool for as long as the isolate lives that installed it.
    pub fn detach(mut self) {
        self.balancer = None;
    }
}

/// Calls that were made before are finished, then the isolates end.
impl<P: Platform> Drop for ComputePool<P> {
    fn drop(&mut self) {
        if let Some(balancer) = &self.balancer {
            drop(balancer.take_runners());
        }
    }
}

impl<P: Platform> fmt::Debug for ComputePool<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ComputePool")
            .field("balancer", &self.balancer)
            .finish()
    }
}
