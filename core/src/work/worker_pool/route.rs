//! [`Route`]: how the owner of a job that gives it up reaches the pool.

use std::sync::{Arc, Weak};

use super::queue::JobId;
use crate::{TaskError, sync::Mutex};

/// A pool, as a job's owner sees it.
pub(super) trait GiveUp: Send + Sync {
    /// The owner of the job stops waiting, and why.
    fn give_up(self: Arc<Self>, job: JobId, error: TaskError);
}

/// Where a job's owner reaches the pool that has it now.
#[derive(Default)]
pub(super) struct Route(Mutex<Way>);

#[derive(Default)]
struct Way {
    /// None in an isolate that shares no memory with the pool.
    pool: Option<Weak<dyn GiveUp>>,
    job: JobId,
    /// Why the job's owner has given it up.
    given_up: Option<TaskError>,
}

impl Route {
    pub(super) fn new(pool: Weak<dyn GiveUp>, job: JobId) -> Self {
        Self(Mutex::new(Way {
            pool: Some(pool),
            job,
            given_up: None,
        }))
    }

    /// Another pool has the job from now on.
    pub(super) fn lead_to(&self, pool: Weak<dyn GiveUp>, job: JobId) {
        let mut way = self.0.lock();
        let old = way.pool.replace(pool);
        way.job = job;
        drop(way);
        drop(old);
    }

    /// Gives the job up if its owner has meanwhile.
    pub(super) fn follow_up(&self) {
        let given_up = self.0.lock().given_up.clone();
        if let Some(error) = given_up {
            self.give_up(error);
        }
    }

    /// The owner stops waiting.
    pub(super) fn give_up(&self, error: TaskError) {
        let (pool, job) = {
            let mut way = self.0.lock();
            way.given_up.get_or_insert_with(|| error.clone());
            (way.pool.as_ref().and_then(Weak::upgrade), way.job)
        };
        if let Some(pool) = pool {
            pool.give_up(job, error);
        }
    }
}
