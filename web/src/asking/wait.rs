//! Waiting for answers, for a bounded time.

use std::{
    cell::RefCell,
    future::{Future as _, poll_fn},
    pin::pin,
    task::{Poll, Waker},
    time::Duration,
};

use insula_core::sleep;

use crate::Web;

thread_local! {
    /// Who waits in this isolate.
    static WAITING: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
}

/// An answer has come: who waits looks again.
pub(crate) fn wake() {
    for waker in WAITING.take() {
        waker.wake();
    }
}

/// Waits until `is_there`, and not longer than `limit`.
pub(crate) async fn until(is_there: impl Fn() -> bool, limit: Duration) {
    let mut limit = pin!(sleep::<Web>(limit));
    poll_fn(|context| {
        if is_there() || limit.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        WAITING.with_borrow_mut(|waiting| {
            if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                waiting.push(context.waker().clone());
            }
        });
        Poll::Pending
    })
    .await;
}
