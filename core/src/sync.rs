//! What core's protocols between threads are made of: std's types, and loom's under `--cfg loom`.
//!
//! loom tries every interleaving and every value a load may see; `core/tests/loom/` says of what.

use std::{fmt, sync::PoisonError};

#[cfg(loom)]
use loom::sync as threads;
#[cfg(not(loom))]
use std::sync as threads;

#[cfg(loom)]
pub(crate) use self::model::{Arc, Weak};
#[cfg(not(loom))]
pub(crate) use std::sync::{Arc, Weak};
pub(crate) use threads::atomic::{AtomicBool, Ordering, fence};

/// What a `Waker` is made of, under loom too.
pub(crate) use std::sync::Arc as WakerArc;

/// A mutex that no panic poisons: what it guards is whole whenever code that can panic runs.
pub(crate) struct Mutex<T>(threads::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(threads::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> threads::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

/// `Arc` and `Weak` with a count that loom sees: its own `Arc` has no `Weak` and makes no `Waker`.
#[cfg(loom)]
mod model {
    use std::{
        ops::Deref,
        sync,
        task::{Wake, Waker},
    };

    use loom::sync::atomic::{AtomicUsize, Ordering, fence};

    pub(crate) struct Arc<T> {
        // loom changes threads before an operation, so std's count follows loom's in one step.
        value: sync::Arc<T>,
        count: sync::Arc<AtomicUsize>,
    }

    pub(crate) struct Weak<T> {
        value: sync::Weak<T>,
        count: sync::Arc<AtomicUsize>,
    }

    impl<T> Arc<T> {
        pub(crate) fn new(value: T) -> Self {
            Self {
                value: sync::Arc::new(value),
                count: sync::Arc::new(AtomicUsize::new(1)),
            }
        }

        pub(crate) fn strong_count(this: &Self) -> usize {
            this.count.load(Ordering::Relaxed)
        }

        pub(crate) fn downgrade(this: &Self) -> Weak<T> {
            Weak {
                value: sync::Arc::downgrade(&this.value),
                count: this.count.clone(),
            }
        }
    }

    impl<T> Clone for Arc<T> {
        fn clone(&self) -> Self {
            self.count.fetch_add(1, Ordering::Relaxed);
            Self {
                value: self.value.clone(),
                count: self.count.clone(),
            }
        }
    }

    impl<T> Drop for Arc<T> {
        fn drop(&mut self) {
            if self.count.fetch_sub(1, Ordering::Release) == 1 {
                fence(Ordering::Acquire);
            }
        }
    }

    impl<T> Deref for Arc<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.value
        }
    }

    impl<T> Weak<T> {
        pub(crate) fn strong_count(&self) -> usize {
            self.count.load(Ordering::Relaxed)
        }

        pub(crate) fn upgrade(&self) -> Option<Arc<T>> {
            let more = |count| (count > 0).then_some(count + 1);
            self.count
                .fetch_update(Ordering::Acquire, Ordering::Relaxed, more)
                .ok()?;
            let value = self.value.upgrade().expect("loom's count says it lives");
            Some(Arc {
                value,
                count: self.count.clone(),
            })
        }
    }

    /// What a `Waker` holds: it lives as long as the last clone of that waker.
    struct Held<T>(Arc<T>);

    impl<T: Wake> Wake for Held<T> {
        fn wake(self: sync::Arc<Self>) {
            self.wake_by_ref();
        }

        fn wake_by_ref(self: &sync::Arc<Self>) {
            T::wake_by_ref(&self.0.value);
            // Clones of a waker are counted by std alone: this stands for the release in the drop of one.
            self.0.count.fetch_add(0, Ordering::Release);
        }
    }

    impl<T: Wake + Send + Sync + 'static> From<Arc<T>> for Waker {
        fn from(arc: Arc<T>) -> Self {
            Self::from(sync::Arc::new(Held(arc)))
        }
    }
}
