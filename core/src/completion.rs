//! [`Completion`]: a value that comes once; [`Completer`], which brings it; [`Awaited`], where it is awaited; [`FailureSink`],
//! which is told why none comes.

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
pub(crate) struct Completion<T, B = ()> {
    state: Mutex<State<T>>,
    /// What brings the value and needs no allocation of its own.
    pub(crate) beside: B,
}

/// A completion as seen by who waits for its outcome.
pub(crate) trait Awaited<T, E>: Send + Sync {
    /// As [`Completion::poll_ready`].
    fn poll_ready(&self, waker: &Waker) -> bool;
    /// As [`Completion::is_complete`].
    fn is_complete(&self) -> bool;
    /// Whether the outcome is there, and is an error.
    fn has_failed(&self) -> bool;
    /// As [`Completion::take`].
    fn take(&self) -> Option<Result<T, E>>;
    /// As [`Completion::then`].
    fn then(&self, callback: Box<dyn FnOnce(Result<T, E>) + Send>);
}

impl<T: Send, E: Send, B: Send + Sync> Awaited<T, E> for Completion<Result<T, E>, B> {
    fn poll_ready(&self, waker: &Waker) -> bool {
        self.poll_ready(waker)
    }

    fn is_complete(&self) -> bool {
        self.is_complete()
    }

    fn has_failed(&self) -> bool {
        matches!(*self.state.lock(), State::Complete(Err(_)))
    }

    fn take(&self) -> Option<Result<T, E>> {
        self.take()
    }

    fn then(&self, callback: Box<dyn FnOnce(Result<T, E>) + Send>) {
        self.then(callback);
    }
}

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

impl<T, B> Completion<T, B> {
    /// Sets the value; false, and no change, when there was one before.
    pub(crate) fn complete(&self, value: T) -> bool {
        let mut state = self.state.lock();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Pending(waker) => {
                *state = State::Complete(value);
                drop(state);
                wake(waker);
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

    /// Hands the value to `callback` when it is there.
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

    /// Whether the value is there, or was.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(*self.state.lock(), State::Complete(_) | State::Taken)
    }

    /// Whether the value is there; `waker` is woken when it comes.
    pub(crate) fn poll_ready(&self, waker: &Waker) -> bool {
        poll_ready(waker, &|look| match &mut *self.state.lock() {
            State::Pending(waker) => look(Some(waker)),
            _ => look(None),
        })
    }

    /// The value, if it is there.
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

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        panics::apart(|| waker.wake());
    }
}

/// Has `look` called, under the lock, with the place of the waker of a value that has not come.
type Look<'a> = &'a dyn Fn(&mut dyn FnMut(Option<&mut Option<Waker>>));

/// [`Completion::poll_ready`] without the type of the value, so that it is compiled once.
fn poll_ready(waker: &Waker, state: Look<'_>) -> bool {
    let (mut is_ready, mut is_known) = (false, false);
    state(&mut |place| match place {
        None => is_ready = true,
        Some(known) => is_known = known.as_ref().is_some_and(|known| known.will_wake(waker)),
    });
    if is_ready || is_known {
        return is_ready;
    }
    // Cloning a waker, and dropping one, may run any code: outside the lock.
    let mut new = Some(waker.clone());
    let mut old = None;
    state(&mut |place| match place {
        None => is_ready = true,
        Some(known) => old = std::mem::replace(known, new.take()),
    });
    if old.take().is_some() {
        // That may have brought the value.
        state(&mut |place| is_ready = place.is_none());
    }
    is_ready
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
