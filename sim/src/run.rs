//! One run: one future, one seed, one interleaving.

use std::{
    any::Any,
    cell::RefCell,
    future::poll_fn,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
    thread,
    time::Duration,
};

use insula_core::trace;

use crate::{
    Sim,
    failure::Failure,
    here::Here,
    isolate_id::IsolateId,
    report::{Report, Waiting},
    scheduler::Scheduler,
    setting::Setting,
    steps::Trace,
    world::World,
};

/// What came of a run whose future completed.
///
/// ```
/// let run = insula_sim::run(3, async {
///     drop(insula_sim::Isolate::spawn(|()| panic!("unheard"), ()).await);
/// });
/// assert_eq!((run.seed, run.value), (3, ()));
/// assert_eq!(run.reports[0].error.description(), "unheard");
/// assert!(run.steps() > 0 && run.left.is_empty());
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Run<T> {
    /// The future's value.
    pub value: T,
    /// The seed.
    pub seed: u64,
    /// What happened, in order, also after the future was complete.
    pub trace: Trace,
    /// The last events of each isolate, as a picture.
    pub recorded: trace::Trace,
    /// The virtual time that passed.
    pub elapsed: Duration,
    /// The errors that no listener heard.
    pub reports: Vec<Report>,
    /// The isolates that were still alive when everything had happened that could without time
    /// passing. They were ended then, as if killed.
    pub left: Vec<Waiting>,
    /// How many messages had not arrived then; none, unless the world would not settle.
    pub in_flight: usize,
}

impl<T> Run<T> {
    /// How many steps were taken.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.trace.len()
    }
}

/// How many events of each isolate are recorded.
const RECORDED: usize = 1_000;

type Outcome<T> = Rc<RefCell<Option<thread::Result<T>>>>;

/// Runs `future` on the host of a new world until it completes.
pub(crate) fn try_run<F: Future<Output: 'static> + 'static>(
    setting: Setting,
    seed: u64,
    future: F,
) -> Result<Run<F::Output>, Failure> {
    assert!(
        Here::try_get().is_none(),
        "a run can't begin inside another"
    );
    let world = Arc::new(World::new(seed, setting));
    let scheduler = Rc::new(Scheduler::default());
    let here = Here::enter(world.clone(), IsolateId::HOST, scheduler.clone());
    let recording = trace::start::<Sim>(RECORDED);
    scheduler.open(&here);

    let outcome: Outcome<F::Output> = Rc::default();
    start(future, outcome.clone());
    let driven = panic::catch_unwind(AssertUnwindSafe(|| {
        drive(&here, &scheduler, &outcome);
        if outcome.borrow().as_ref().is_some_and(Result::is_ok) {
            scheduler.settle(&here);
        }
    }));
    let (mut left, in_flight) = world.with(|state| (state.waiting(), state.in_flight()));
    let recorded = recording.stop();
    scheduler.close(&here);
    Here::leave();
    if let Err(bug) = driven
        && !scheduler.has_failed()
    {
        panic::resume_unwind(bug);
    }

    let (trace, reports, elapsed) = world.with(|state| {
        let (trace, reports) = (&mut state.trace, &mut state.reports);
        (std::mem::take(trace), std::mem::take(reports), state.now)
    });
    let (reason, payload) = match (outcome.take(), scheduler.take_failure()) {
        (Some(Ok(value)), _) => {
            left.retain(|waiting| waiting.isolate != IsolateId::HOST);
            return Ok(Run {
                value,
                seed,
                trace,
                recorded,
                elapsed,
                reports,
                left,
                in_flight,
            });
        }
        (_, Some(reason)) => (reason, None),
        (Some(Err(payload)), None) => (text(&*payload), Some(Box::new(payload))),
        (None, None) => {
            unreachable!("a run ends with an outcome or with a reason why there is none")
        }
    };
    Err(Failure {
        seed,
        reason,
        trace,
        recorded: Box::new(recorded),
        reports,
        payload,
    })
}

/// As [`try_run`]; a failure is printed and panics.
pub(crate) fn run<F: Future<Output: 'static> + 'static>(
    setting: Setting,
    seed: u64,
    future: F,
) -> Run<F::Output> {
    try_run(setting, seed, future).unwrap_or_else(|failure| {
        failure.explain();
        failure.raise()
    })
}

/// Makes `future` the host's. Its panic is reported as every panic is, and kept.
fn start<F: Future<Output: 'static> + 'static>(future: F, outcome: Outcome<F::Output>) {
    insula_core::spawn_local::<Sim>(async move {
        let mut future = pin!(future);
        let result =
            poll_fn(
                |context| match insula_core::uncaught(|| future.as_mut().poll(context)) {
                    Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
                    Ok(Poll::Pending) => Poll::Pending,
                    Err(payload) => Poll::Ready(Err(payload)),
                },
            );
        let result = result.await;
        *outcome.borrow_mut() = Some(result);
    });
}

fn drive<T>(here: &Here, scheduler: &Scheduler, outcome: &Outcome<T>) {
    while outcome.borrow().is_none() && !scheduler.has_failed() {
        if let Err(stuck) = scheduler.step(here) {
            scheduler.fail(here, stuck);
        }
    }
}

/// The message of a panic.
fn text(payload: &dyn Any) -> String {
    let text = payload
        .downcast_ref::<&'static str>()
        .map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
