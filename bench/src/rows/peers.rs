//! The pools of the peers, with as many threads as ours.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use super::THREADS;

pub(super) fn rayon() -> rayon::ThreadPool {
    let built = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build();
    built.expect("the system gives threads")
}

pub(super) fn tokio() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let built = builder
        .worker_threads(THREADS)
        .max_blocking_threads(THREADS)
        .build();
    built.expect("the system gives threads")
}

pub(super) fn threadpool() -> threadpool::ThreadPool {
    threadpool::ThreadPool::new(THREADS)
}

/// Waits for a future of no runtime on the calling thread.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
