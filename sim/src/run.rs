//! Runs: one future, one seed, one interleaving. And many of them.

use std::{
    any::Any,
    cell::RefCell,
    env, fmt,
    future::poll_fn,
    ops::Range,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
    thread,
    time::Duration,
};

use insula_core::AppResult;

use crate::{
    Kind, Simulated,
    here::{Here, Role},
    scheduler::{self, Progress, Scheduler},
    trace::{Number, Trace},
    world::{Report, Waiting, World},
};

/// How many steps of a failed run are printed.
const TAIL: usize = 40;

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

/// Why a run has no value.
///
/// ```
/// use insula_sim::{ReceivePort, Sim};
///
/// let deadlock = Sim::try_run(5, async {
///     ReceivePort::<u32>::new().next().await // nobody sends
/// });
/// let failure = deadlock.expect_err("it can't go on");
/// assert_eq!(failure.seed, 5);
/// assert!(failure.reason.starts_with("deadlock"), "{}", failure.reason);
/// ```
#[non_exhaustive]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The message of the future's panic, or why nothing could go on.
    pub reason: String,
    /// What happened, in order.
    pub trace: Trace,
    /// The errors that no listener heard.
    pub reports: Vec<Report>,
    payload: Option<Box<dyn Any + Send>>,
}

impl Failure {
    /// Panics: with the future's own payload, or with the reason and the seed.
    ///
    /// ```
    /// use insula_sim::Sim;
    ///
    /// let failure = Sim::try_run(0, async { panic!("boom") }).expect_err("it panicked");
    /// let raised = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| failure.raise()));
    /// assert_eq!(raised.unwrap_err().downcast_ref(), Some(&"boom"));
    /// ```
    ///
    /// # Panics
    /// Always.
    pub fn raise(self) -> ! {
        match self.payload {
            Some(payload) => panic::resume_unwind(payload),
            None => panic!("{self}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n(seed {}, step {})",
            self.reason,
            self.seed,
            self.trace.len()
        )
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("seed", &self.seed)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Failure {}

type Outcome<T> = Rc<RefCell<Option<thread::Result<T>>>>;

impl<K: Kind> Simulated<K> {
    /// Runs `future` on the host of a new world until it completes; see [`run`](crate::run()).
    ///
    /// # Panics
    /// As [`run`](crate::run()).
    pub fn run<F: Future<Output: 'static> + 'static>(seed: u64, future: F) -> Run<F::Output> {
        Self::try_run(seed, future).unwrap_or_else(|failure| {
            explain(&failure);
            failure.raise()
        })
    }

    /// As [`run`](Self::run), but hands the failure over and prints nothing; a panic's message was
    /// printed by the panic hook.
    ///
    /// # Errors
    /// The future panicked, nothing could wake it any more, or it had no end.
    ///
    /// # Panics
    /// Inside a run.
    pub fn try_run<F: Future<Output: 'static> + 'static>(
        seed: u64,
        future: F,
    ) -> Result<Run<F::Output>, Failure> {
        assert!(
            Here::<K>::get().is_none(),
            "a run can't begin inside another"
        );
        let world = Arc::new(World::<K>::new(seed));
        let here = Here::new(world, Number::HOST, Role::Scheduler(Scheduler::new()));
        Here::set(Some(here.clone()));
        let Role::Scheduler(scheduler) = &here.role else {
            unreachable!("it was set above")
        };
        scheduler.open(&here);

        let outcome: Outcome<F::Output> = Rc::default();
        start::<K, F>(future, outcome.clone());
        let driven = panic::catch_unwind(AssertUnwindSafe(|| {
            drive(&here, scheduler, &outcome);
            if outcome.borrow().as_ref().is_some_and(Result::is_ok) {
                scheduler.settle(&here);
            }
        }));
        let (left, in_flight) = (here.world.waiting(), here.world.in_flight());
        scheduler.close(&here);
        Here::<K>::set(None);
        if let Err(bug) = driven
            && !scheduler.is_doomed()
        {
            panic::resume_unwind(bug);
        }

        let remains = here.world.remains();
        let (trace, reports) = (remains.trace, remains.reports);
        match (outcome.take(), scheduler.take_doom()) {
            (Some(Ok(value)), _) => {
                let left = left
                    .into_iter()
                    .filter(|waiting| waiting.isolate != Number::HOST)
                    .collect();
                Ok(Run {
                    value,
                    seed,
                    trace,
                    elapsed: remains.elapsed,
                    reports,
                    left,
                    in_flight,
                })
            }
            (_, Some(reason)) => Err(Failure {
                seed,
                reason,
                trace,
                reports,
                payload: None,
            }),
            (Some(Err(payload)), None) => Err(Failure {
                seed,
                reason: text(&*payload),
                trace,
                reports,
                payload: Some(payload),
            }),
            (None, None) => {
                unreachable!("a run ends with an outcome or with a reason why there is none")
            }
        }
    }

    /// Runs the same program with many seeds; see [`check`](crate::check()).
    ///
    /// # Panics
    /// As [`check`](crate::check()).
    pub fn check<F: Future<Output: 'static> + 'static>(seeds: Range<u64>, program: impl Fn() -> F) {
        let seeds = match (number("INSULA_SEED"), number("INSULA_SEEDS")) {
            (Some(seed), _) => seed..=seed,
            (None, Some(count)) => {
                seeds.start..=seeds.start.saturating_add(count).saturating_sub(1)
            }
            (None, None) if seeds.is_empty() => return,
            (None, None) => seeds.start..=seeds.end - 1,
        };
        for seed in seeds {
            if let Err(failure) = Self::try_run(seed, program()) {
                explain(&failure);
                tell(format_args!(
                    "To replay this interleaving alone, set INSULA_SEED={seed} and run this test again."
                ));
                failure.raise();
            }
        }
    }

    /// Runs `future` with the seed in `INSULA_SEED`, or 0; see [`block_on`](crate::block_on()).
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn block_on<F: Future<Output: 'static> + 'static>(future: F) -> F::Output {
        let run = Self::run(number("INSULA_SEED").unwrap_or(0), future);
        for report in &run.reports {
            tell(format_args!("{report}"));
        }
        run.value
    }

    /// Runs an application; see [`main`](crate::main()).
    ///
    /// # Panics
    /// As [`run`](Self::run).
    pub fn main<F: Future<Output: AppResult + 'static> + 'static>(
        app: impl FnOnce() -> F + 'static,
    ) {
        if let Err(error) = Self::block_on(async { app().await.into_result() }) {
            tell(format_args!("error: {error}"));
            std::process::exit(1);
        }
    }
}

/// Makes `future` the host's; its panic goes the ordinary way and is kept.
fn start<K: Kind, F: Future<Output: 'static> + 'static>(future: F, outcome: Outcome<F::Output>) {
    insula_core::spawn_local::<Simulated<K>>(async move {
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

fn drive<K: Kind, T>(here: &Here<K>, scheduler: &Scheduler<K>, outcome: &Outcome<T>) {
    while outcome.borrow().is_none() && !scheduler.is_doomed() {
        if scheduler.step(here) == Progress::Stuck {
            scheduler.doom(scheduler::deadlock(here));
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

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    let number = value.parse();
    assert!(number.is_ok(), "{name} has to be a number, not `{value}`");
    number.ok()
}

fn explain(failure: &Failure) {
    let Failure {
        seed,
        reason,
        trace,
        reports,
        ..
    } = failure;
    tell(format_args!(
        "insula-sim: the run with seed {seed} failed after {} steps: {reason}",
        trace.len()
    ));
    for report in reports {
        tell(format_args!("{report}"));
    }
    tell(format_args!(
        "Its isolates and last steps:\n{}",
        trace.tail(TAIL)
    ));
}

#[expect(clippy::print_stderr, reason = "a failure is told to a person")]
fn tell(text: fmt::Arguments<'_>) {
    eprintln!("{text}");
}
