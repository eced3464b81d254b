//! What `close` comes to, however often it is called.

use crate::{Platform, Task, TaskError, completion::Completer, sync::Mutex};

/// The one closing of a runner, and who waits for it.
#[derive(Default)]
pub(super) struct Closing(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    NotAsked,
    Waiting(Vec<Completer<Result<(), TaskError>>>),
    Done(Result<(), TaskError>),
}

impl Closing {
    /// A task that completes with the closing, and whether this is the first call, which has to see to it.
    pub(super) fn ask<P: Platform>(&self) -> (bool, Task<P, ()>) {
        let mut state = self.0.lock();
        if let State::Done(outcome) = &*state {
            return (false, Task::ready(outcome.clone()));
        }
        let (completer, task) = Task::channel();
        if let State::Waiting(others) = &mut *state {
            others.push(completer);
            return (false, task);
        }
        *state = State::Waiting(vec![completer]);
        (true, task)
    }

    /// Tells everybody who has asked.
    pub(super) fn done(&self, outcome: &Result<(), TaskError>) {
        let before = std::mem::replace(&mut *self.0.lock(), State::Done(outcome.clone()));
        if let State::Waiting(waiting) = before {
            for completer in waiting {
                completer.complete(outcome.clone());
            }
        }
    }
}
