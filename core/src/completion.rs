//! [`Completion`]: a value that comes once; [`Completer`], which brings it; [`FailureSink`], which is told why none comes.

use std::{
    fmt,
    sync::{self, Arc, PoisonError},
    task::Waker,
};

use crate::{TaskError, panics, sync::Mutex};

/// What waits for an outcome, and can be told that none will come.
pub(crate) trait FailureSink: Send + Sync {
    fn fail(&self, error: TaskError);
}

/// A value that is set once and taken once, by two threads if need be.
pub(crate) struct Completion<T, B: ?Sized = ()> {
    state: Mutex<State<T>>,
    /// What brings the value and needs no allocation of its own.
    pub(crate) beside: B,
}

/// A completion as seen by who waits for its value.
pub(crate) type Awaited<T> = Completion<T, dyn Send + Sync>;

enum State<T> {
    Pending(Option<Waker>),
    Claimed(Box<dyn FnOnce(T) + Send>),
    Complete(T),
    Taken,
}

impl<T> Completion<T> {
    pub(crate) fn new() -> Arc<Self> {
        Self::with(())
    }
}

impl<T, B> Completion<T, B> {
    /// A completion and what brings its value, in one allocation.
    pub(crate) fn with(beside: B) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State::Pending(None)),
            beside,
        })
    }
}

impl<T, B: ?Sized> Completion<T, B> {
    /// Sets the value; false, and no change, when there was one before.
    pub(crate) fn complete(&self, value: T) -> bool {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Pending(waker) => {
                *state = State::Complete(value);
                drop(state);
                if let Some(waker) = waker {
                    panics::apart(|| waker.wake());
                }
                true
            }
            State::Claimed(callback) => {
                drop(state);
                callback(value);
                true
            }
            earlier => {
                *state = earlier;
                false
            }
        }
    }

    pub(crate) fn then(&self, callback: Box<dyn FnOnce(T) + Send>) {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Complete(value) => {
                drop(state);
                callback(value);
            }
            earlier => {
                *state = State::Claimed(callback);
                drop(state);
                // The waker in it is dropped outside the lock, as below.
                drop(earlier);
            }
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        matches!(*self.state.lock(), State::Complete(_) | State::Taken)
    }

    pub(crate) fn poll_ready(&self, waker: &Waker) -> bool {
        let mut new = None;
        loop {
            let mut state = self.state.lock();
            let State::Pending(known) = &mut *state else {
                return true;
            };
            if known.as_ref().is_some_and(|known| known.will_wake(waker)) {
                return false;
            }
            // Cloning a waker, and dropping one, may run any code: outside the lock.
            if new.is_some() {
                let old = std::mem::replace(known, new.take());
                drop(state);
                if old.is_none() {
                    return false;
                }
                drop(old);
                // That may have brought the value.
                return self.is_complete();
            }
            drop(state);
            new = Some(waker.clone());
        }
    }

    /// What `look` sees of the value, if that is there.
    pub(crate) fn peek<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        match &*self.state.lock() {
            State::Complete(value) => Some(look(value)),
            _ => None,
        }
    }

    pub(crate) fn take(&self) -> Option<T> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Complete(value) => Some(value),
            earlier => {
                *state = earlier;
                None
            }
        }
    }
}

/// The side of a [`Completion`] that brings the value. The first of its clones to do so counts.
pub(crate) struct Completer<T>(Arc<Completion<T>>);

impl<T> Completer<T> {
    pub(crate) fn new(completion: Arc<Completion<T>>) -> Self {
        Self(completion)
    }

    /// Brings the value; false, and no change, when there was one before.
    pub(crate) fn complete(&self, value: T) -> bool {
        self.0.complete(value)
    }
}

impl<T> Clone for Completer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Something to be done once, at most. The mutex is never locked: it makes what has one `Sync`.
#[derive(Default)]
pub(crate) struct Hook(sync::Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Hook {
    pub(crate) fn new(code: impl FnOnce() + Send + 'static) -> Self {
        Self(sync::Mutex::new(Some(Box::new(code))))
    }

    pub(crate) fn take(&mut self) -> Option<Box<dyn FnOnce() + Send>> {
        let place = self.0.get_mut();
        place.unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}
