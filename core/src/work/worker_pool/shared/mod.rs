//! [`Shared`]: what a pool's handles share. It carries out what the scheduler decides.

mod alarm;
mod isolates;
mod looking;
mod ports;
mod watching;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    events::{Listeners, PoolEvents},
    home::Home,
    queue::{Job, JobId, MemberId},
    route::GiveUp,
    rules::Rules,
    scheduler::{Action, Actions, Given, Scheduler},
    work::{Packed, Work},
};
use crate::{
    IsolateRunner, JobError, Platform, Priority, SendPort, Task, TaskError, contract::Address,
    event_loop::EventLoop, panics, sync::Mutex, task::timeout::CallOff,
};

pub(crate) use looking::{Glance, glance};
use ports::AtHome;

/// Packs a call, once for each isolate.
type PackCall<P> = Box<dyn Fn() -> Result<Packed<P>, TaskError> + Send + Sync>;

/// What a pool's isolates are like.
pub(super) struct Making<P: Platform> {
    pub(super) name: String,
    pub(super) stack_size: Option<usize>,
    /// The first call of each isolate.
    pub(super) hello: PackCall<P>,
    /// The last one, if it has one.
    pub(super) goodbye: Option<PackCall<P>>,
}

/// What a pool's handles share.
pub(super) struct Shared<P: Platform> {
    state: Mutex<State<P>>,
    home: Home<P>,
    making: Making<P>,
    listeners: Listeners,
    next_job: AtomicU64,
    first_number: u64,
}

struct State<P: Platform> {
    scheduler: Scheduler<Arc<dyn Work<P>>>,
    hands: BTreeMap<MemberId, Hand<P>>,
    /// When the pool is looked after next although nothing happens, and what calls that off.
    alarm: Option<(Duration, Option<CallOff>)>,
    /// Who waits for the pool to be in some state.
    waiting: Vec<(Until, Waiting)>,
    /// Kept while the pool ends and has no handle any more.
    itself: Option<Arc<Shared<P>>>,
}

/// What is to be done outside the lock.
struct Step<P: Platform> {
    actions: Actions<Arc<dyn Work<P>>>,
    told: Vec<(Waiting, Result<(), TaskError>)>,
    is_alarm_right: bool,
    is_closed: bool,
}

impl<P: Platform> Step<P> {
    fn is_nothing(&self) -> bool {
        self.actions.is_empty() && self.told.is_empty() && self.is_alarm_right && !self.is_closed
    }
}

/// What reaches one isolate.
struct Hand<P: Platform> {
    runner: IsolateRunner<P>,
    answers: Address<P>,
    /// Where it hears of cancelled jobs; none before it takes work.
    cancels: Option<SendPort<P, u64>>,
}

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// No job waits and none runs.
    Idle,
    /// A job more may wait.
    Room,
    /// As many isolates take work.
    Ready(usize),
    /// All isolates are gone.
    Closed,
}

/// Told once when it has come, or why it will not.
type Waiting = Box<dyn FnOnce(Result<(), TaskError>) + Send>;

impl<P: Platform> Shared<P> {
    pub(super) fn new(rules: Rules, making: Making<P>) -> Arc<Self> {
        Arc::new_cyclic(|shared: &Weak<Self>| Self {
            state: Mutex::new(State {
                scheduler: Scheduler::new(rules),
                hands: BTreeMap::new(),
                alarm: None,
                waiting: Vec::new(),
                itself: None,
            }),
            home: Home::new(Arc::new(AtHome(shared.clone()))),
            making,
            listeners: Listeners::default(),
            next_job: AtomicU64::new(0),
            first_number: P::random() as u64,
        })
    }

    /// The numbers of a new job: in this pool, and among all pools.
    pub(super) fn next_job(&self) -> (JobId, u64) {
        let id = self.next_job.fetch_add(1, Ordering::Relaxed);
        (id, self.first_number.wrapping_add(id))
    }

    /// Where the pool's loop is.
    pub(super) fn address(&self) -> Option<Address<P>> {
        self.home.address()
    }

    pub(super) fn is_full(&self) -> bool {
        let state = self.state.lock();
        state.scheduler.is_open() && state.scheduler.is_full()
    }

    /// The isolates that take work, and are not to be replaced.
    pub(super) fn all_ready(&self) -> Vec<MemberId> {
        self.state.lock().scheduler.all_ready()
    }

