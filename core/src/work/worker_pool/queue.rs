//! [`Queue`]: the jobs that wait, in the order in which they are to begin.
//!
//! A job's rank is fixed when it is given: the time of that, less a head start for each step of priority. So a job of a
//! low priority is overtaken only by those that are given within that head start after it, and none waits for ever.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// The number of a job in its pool.
pub(super) type JobId = u64;

/// The number of an isolate in its pool; not used again.
pub(super) type MemberId = u64;

/// A job's place in the order; the least begins first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    microseconds: i64,
    id: JobId,
}

impl Rank {
    /// The rank of a job that is given at a time, where one step of priority is worth `aging`.
    pub(super) fn new(submitted: Duration, priority: i8, aging: Duration, id: JobId) -> Self {
        // A thousand years a step: so the steps of each priority differ, and none is out of range.
        let step = micros(aging).min(i64::MAX / 256);
        let head_start = step * i64::from(priority);
        Self {
            microseconds: micros(submitted).saturating_sub(head_start),
            id,
        }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// What a pool knows of a job.
#[derive(Clone, Debug)]
pub(super) struct Job<J> {
    pub(super) id: JobId,
    pub(super) rank: Rank,
    pub(super) work: J,
    pub(super) priority: i8,
    pub(super) submitted: Duration,
    /// Jobs of one key run on one isolate.
    pub(super) key: Option<u64>,
    /// The one isolate that may run it.
    pub(super) member: Option<MemberId>,
    /// When it is given up, begun or not.
    pub(super) deadline: Option<Duration>,
    /// How long it may run.
    pub(super) timeout: Option<Duration>,
    /// How often it may begin again when its isolate is lost.
    pub(super) retries: u32,
    /// How often it has begun.
    pub(super) attempts: u32,
}

/// The jobs that wait.
pub(super) struct Queue<J> {
    /// Those that any isolate may have, and those that were not looked at yet.
    open: BTreeMap<Rank, Job<J>>,
    /// Those that wait for one isolate.
    bound: BTreeMap<MemberId, BTreeMap<Rank, Job<J>>>,
    /// Those that no other isolate may have.
    pinned: BTreeMap<MemberId, BTreeMap<Rank, Job<J>>>,
    places: BTreeMap<JobId, (Rank, Place)>,
    deadlines: BTreeSet<(Duration, JobId)>,
}

/// Where a job waits.
#[derive(Clone, Copy)]
enum Place {
    Open,
    Bound(MemberId),
    Pinned(MemberId),
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            bound: BTreeMap::new(),
            pinned: BTreeMap::new(),
            places: BTreeMap::new(),
            deadlines: BTreeSet::new(),
        }
    }
}

impl<J> Queue<J> {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn push(&mut self, job: Job<J>) {
        self.deadlines.extend(job.deadline.map(|due| (due, job.id)));
        let (place, jobs) = match job.member {
            Some(member) => (
                Place::Pinned(member),
                self.pinned.entry(member).or_default(),
            ),
            None => (Place::Open, &mut self.open),
        };
        self.places.insert(job.id, (job.rank, place));
        jobs.insert(job.rank, job);
    }

    /// How many jobs wait that any isolate may have.
    pub(super) fn unpinned(&self) -> usize {
        let pinned: usize = self.pinned.values().map(BTreeMap::len).sum();
        self.len() - pinned
    }

    pub(super) fn contains(&self, id: JobId) -> bool {
        self.places.contains_key(&id)
    }

    pub(super) fn remove(&mut self, id: JobId) -> Option<Job<J>> {
        let (rank, place) = self.places.remove(&id)?;
        let job = match place {
            Place::Open => self.open.remove(&rank),
            Place::Bound(member) => self.bound.get_mut(&member)?.remove(&rank),
            Place::Pinned(member) => {
                let jobs = self.pinned.get_mut(&member)?;
                let job = jobs.remove(&rank);
                if jobs.is_empty() {
                    self.pinned.remove(&member);
                }
                job
            }
        }?;
        if let Some(due) = job.deadline {
            self.deadlines.remove(&(due, id));
        }
        Some(job)
    }

    /// The job that was given first, or last, of those that any isolate may have.
    pub(super) fn oldest(&self) -> Option<JobId> {
        self.ids().next()
    }

    pub(super) fn newest(&self) -> Option<JobId> {
        self.ids().next_back()
    }

    fn ids(&self) -> impl DoubleEndedIterator<Item = JobId> {
        let places = self.places.iter();
        places.filter_map(|(id, (_, place))| (!matches!(place, Place::Pinned(_))).then_some(*id))
    }

    /// The next of those that were not bound, with its key.
    pub(super) fn first_open(&self) -> Option<(Rank, JobId, Option<u64>)> {
        let (rank, job) = self.open.first_key_value()?;
        Some((*rank, job.id, job.key))
    }

    /// The next of those that wait for one isolate.
    pub(super) fn first_bound(&self, member: MemberId) -> Option<(Rank, JobId)> {
        let (rank, job) = self.bound.get(&member)?.first_key_value()?;
        Some((*rank, job.id))
    }

    /// The next of those that only this isolate may have.
    pub(super) fn first_pinned(&self, member: MemberId) -> Option<(Rank, JobId)> {
        let (rank, job) = self.pinned.get(&member)?.first_key_value()?;
        Some((*rank, job.id))
    }

