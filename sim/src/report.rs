//! What a run tells about its isolates: unhandled errors, and what each still waits for.

use std::fmt;

use insula_core::RemoteError;

use crate::isolate_id::IsolateId;

/// An error that no listener heard.
///
/// ```
/// let run = insula_sim::run(0, async {
///     insula_sim::schedule_microtask(|| panic!("boom"));
///     insula_sim::sleep(std::time::Duration::ZERO).await;
/// });
/// assert_eq!(run.reports[0].isolate, "main");
/// assert!(run.reports[0].to_string().starts_with("unhandled error in isolate `main`: boom at "));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The name of the isolate in which it happened.
    pub isolate: String,
    /// What happened.
    pub error: RemoteError,
}

impl Report {
    pub(crate) fn new(isolate: &str, error: &RemoteError) -> Self {
        Self {
            isolate: isolate.to_owned(),
            error: error.clone(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unhandled error in isolate `{}`: {}",
            self.isolate, self.error
        )?;
        match self.error.stack_trace().lines().next() {
            Some(location) if !location.is_empty() => write!(f, " {location}"),
            _ => Ok(()),
        }
    }
}

/// An isolate that is alive, and what it waits for.
///
/// ```
/// use insula_sim::{Isolate, ReceivePort};
///
/// let run = insula_sim::run(0, async {
///     let idle = Isolate::builder().debug_name("idle");
///     drop(idle.spawn(|()| ReceivePort::<()>::new().detach(), ()).await);
/// });
/// assert_eq!(run.left[0].to_string(), "#1 `idle` waits for an event");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// The isolate.
    pub isolate: IsolateId,
    /// Its name.
    pub name: String,
    /// What it waits for.
    pub what: String,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` {}", self.isolate, self.name, self.what)
    }
}