    /// How many isolates there may be.
    pub(super) fn most(&self) -> usize {
        self.state.lock().scheduler.most()
    }

    /// Takes a job, or fails it.
    pub(super) fn submit(self: &Arc<Self>, given: Given<Arc<dyn Work<P>>>) {
        let is_plain = given.is_plain();
        let refused = self.tell_if(|scheduler, now| {
            let refused = scheduler.submit(now, given);
            // Most of a burst of jobs.
            let waits = is_plain && refused.is_ok() && scheduler.are_all_busy(now);
            (refused, !waits)
        });
        if let Err((work, error)) = refused {
            work.fail(JobError::not_begun(error));
        }
    }

    /// Takes over a job that another pool has not begun.
    pub(super) fn adopt(self: &Arc<Self>, job: Job<Arc<dyn Work<P>>>) {
        let (id, _) = self.next_job();
        let work = job.work.clone();
        work.flag()
            .route
            .lead_to(Arc::downgrade(self) as Weak<dyn GiveUp>, id);
        self.submit(Given { id, ..job.into() });
        // Its owner may have given it up while no pool had it.
        work.flag().route.follow_up();
    }

    /// The jobs that never began before the limit of a close.
    pub(super) fn take_never_begun(&self) -> Vec<Job<Arc<dyn Work<P>>>> {
        self.state.lock().scheduler.take_never_begun()
    }

    /// Tells the scheduler something, and does what comes of it.
    pub(super) fn tell<R>(
        self: &Arc<Self>,
        news: impl FnOnce(&mut Scheduler<Arc<dyn Work<P>>>, Duration) -> R,
    ) -> R {
        self.tell_if(|scheduler, now| (news(scheduler, now), true))
    }

    /// As [`tell`](Self::tell), where `news` says whether anything can come of it.
    fn tell_if<R>(
        self: &Arc<Self>,
        news: impl FnOnce(&mut Scheduler<Arc<dyn Work<P>>>, Duration) -> (R, bool),
    ) -> R {
        let now = P::now();
        let is_here = self.home.is_here();
        let (result, step) = {
            let mut state = self.state.lock();
            let (result, matters) = news(&mut state.scheduler, now);
            if !matters {
                return result;
            }
            // In the same lock, where it can be done here.
            (result, is_here.then(|| state.step(now)))
        };
        match step {
            Some(step) if step.is_nothing() => {}
            Some(step) => self.home.run(|| self.carry_out(step)),
            None => self.look_after(),
        }
        result
    }

    /// Has `waiting` called when it has come to that, or why it will not.
    pub(super) fn when(
        self: &Arc<Self>,
        until: Until,
        waiting: impl FnOnce(Result<(), TaskError>) + Send + 'static,
    ) {
        self.state.lock().waiting.push((until, Box::new(waiting)));
        self.look_after();
    }

    /// A task that completes when it has come to that.
    pub(super) fn until(self: &Arc<Self>, until: Until) -> Task<P, ()> {
        let (completer, task) = Task::channel();
        self.when(until, move |outcome| {
            completer.complete(outcome);
        });
        match self.address() {
            Some(address) => task.at(address),
            None => task,
        }
    }

    /// The last handle is gone: gives everything up, unless the pool is closing.
    pub(super) fn let_go(self: &Arc<Self>) {
        {
            let mut state = self.state.lock();
            if state.scheduler.is_closed() {
                return;
            }
            state.itself = Some(self.clone());
        }
        self.tell(|scheduler, now| {
            if scheduler.is_open() {
                scheduler.abort(now);
            }
        });
    }

    /// Runs `code` at home, where it is called already or which is anywhere.
    pub(super) fn at_home(self: &Arc<Self>, code: impl FnOnce(&Arc<Self>)) {
        self.home.run(|| code(self));
    }

    /// Does what is to be done, at home.
    fn look_after(self: &Arc<Self>) {
        self.home.run(|| self.look_after_here());
    }

    pub(super) fn look_after_here(self: &Arc<Self>) {
        let step = self.state.lock().step(P::now());
        self.carry_out(step);
    }

