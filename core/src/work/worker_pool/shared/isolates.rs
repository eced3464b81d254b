//! A pool's isolates: how they start, get jobs, answer and end.

use std::sync::Arc;

use super::{
    Hand, Shared,
    ports::{Answers, Loss},
};
use crate::{
    IsolateRunner, Platform, Priority, SpawnError, TaskError,
    event_loop::EventLoop,
    panics::{self, Stopped},
    task::Outcome,
    unpack::unpack,
    work::worker_pool::{
        queue::{JobId, MemberId},
        request::Hello,
        scheduler::Scheduler,
        work::Work,
    },
};

impl<P: Platform> Shared<P> {
    /// Starts an isolate, and has it say that it takes work.
    pub(super) fn spawn(self: &Arc<Self>, member: MemberId, seat: usize) {
        let mut builder =
            IsolateRunner::builder().debug_name(format!("{} {seat}", self.making.name));
        if let Some(bytes) = self.making.stack_size {
            builder = builder.stack_size(bytes);
        }
        let shared = Arc::downgrade(self);
        builder.spawn().then(move |outcome| {
            // A runner that nobody wants any more ends when it is dropped.
            if let Some(shared) = shared.upgrade() {
                shared.at_home(|shared| shared.spawned(member, outcome));
            }
        });
    }

    fn spawned(self: &Arc<Self>, member: MemberId, outcome: Result<IsolateRunner<P>, SpawnError>) {
        let runner = match outcome {
            Ok(runner) => runner,
            Err(error) => {
                return self
                    .tell(|scheduler, now| scheduler.not_started(now, member, error.into()));
            }
        };
        if !self.state.lock().scheduler.is_starting(member) {
            // The pool closes, and the isolate ends with its runner.
            return self.lost(member, TaskError::Ended);
        }
        let answers = EventLoop::open_unref(Arc::new(Answers::new(self, member)));
        let hand = Hand {
            runner: runner.clone(),
            answers: answers.clone(),
            cancels: None,
        };
        self.state.lock().hands.insert(member, hand);
        let watched = runner.watch(Arc::new(Loss {
            shared: Arc::downgrade(self),
            member,
        }));
        if let Err(lost) = watched {
            return self.lost(member, lost);
        }
        // It clones what the application has given it.
        let hello = match panics::catch::<P, _>(|| (self.making.hello)()) {
            Ok(hello) => hello,
            Err(Stopped::Panic(error)) => Err(TaskError::Panicked(error)),
            Err(Stopped::Unwound) => Err(TaskError::Ended),
        };
        match hello {
            Ok(packed) => packed.post(&runner, None, answers),
            Err(error) => {
                self.tell(|scheduler, now| scheduler.not_started(now, member, error));
            }
        }
    }

    /// Gives an isolate a job; false when that can't be sent.
    pub(super) fn post(self: &Arc<Self>, member: MemberId, job: JobId, work: &dyn Work<P>) -> bool {
        let hand = self.hand(member, |hand| (hand.runner.clone(), hand.answers.clone()));
        let Some((runner, answers)) = hand else {
            return true;
        };
        match work.packed() {
            Ok(packed) => {
                packed.post(&runner, work.label(), answers);
                true
            }
            Err(error) => {
                let now = P::now();
                let mut state = self.state.lock();
                state.scheduler.not_posted(now, member, job, error);
                false
            }
        }
    }

    /// Lets an isolate end when it has done what it was given.
    pub(super) fn retire(self: &Arc<Self>, member: MemberId) {
        let hand = self.hand(member, |hand| (hand.runner.clone(), hand.answers.clone()));
        let Some((runner, answers)) = hand else {
            return;
        };
        if let Some(goodbye) = &self.making.goodbye
            && let Ok(packed) = goodbye()
        {
            packed.post(&runner, None, answers);
        }
        runner.close_behind();
    }

    /// An isolate has ended.
    pub(super) fn lost(self: &Arc<Self>, member: MemberId, error: TaskError) {
        if !matches!(error, TaskError::IsolateLost { .. } | TaskError::Ended) {
            // The isolate that watches is over, and with it the pool.
            return self.tell(Scheduler::abandon);
        }
        self.tell(|scheduler, now| scheduler.lost(now, member, error));
    }

    /// An isolate has answered.
    pub(super) fn answered(self: &Arc<Self>, member: MemberId, parcel: P::Parcel) {
        self.draw(member);
        let answered = self.tell(|scheduler, now| scheduler.answered(now, member));
        match answered {
            Some((work, attempts)) => {
                if !work.answered(parcel, attempts) {
                    self.state.lock().scheduler.count_failed();
                }
            }
            None => panics::apart(|| drop(parcel)),
        }
    }

    /// An isolate has said that it takes work, or why not.
    pub(super) fn greeted(self: &Arc<Self>, member: MemberId, parcel: P::Parcel) {
        let hello = unpack::<P, Outcome<Hello<P>>>(parcel).map_err(TaskError::Decode);
        let hello = hello.and_then(Outcome::into_result);
        let error = match hello {
            Ok(Ok(cancels)) => {
                self.hand(member, |hand| hand.cancels = Some(cancels));
                return self.tell(|scheduler, now| scheduler.started(now, member));
            }
            Ok(Err(error)) => TaskError::Spawn(SpawnError::Failed(error)),
            Err(error) => error,
        };
        let isolate = self.hand(member, |hand| hand.runner.isolate().clone());
        if let Some(isolate) = isolate {
            isolate.kill(Priority::Immediate);
        }
        self.tell(|scheduler, now| scheduler.not_started(now, member, error));
    }
}
