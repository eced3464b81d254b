//! [`Completion`]: a value that comes once; [`Completer`], which brings it; [`FailureSink`], which is told why none comes.

use std::{sync::Arc, task::Waker};

use crate::{TaskError, sync::Mutex};

/// What waits for an outcome, and can be told that none will come.
pub(crate) trait FailureSink: Send + Sync {
    fn fail(&self, error: TaskError);
}

/// A value that is set once and taken once, by two threads if need be.
pub(crate) struct Completion<T> {
    state: Mutex<State<T>>,
}

enum State<T> {
    Pending(Option<Waker>),
    Claimed(Box<dyn FnOnce(T) + Send>),
    Complete(T),
    Taken,
}

impl<T> Completion<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State::Pending(None)),
        })
    }

    /// Sets the value; false, and no change, when there was one before.
    pub(crate) fn complete(&self, value: T) -> bool {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Pending(waker) => {
                *state = State::Complete(value);
                drop(state);
                if let Some(waker) = waker {
                    waker.wake();
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
            _ => *state = State::Claimed(callback),
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        matches!(*self.state.lock(), State::Complete(_) | State::Taken)
    }

    pub(crate) fn poll_ready(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        let State::Pending(known) = &mut *state else {
            return true;
        };
        match known {
            Some(known) => known.clone_from(waker),
            None => *known = Some(waker.clone()),
        }
        false
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