    /// Carries out what the scheduler has decided, and what it decides because of that.
    fn carry_out(self: &Arc<Self>, mut step: Step<P>) {
        loop {
            let mut is_settled = true;
            for action in step.actions {
                is_settled &= self.act(action);
            }
            for (waiting, outcome) in step.told {
                panics::apart(|| waiting(outcome));
            }
            if is_settled {
                break;
            }
            step = self.state.lock().step(P::now());
        }
        if !step.is_alarm_right {
            self.set_alarm();
        }
        if step.is_closed {
            self.leave();
        }
    }

    /// All isolates are gone.
    fn leave(&self) {
        let itself = self.state.lock().itself.take();
        self.listeners.end();
        self.home.leave();
        drop(itself);
    }

    /// Carries out an action; false when the scheduler has to look again.
    fn act(self: &Arc<Self>, action: Action<Arc<dyn Work<P>>>) -> bool {
        match action {
            Action::Spawn(member, seat) => self.spawn(member, seat),
            Action::Post(member, job, work) => return self.post(member, job, &*work),
            Action::Signal(member, work) => {
                work.flag().cancel();
                let cancels = self.hand(member, |hand| hand.cancels.clone()).flatten();
                if let Some(cancels) = cancels {
                    // A number always packs.
                    let _ = cancels.send(work.ticket());
                }
            }
            Action::Kill(member) => {
                let isolate = self.hand(member, |hand| hand.runner.isolate().clone());
                if let Some(isolate) = isolate {
                    isolate.kill(Priority::Immediate);
                }
            }
            Action::Retire(member) => self.retire(member),
            Action::Ask(member) => self.ask(member),
            Action::Tell(event, job) => self.tell_listeners(event, job.as_deref()),
            Action::Forget(member) => {
                let hand = self.state.lock().hands.remove(&member);
                if let Some(hand) = hand {
                    EventLoop::close(&hand.answers);
                }
            }
            Action::Fail(work, error) => work.fail(error),
            Action::Drop(work) => panics::apart(|| drop(work)),
        }
        true
    }

    fn hand<R>(&self, member: MemberId, look: impl FnOnce(&mut Hand<P>) -> R) -> Option<R> {
        self.state.lock().hands.get_mut(&member).map(look)
    }
}

impl<P: Platform> GiveUp for Shared<P> {
    fn give_up(self: Arc<Self>, job: JobId, error: TaskError) {
        self.tell(|scheduler, now| scheduler.cancel(now, job, error));
    }
}

/// What waits is told, however the pool has ended.
impl<P: Platform> Drop for Shared<P> {
    fn drop(&mut self) {
        self.listeners.end();
        let (jobs, waiting) = {
            let mut state = self.state.lock();
            let waiting = std::mem::take(&mut state.waiting);
            (state.scheduler.take_all(), waiting)
        };
        for job in jobs {
            let begun = job.attempts > 0;
            let error = JobError::new(TaskError::Closed, begun, job.attempts);
            panics::apart(move || job.work.fail(error));
        }
        for (_, waiting) in waiting {
            panics::apart(|| waiting(Err(TaskError::Closed)));
        }
    }
}

impl<P: Platform> State<P> {
    /// Brings the scheduler up to now.
    fn step(&mut self, now: Duration) -> Step<P> {
        Step {
            actions: self.scheduler.settle(now),
            told: self.take_told(),
            is_alarm_right: self.is_alarm_right(),
            is_closed: self.scheduler.is_closed(),
        }
    }

    /// Takes out who waits for what has come.
    fn take_told(&mut self) -> Vec<(Waiting, Result<(), TaskError>)> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let (mut told, mut still) = (Vec::new(), Vec::new());
        for (until, waiting) in std::mem::take(&mut self.waiting) {
            match self.outcome(until) {
                Some(outcome) => told.push((waiting, outcome)),
                None => still.push((until, waiting)),
            }
        }
        self.waiting = still;
        told
    }

    fn outcome(&self, until: Until) -> Option<Result<(), TaskError>> {
        let scheduler = &self.scheduler;
        match until {
            Until::Idle => scheduler.is_idle().then_some(Ok(())),
            Until::Room => scheduler.has_room().then_some(Ok(())),
            Until::Closed => scheduler.is_closed().then_some(Ok(())),
            Until::Ready(count) if scheduler.ready() >= count => Some(Ok(())),
            Until::Ready(_) if !scheduler.is_open() => Some(Err(TaskError::Closed)),
            Until::Ready(_) => scheduler.start_error().cloned().map(Err),
        }
    }
}
