//! Helps for all tests: waiting with a limit, and taking messages that have arrived.

use std::{cell::Cell, fmt::Debug, future::poll_fn, pin::pin, task::Poll, time::Duration};

use insula_core::{IsolateLocal, Message, Platform, ReceivePort, Task, sleep};

/// How long nothing has to come before a test believes that nothing will.
const QUIET: Duration = ms(40);

/// Milliseconds.
pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The value of `future`, or `None` when `limit` passes first.
pub async fn within<P: Platform, F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut limit = pin!(sleep::<P>(limit));
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Asserts that nothing arrives for a while. Where a later message can prove that, a test waits for it
/// instead.
pub(crate) async fn expect_quiet<P: Platform, T: Message + Debug>(port: &mut ReceivePort<P, T>) {
    let message = within::<P, _>(QUIET, port.next()).await;
    assert!(
        message.is_none(),
        "nothing should have arrived, but got {message:?}"
    );
}

/// The next `count` messages.
pub(crate) async fn take<P: Platform, T: Message>(
    port: &mut ReceivePort<P, T>,
    count: usize,
) -> Vec<T> {
    let mut messages = Vec::new();
    while messages.len() < count {
        messages.push(port.next().await.expect("the port is open"));
    }
    messages
}

/// The messages that have arrived already.
pub(crate) fn drain<P: Platform, T: Message>(port: &mut ReceivePort<P, T>) -> Vec<T> {
    std::iter::from_fn(|| port.try_recv().ok()).collect()
}

/// The value of a task that must succeed.
pub(crate) async fn ok<P: Platform, T, E: Debug>(task: Task<P, T, E>) -> T {
    task.await.expect("the task succeeds")
}

/// A number of which every isolate has its own, 0 at first.
// A generic static: what `isolate_local!` declares, for any platform.
#[inline(never)]
pub(crate) fn counter<P: Platform>() -> &'static IsolateLocal<P, Cell<u32>> {
    const { &IsolateLocal::new(|| Cell::new(0)) }
}
