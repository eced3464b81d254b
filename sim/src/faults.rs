//! [`Faults`]: what may go wrong in a run, by the choice of its seed.

/// What may go wrong in a run. [`none`](Self::none) is the rule; [`check_with`](crate::check_with) and
/// [`run_with`](crate::run_with) take others.
///
/// The seed decides when a fault comes. It also leaves each kind out of half of the runs, so that a fault is seen
/// without the others. What came stands in the trace as a [`Fault`](crate::Fault). The host never dies.
///
/// ```
/// use insula_sim::{Faults, IsolateRunner, Runner, TaskError, check_with};
///
/// // Either the job is done, or its caller is told that the runner is lost: it never waits for ever.
/// check_with(Faults::none().deaths(true), 0..100, || async {
///     let Ok(runner) = IsolateRunner::spawn().await else { return };
///     match runner.run(|n: u32| n + 1, 1).await {
///         Ok(n) => assert_eq!(n, 2),
///         Err(error) => assert!(matches!(error, TaskError::IsolateLost { .. }), "{error}"),
///     }
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Faults {
    pub(crate) deaths: bool,
    pub(crate) failed_starts: bool,
    pub(crate) silent_starts: bool,
    pub(crate) missing_threads: bool,
    pub(crate) late_messages: bool,
    pub(crate) clock_jumps: bool,
}

impl Default for Faults {
    fn default() -> Self {
        Self::none()
    }
}

impl Faults {
    /// Nothing goes wrong.
    ///
    /// ```
    /// use insula_sim::{Faults, run, run_with};
    ///
    /// async fn program() {
    ///     assert_eq!(insula_sim::compute(|n: u32| n + 1, 1).await, Ok(2));
    /// }
    /// assert_eq!(run_with(Faults::none(), 3, program()).trace, run(3, program()).trace);
    /// ```
    pub const fn none() -> Self {
        Self::each(false)
    }

    /// Everything may go wrong.
    ///
    /// ```
    /// use insula_sim::Faults;
    ///
    /// let all_but_deaths = Faults::all().deaths(false);
    /// assert_ne!(all_but_deaths, Faults::all());
    /// ```
    pub const fn all() -> Self {
        Self::each(true)
    }

    const fn each(kind: bool) -> Self {
        Self {
            deaths: kind,
            failed_starts: kind,
            silent_starts: kind,
            missing_threads: kind,
            late_messages: kind,
            clock_jumps: kind,
        }
    }

    /// Whether an isolate may die at any step, without a word, as a worker does that the browser ends.
    ///
    /// Its exit listeners are told, and its linked children end. What it has sent before arrives. Its destructors do
    /// not run before the end of the run.
    ///
    /// ```
    /// use insula_sim::{Fault, Faults, IsolateRunner, Runner, Step, try_run_with};
    ///
    /// let dies = |seed| {
    ///     let run = try_run_with(Faults::none().deaths(true), seed, async {
    ///         let runner = IsolateRunner::spawn().await?;
    ///         Ok::<_, insula_sim::Error>(runner.run(|n: u32| n + 1, 1).await?)
    ///     });
    ///     let run = run.unwrap();
    ///     let died = |step: &Step| matches!(step, Step::Fault(Fault::Death { .. }));
    ///     run.trace.steps().iter().any(died) && run.value.is_err()
    /// };
    /// assert!((0..100).any(dies));
    /// ```
    pub const fn deaths(mut self, may: bool) -> Self {
        self.deaths = may;
        self
    }

    /// Whether the start of a worker may fail. The spawner is told by a message. Threads do not fail in this way:
    /// see [`missing_threads`](Self::missing_threads).
    ///
    /// ```
    /// use insula_sim::{Faults, IsolateRunner, web_like};
    ///
    /// web_like::check_with(Faults::none().failed_starts(true), 0..20, || async {
    ///     if let Err(error) = IsolateRunner::spawn().await {
    ///         assert!(error.to_string().contains("the start has failed"), "{error}");
    ///     }
    /// });
    /// ```
    pub const fn failed_starts(mut self, may: bool) -> Self {
        self.failed_starts = may;
        self
    }

    /// Whether the start of a worker may get no answer. It has failed after [`START_LIMIT`](crate::START_LIMIT).
    ///
    /// ```
    /// use insula_sim::{Faults, IsolateRunner, web_like};
    ///
    /// let faults = Faults::none().silent_starts(true);
    /// let waits = |seed| {
    ///     let run = web_like::run_with(faults, seed, async { IsolateRunner::spawn().await });
    ///     run.value.is_err() && run.elapsed == insula_sim::START_LIMIT
    /// };
    /// assert!((0..50).any(waits));
    /// ```
    pub const fn silent_starts(mut self, may: bool) -> Self {
        self.silent_starts = may;
        self
    }

    /// Whether there may be no thread for an isolate, or no place for a worker: the start fails at once.
    ///
    /// ```
    /// use insula_sim::{Faults, Isolate, check_with};
    ///
    /// check_with(Faults::none().missing_threads(true), 0..20, || async {
    ///     if let Err(error) = Isolate::spawn(|()| {}, ()).await {
    ///         assert!(error.to_string().contains("no thread is left"), "{error}");
    ///     }
    /// });
    /// ```
    pub const fn missing_threads(mut self, may: bool) -> Self {
        self.missing_threads = may;
        self
    }

    /// Whether messages may come late: time passes before they arrive. Messages from one isolate to another keep
    /// their order, and control may overtake them.
    ///
    /// ```
    /// use insula_sim::{Faults, run_with};
    /// use std::time::Duration;
    ///
    /// let faults = Faults::none().late_messages(true);
    /// let late = |seed| {
    ///     let answer = async { insula_sim::compute(|n: u32| n + 1, 1).await };
    ///     run_with(faults, seed, answer).elapsed > Duration::ZERO
    /// };
    /// assert!((0..200).any(late), "the answer alone never takes time");
    /// ```
    pub const fn late_messages(mut self, may: bool) -> Self {
        self.late_messages = may;
        self
    }

    /// Whether the clock may jump forward, as after a laptop has slept: timers are due although other things could
    /// happen first, and several at once.
    ///
    /// ```
    /// use insula_sim::{Faults, compute, run_with};
    /// use std::time::Duration;
    ///
    /// let faults = Faults::none().clock_jumps(true);
    /// let in_vain = |seed| {
    ///     let answer = async { compute(|n: u32| n + 1, 1).timeout(Duration::from_secs(1)).await };
    ///     run_with(faults, seed, answer).value.is_err()
    /// };
    /// assert!((0..500).any(in_vain), "without a jump the answer comes in no time");
    /// ```
    pub const fn clock_jumps(mut self, may: bool) -> Self {
        self.clock_jumps = may;
        self
    }
}
