//! [`compute`]: one function call, off the caller's event loop where the platform does that by itself.

use std::marker::PhantomData;

use super::{
    compute_pool,
    job::{Call, Job, Packed, TakeJob},
    run::start,
};
use crate::{
    Isolate, Message, Platform, Runner, Task, TaskError,
    contract::ComputeOn,
    departures,
    event_loop::EventLoop,
    panics,
    task::{Fault, Outcome, outcome_of},
    unpack::unpack,
};

/// Runs `callback(message)` off the caller's event loop where the platform does that by itself.
///
/// ```
/// use insula::compute;
/// # insula::main(async || {
/// fn parse(text: String) -> Result<u32, String> {
///     text.parse().map_err(|error| format!("{text}: {error}"))
/// }
///
/// let (good, bad) = (compute(parse, "7".to_owned()), compute(parse, "x".to_owned())); // both run
/// assert_eq!(good.await?, Ok(7));
/// assert_eq!(bad.await?, Err("x: invalid digit found in string".to_owned()));
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// The callback is an `fn` or a closure that captures nothing, and takes what it owns: a `String` and not a `&str`.
/// [`Message`] says what to do when the compiler refuses one.
///
/// # Errors
/// The task fails when the callback panics or the message can't be sent.
///
/// # Platform
/// Native: a new isolate; argument and value are moved. Web: the caller's event loop, after a
/// macrotask. Both: a job of the [`ComputePool`](crate::ComputePool) that the caller has installed.
///
/// Source: [`compute`](https://api.flutter.dev/flutter/foundation/compute.html).
pub fn compute<P: Platform, M: Message, R: Message>(
    callback: fn(M) -> R,
    message: M,
) -> Task<P, R> {
    Compute::new().run(callback, message)
}

/// As [`compute`], for a callback that awaits: an `async fn`, or a closure that captures nothing and
/// returns a future, as `|n| async move { n + 1 }`. An `async |n| …` does not coerce to an `fn`.
///
/// ```
/// # insula::main(async || {
/// async fn later(n: u32) -> u32 {
///     insula::sleep(std::time::Duration::from_millis(1)).await;
///     n + 1
/// }
/// assert_eq!(insula::compute_async(later, 1).await?, 2);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// # Errors
/// As [`compute`].
pub fn compute_async<P: Platform, M: Message, R: Message, F: Future<Output = R> + 'static>(
    callback: fn(M) -> F,
    message: M,
) -> Task<P, R> {
    Compute::new().run_async(callback, message)
}

/// The options of [`compute`].
///
/// ```
/// use insula::{Compute, Isolate};
/// # insula::main(async || {
/// fn name((): ()) -> Option<String> {
///     Isolate::current().debug_name().map(str::to_owned)
/// }
/// let named = Compute::new().debug_name("namer").run(name, ()).await?;
/// assert_eq!(named.as_deref(), Some("namer")); // in a browser: the caller's isolate
/// let later = Compute::new().debug_name("later").run_async(|n: u32| async move { n }, 1);
/// assert_eq!(later.await?, 1);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing before `run`"]
pub struct Compute<P> {
    debug_name: String,
    stack_size: Option<usize>,
    platform: PhantomData<fn() -> P>,
}

impl<P: Platform> Default for Compute<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Platform> Compute<P> {
    /// The options that [`compute`] uses.
    pub fn new() -> Self {
        Self {
            debug_name: "compute".to_owned(),
            stack_size: None,
            platform: PhantomData,
        }
    }

    /// Names the isolate that is started, where one is.
    pub fn debug_name(mut self, name: impl Into<String>) -> Self {
        self.debug_name = name.into();
        self
    }