    /// Takes out those that only this isolate may have.
    pub(super) fn take_pinned(&mut self, member: MemberId) -> Vec<Job<J>> {
        let jobs = self
            .pinned
            .get(&member)
            .into_iter()
            .flat_map(BTreeMap::values);
        let ids: Vec<_> = jobs.map(|job| job.id).collect();
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Has a job wait for one isolate.
    pub(super) fn bind(&mut self, id: JobId, to: MemberId) {
        let Some((rank, place)) = self.places.get_mut(&id) else {
            return;
        };
        if let Some(job) = self.open.remove(rank) {
            *place = Place::Bound(to);
            self.bound.entry(to).or_default().insert(*rank, job);
        }
    }

    /// Looks at all jobs anew, because the isolates are others.
    pub(super) fn unbind_all(&mut self) {
        for (rank, job) in std::mem::take(&mut self.bound).into_values().flatten() {
            self.places.insert(job.id, (rank, Place::Open));
            self.open.insert(rank, job);
        }
    }

    /// When the next job is to be given up.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    /// A job whose deadline has come.
    pub(super) fn overdue(&self, now: Duration) -> Option<JobId> {
        let (due, id) = self.deadlines.first()?;
        (*due <= now).then_some(*id)
    }

    /// Takes all out, in order.
    pub(super) fn take_all(&mut self) -> Vec<Job<J>> {
        self.unbind_all();
        let pinned = std::mem::take(&mut self.pinned).into_values().flatten();
        self.open.extend(pinned);
        self.places.clear();
        self.deadlines.clear();
        std::mem::take(&mut self.open).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Job, Queue, Rank};

    const SECOND: Duration = Duration::from_secs(1);

    fn job(id: u64, at: u64, priority: i8) -> Job<()> {
        let submitted = Duration::from_millis(at);
        Job {
            id,
            rank: Rank::new(submitted, priority, SECOND, id),
            work: (),
            priority,
            submitted,
            key: None,
            member: None,
            deadline: Some(submitted + SECOND),
            timeout: None,
            retries: 0,
            attempts: 0,
        }
    }

    fn order(jobs: impl IntoIterator<Item = Job<()>>) -> Vec<u64> {
        let mut queue = Queue::default();
        jobs.into_iter().for_each(|job| queue.push(job));
        queue.take_all().into_iter().map(|job| job.id).collect()
    }

    #[test]
    fn equals_keep_their_order() {
        assert_eq!(order([job(1, 5, 0), job(2, 5, 0), job(3, 6, 0)]), [1, 2, 3]);
    }

    #[test]
    fn a_higher_priority_goes_first() {
        assert_eq!(
            order([job(1, 0, 0), job(2, 500, 1), job(3, 600, 1)]),
            [2, 3, 1]
        );
    }

    #[test]
    fn a_job_is_not_overtaken_for_ever() {
        // A step of priority is worth a second: who comes later than that has to wait.
        assert_eq!(
            order([job(1, 0, 0), job(2, 999, 1), job(3, 1001, 1)]),
            [2, 1, 3]
        );
    }

    #[test]
    fn a_job_that_does_not_age_goes_by_its_priority_alone() {
        let ranks = [i8::MIN, -5, 0, 5, 126, i8::MAX]
            .map(|priority| Rank::new(SECOND, priority, Duration::MAX, 1));
        assert!(ranks.is_sorted_by(|lower, higher| lower > higher));
    }

    #[test]
    fn a_bound_job_waits_for_its_isolate() {
        let mut queue = Queue::default();
        queue.push(job(1, 0, 0));
        queue.push(job(2, 1, 0));
        queue.bind(1, 7);
        assert_eq!(queue.first_open().map(|(_, id, _)| id), Some(2));
        assert_eq!(queue.first_bound(7).map(|(_, id)| id), Some(1));
        assert!(queue.first_bound(8).is_none());
        queue.unbind_all();
        assert_eq!(queue.first_open().map(|(_, id, _)| id), Some(1));
    }

    #[test]
    fn a_pinned_job_stays_with_its_isolate() {
        let mut queue = Queue::default();
        queue.push(Job {
            member: Some(7),
            ..job(1, 0, 0)
        });
        queue.push(job(2, 1, 0));
        queue.unbind_all();
        assert_eq!(queue.first_open().map(|(_, id, _)| id), Some(2));
        assert_eq!(queue.first_pinned(7).map(|(_, id)| id), Some(1));
        assert_eq!((queue.len(), queue.unpinned()), (2, 1));
        assert_eq!(queue.oldest(), Some(2), "it makes no room for others");
        assert_eq!(queue.take_pinned(7).len(), 1);
        assert_eq!((queue.len(), queue.unpinned()), (1, 1));
        assert!(queue.take_pinned(7).is_empty());
    }

    #[test]
    fn a_removed_job_leaves_nothing() {
        let mut queue = Queue::default();
        queue.push(job(1, 0, 0));
        queue.push(job(2, 1, 0));
        queue.bind(2, 7);
        assert_eq!((queue.oldest(), queue.newest()), (Some(1), Some(2)));
        assert_eq!(queue.overdue(SECOND), Some(1));
        assert!(queue.remove(2).is_some() && queue.remove(1).is_some());
        assert!(queue.remove(1).is_none() && queue.is_empty());
        assert_eq!(queue.next_deadline(), None);
    }
}
