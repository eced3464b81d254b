//! What the root knows of the recordings of its workers.

use std::{cell::RefCell, time::Duration};

use insula_core::trace::Part;

use crate::ids::IsolateId;

/// How many workers that are over are kept in the picture: the last ones.
const OVER: usize = 1_000;

/// A recording: who wants it, and what the workers have handed over.
pub(super) struct Recorded {
    /// How many events of each isolate are kept.
    pub(super) events: usize,
    /// Those who hold it: an isolate, and its number for it.
    pub(super) holders: Vec<(IsolateId, u64)>,
    /// In the order in which they were asked for.
    pub(super) workers: Vec<Worker>,
}

/// A worker that was told to record.
pub(super) struct Worker {
    pub(super) id: IsolateId,
    pub(super) name: String,
    /// Since when it was asked, and has not answered.
    pub(super) asked: Option<Duration>,
    /// What it has handed over last.
    pub(super) part: Option<Part>,
    /// Whether that is all.
    pub(super) has_told_all: bool,
    /// When it was over.
    pub(super) over: Option<Duration>,
}

thread_local! {
    static RECORDED: RefCell<Option<Recorded>> = const { RefCell::new(None) };
}

/// Looks at the recording, if there is one.
pub(super) fn with<R>(look: impl FnOnce(&mut Option<Recorded>) -> R) -> R {
    RECORDED.with_borrow_mut(look)
}

impl Recorded {
    pub(super) fn add(&mut self, id: IsolateId, name: String) {
        self.workers.push(Worker {
            id,
            name,
            asked: None,
            part: None,
            has_told_all: false,
            over: None,
        });
        let over = self.workers.iter().filter(|worker| worker.over.is_some());
        let mut surplus = over.count().saturating_sub(OVER);
        self.workers.retain(|worker| {
            let goes = surplus > 0 && worker.over.is_some();
            surplus -= usize::from(goes);
            !goes
        });
    }

    pub(super) fn worker(&mut self, id: IsolateId) -> Option<&mut Worker> {
        self.workers.iter_mut().find(|worker| worker.id == id)
    }

    /// Whether nobody is waited for.
    pub(super) fn have_answered(&self) -> bool {
        let mut workers = self.workers.iter();
        !workers.any(|worker| worker.asked.is_some() && worker.over.is_none())
    }

    /// What the workers have handed over, at `now`, and what is known of those that have not.
    pub(super) fn parts(&self, now: Duration) -> impl Iterator<Item = Part> {
        self.workers.iter().map(move |worker| worker.told(now))
    }
}

impl Worker {
    fn told(&self, now: Duration) -> Part {
        let part = self.part.clone();
        let mut part = part.unwrap_or_else(|| Part::nothing(&self.name));
        match (self.over, self.asked) {
            (Some(over), _) => {
                part.close();
                if !self.has_told_all {
                    part.note("ended unheard", (over, over), false);
                }
            }
            (None, Some(asked)) => part.note("did not answer", (asked, now), true),
            (None, None) => {}
        }
        part
    }
}
