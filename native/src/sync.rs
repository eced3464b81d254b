//! What the protocols between threads are made of: std's and crossbeam's types, and loom's under `--cfg loom`.
//!
//! loom tries every interleaving and every value a load may see; `native/tests/loom.rs` says of what.

#[cfg(not(loom))]
pub(crate) use crossbeam_channel::{Receiver, Sender, unbounded};
#[cfg(not(loom))]
pub(crate) use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

#[cfg(loom)]
pub(crate) use self::model::{Receiver, Sender, thread, unbounded};
#[cfg(loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

/// A channel like crossbeam's, and a clock that stands still: a wait has no end but a wake.
#[cfg(loom)]
mod model {
    use std::{
        collections::VecDeque,
        sync::{Arc, mpsc::RecvError},
        time::Instant,
    };

    use loom::sync::{Condvar, Mutex};

    pub(crate) mod thread {
        pub(crate) use loom::thread::{Thread, current, park, yield_now};

        pub(crate) fn park_timeout(_: std::time::Duration) {
            park();
        }
    }

    struct Channel<T> {
        items: Mutex<VecDeque<T>>,
        arrived: Condvar,
    }

    pub(crate) struct Sender<T>(Arc<Channel<T>>);

    pub(crate) struct Receiver<T>(Arc<Channel<T>>);

    pub(crate) fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
        let channel = Arc::new(Channel {
            items: Mutex::new(VecDeque::new()),
            arrived: Condvar::new(),
        });
        (Sender(channel.clone()), Receiver(channel))
    }

    impl<T> Sender<T> {
        pub(crate) fn send(&self, item: T) -> Result<(), T> {
            self.0.items.lock().unwrap().push_back(item);
            self.0.arrived.notify_one();
            Ok(())
        }
    }

    impl<T> Receiver<T> {
        pub(crate) fn try_recv(&self) -> Result<T, RecvError> {
            self.0.items.lock().unwrap().pop_front().ok_or(RecvError)
        }

        pub(crate) fn recv(&self) -> Result<T, RecvError> {
            let mut items = self.0.items.lock().unwrap();
            loop {
                match items.pop_front() {
                    Some(item) => return Ok(item),
                    None => items = self.0.arrived.wait(items).unwrap(),
                }
            }
        }

        pub(crate) fn recv_deadline(&self, _: Instant) -> Result<T, RecvError> {
            self.recv()
        }
    }
}
