//! Several tasks as one.

use std::sync::Arc;

use super::Task;
use crate::{contract::Platform, sync::Mutex};

/// What has come of several tasks so far.
struct Gathered<T, E> {
    missing: usize,
    values: Vec<Option<T>>,
    failure: Option<E>,
}

impl<T, E> Gathered<T, E> {
    /// Adds an outcome; gives that of all with the last one.
    fn add(&mut self, index: usize, outcome: Result<T, E>) -> Option<Result<Vec<T>, E>> {
        self.missing -= 1;
        match outcome {
            Ok(value) => self.values[index] = Some(value),
            Err(error) => self.failure = self.failure.take().or(Some(error)),
        }
        (self.missing == 0).then(|| match self.failure.take() {
            Some(error) => Err(error),
            None => Ok(self.values.drain(..).flatten().collect()),
        })
    }
}

impl<P: Platform, T: Send + 'static, E: Send + 'static> Task<P, T, E> {
    /// Completes when all `tasks` have: with their values in order, or with the error that came first.
    pub(crate) fn gather(tasks: impl IntoIterator<Item = Self>) -> Task<P, Vec<T>, E> {
        let tasks: Vec<_> = tasks.into_iter().collect();
        if tasks.is_empty() {
            return Task::ready(Ok(Vec::new()));
        }
        let (completer, mut all) = Task::channel();
        all.ties.address = tasks.iter().find_map(Self::address);
        let gathered = Arc::new(Mutex::new(Gathered {
            missing: tasks.len(),
            values: tasks.iter().map(|_| None).collect(),
            failure: None,
        }));
        for (index, task) in tasks.into_iter().enumerate() {
            let (completer, gathered) = (completer.clone(), gathered.clone());
            task.then(move |outcome| {
                let outcome = gathered.lock().add(index, outcome);
                if let Some(outcome) = outcome {
                    completer.complete(outcome);
                }
            });
        }
        all
    }
}
