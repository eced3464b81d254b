//! [`Elapsed`]: a limit has passed.

use std::fmt;

/// The limit of [`Task::timeout`](crate::Task::timeout) has passed. Each error of a task can be made from it.
///
/// ```
/// use insula::{SpawnError, TaskError, error::Elapsed};
///
/// assert_eq!(TaskError::from(Elapsed), TaskError::TimedOut);
/// assert!(matches!(SpawnError::from(Elapsed), SpawnError::TimedOut { .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer in time")
    }
}

impl std::error::Error for Elapsed {}
