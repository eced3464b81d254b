//! [`compute_on_pool`]: `compute` on isolates that are kept, where it would run on the caller's event loop.

use std::{cell::RefCell, rc::Rc};

use crate::{
    LoadBalancer, Platform, SpawnError, Task, completion::Completion, contract::ComputeOn,
    event_loop::EventLoop,
};

/// The pool that an isolate's `compute` runs on; none unless it was asked for.
pub(crate) struct ComputePool<P: Platform>(RefCell<Option<Rc<LoadBalancer<P>>>>);

impl<P: Platform> Default for ComputePool<P> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}

impl<P: Platform> ComputePool<P> {
    pub(crate) fn get(&self) -> Option<Rc<LoadBalancer<P>>> {
        self.0.borrow().clone()
    }

    /// Puts a pool in the place of another, whose isolates end when their jobs are done.
    pub(crate) fn set(&self, pool: Option<Rc<LoadBalancer<P>>>) {
        let old = self.0.replace(pool);
        drop(old);
    }
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
    let here = EventLoop::<P>::current();
    if P::COMPUTE_ON == ComputeOn::Isolate || size == 0 {
        here.compute_pool().set(None);
        return Task::ready(Ok(()));
    }
    let completion = Completion::new();
    let done = completion.clone();
    LoadBalancer::<P>::spawn(size).then(move |spawned| {
        done.complete(spawned.map(|pool| {
            EventLoop::<P>::current()
                .compute_pool()
                .set(Some(Rc::new(pool)));
        }));
    });
    Task::new(completion)
}