    /// Sets how large the stack of the computation's isolate is, in bytes; see
    /// [`IsolateBuilder::stack_size`](crate::IsolateBuilder::stack_size).
    ///
    /// ```
    /// # insula::main(async || {
    /// let large = insula::Compute::new().stack_size(64 << 20);
    /// assert_eq!(large.run(|n: u32| n + 1, 1).await?, 2);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Runs this call on `runner`, whether or not a pool is installed.
    ///
    /// ```
    /// use insula::{Compute, Isolate, LoadBalancer};
    /// # insula::main(async || {
    /// fn name((): ()) -> Option<String> {
    ///     Isolate::current().debug_name().map(str::to_owned)
    /// }
    ///
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let there = Compute::new().on(&balancer).run(name, ()).await?;
    /// assert_eq!(there.as_deref(), Some("runner 0"));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    pub fn on<R: Runner<Platform = P>>(self, runner: &R) -> OnRunner<'_, R> {
        OnRunner { runner }
    }

    /// See [`compute`].
    ///
    /// # Errors
    /// As [`compute`].
    pub fn run<M: Message, R: Message>(self, callback: fn(M) -> R, message: M) -> Task<P, R> {
        if let Some(pool) = compute_pool::pool::<P>() {
            return on_pool(&*pool, Call::new(callback, message));
        }
        match P::abilities().compute_on {
            ComputeOn::Isolate => self.start(message, move |message, reply| {
                if let Some(outcome) = outcome_of(panics::catch::<P, _>(|| callback(message))) {
                    reply(outcome);
                }
            }),
            ComputeOn::EventLoop => after_frame(move |complete| {
                if let Some(outcome) = outcome_of(panics::catch::<P, _>(|| callback(message))) {
                    complete(outcome);
                }
            }),
        }
    }

    /// See [`compute_async`].
    ///
    /// # Errors
    /// As [`compute`].
    pub fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        self,
        callback: fn(M) -> F,
        message: M,
    ) -> Task<P, R> {
        if let Some(pool) = compute_pool::pool::<P>() {
            return on_pool(&*pool, Call::new_async(callback, message));
        }
        match P::abilities().compute_on {
            ComputeOn::Isolate => self.start(message, move |message, reply| {
                EventLoop::<P>::current()
                    .spawn_local(async move { reply(Outcome::Value(callback(message).await)) });
            }),
            ComputeOn::EventLoop => after_frame(move |complete| {
                EventLoop::<P>::current().spawn_local(async move {
                    if let Some(outcome) =
                        outcome_of(panics::catch_async::<P, _>(callback(message)).await)
                    {
                        complete(outcome);
                    }
                });
            }),
        }
    }

    /// Sends `message` to a new isolate, where `code` answers.
    fn start<M: Message, R: Message>(
        self,
        message: M,
        code: impl FnOnce(M, Box<dyn FnOnce(Outcome<R>)>) + Send + 'static,
    ) -> Task<P, R> {
        let (packed, departures) = departures::collect(|| P::pack(message));
        let parcel = match packed {
            Ok(parcel) => parcel,
            Err((error, _)) => return Task::ready(Err(TaskError::Encode(error))),
        };
        let mut isolate = Isolate::builder().debug_name(self.debug_name);
        if let Some(bytes) = self.stack_size {
            isolate = isolate.stack_size(bytes);
        }
        start(
            isolate,
            departures,
            |value: R| value,
            move |reply| match unpack::<P, M>(parcel) {
                Ok(message) => code(message, reply),
                Err(error) => reply(Fault::Undecodable(Box::new(error)).into()),
            },
        )
    }
}

/// A [`compute`] on a runner that the caller has named; made by [`Compute::on`].
///
/// ```
/// use insula::{Compute, IsolateRunner};
/// # insula::main(async || {
/// let runner = IsolateRunner::spawn().await?;
/// assert_eq!(Compute::new().on(&runner).run(|n: u32| n + 1, 1).await?, 2);
/// let later = Compute::new().on(&runner).run_async(|n: u32| async move { n + 1 }, 2);
/// assert_eq!(later.await?, 3);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Debug)]
#[must_use = "options do nothing before `run`"]
pub struct OnRunner<'a, R> {
    runner: &'a R,
}

impl<R: Runner> OnRunner<'_, R> {
    /// See [`compute`].
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub fn run<M: Message, T: Message>(
        self,
        callback: fn(M) -> T,
        message: M,
    ) -> Task<R::Platform, T> {
        self.runner.run(callback, message)
    }

    /// See [`compute_async`].
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub fn run_async<M: Message, T: Message, F: Future<Output = T> + 'static>(
        self,
        callback: fn(M) -> F,
        message: M,
    ) -> Task<R::Platform, T> {
        self.runner.run_async(callback, message)
    }
}

fn on_pool<P: Platform, R: Message>(pool: &dyn TakeJob<P>, call: Packed<P>) -> Task<P, R> {
    Job::give(call, &mut |job| {
        if let Some(job) = job {
            pool.take(job);
        }
    })
}

/// Runs `code` when the host has had the chance to paint a frame.
fn after_frame<P: Platform, R: Send + 'static>(
    code: impl FnOnce(Box<dyn FnOnce(Outcome<R>)>) + 'static,
) -> Task<P, R> {
    let (completer, task) = Task::channel();
    run_after_frame::<P>(Box::new(move || {
        code(Box::new(move |outcome| {
            completer.complete(outcome.into_result());
        }));
    }));
    task
}

fn run_after_frame<P: Platform>(code: Box<dyn FnOnce()>) {
    EventLoop::<P>::current().spawn_local(async move {
        P::next_frame().await;
        code();
    });
}
