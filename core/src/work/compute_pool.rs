//! [`compute_on_pool`]: `compute` on isolates that are kept, where it would run on the caller's event loop.

use std::{cell::RefCell, rc::Rc};

use crate::{LoadBalancer, Platform, SpawnError, Task, contract::ComputeOn, event_loop::EventLoop};

/// The key of the pool among the values that an isolate has of its own.
static POOL: u8 = 0;

/// The place of the pool that the calling isolate's `compute` runs on; empty unless one was asked for.
fn place<P: Platform>() -> Rc<RefCell<Option<Rc<LoadBalancer<P>>>>> {
    EventLoop::<P>::current()
        .locals()
        .get_or_make(&POOL, RefCell::default)
}

/// The pool that the calling isolate's `compute` runs on.
pub(super) fn pool<P: Platform>() -> Option<Rc<LoadBalancer<P>>> {
    place::<P>().borrow().clone()
}

/// Puts a pool in the place of another, whose isolates end when their jobs are done.
fn set_pool<P: Platform>(pool: Option<LoadBalancer<P>>) {
    let earlier = place::<P>().replace(pool.map(Rc::new));
    drop(earlier);
}

/// Makes the calling isolate's `compute` and `compute_async` run on `size` isolates of their own, once the task is
/// complete; with 0, as before. Without this call they run on the caller's event loop in a browser, as Flutter's do.
///
/// The pool is a [`LoadBalancer`]: an isolate that a panic took is replaced before it gets a job. What `compute` is
/// given, and what it comes to, is then encoded, and a debug label names nothing.
///
/// ```
/// use insula::compute;
/// # insula::main(async || {
/// insula::compute_on_pool(insula::cores()).await?;
/// assert_eq!(compute(|n: u32| n + 1, 1).await?, 2); // in a Web Worker
/// # insula::compute_on_pool(0).await?;
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Errors
/// As [`LoadBalancer::spawn`]; `compute` then runs where it did.
///
/// # Platform
/// Native: does nothing, as each `compute` has an isolate of its own.
pub fn compute_on_pool<P: Platform>(size: usize) -> Task<P, (), SpawnError> {
    if P::abilities().compute_on == ComputeOn::Isolate || size == 0 {
        set_pool::<P>(None);
        return Task::ready(Ok(()));
    }
    LoadBalancer::<P>::spawn(size).map(|spawned| spawned.map(|pool| set_pool(Some(pool))))
}
