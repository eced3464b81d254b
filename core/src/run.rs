//! [`Isolate::run`]: one computation in an isolate of its own. And [`compute`].

use std::{marker::PhantomData, rc::Rc};

use crate::{
    Isolate, LoadBalancer, Message, Moved, Platform, Priority, RemoteError, Runner, Task,
    TaskError, Unsupported,
    event_loop::EventLoop,
    panics::{self, Thrown},
    platform::ComputeOn,
    port::SendPort,
    reply::{Fail, Once, Outcome, Reply, answer},
    task::Completion,
};

impl<P: Platform> Isolate<P> {
    /// Runs `computation` in a new isolate and gives back its value, moved.
    ///
    /// The isolate ends with the computation; cancelling the task kills it.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// let text = "three blind mice".to_owned();
    /// assert_eq!(Isolate::run(move || text.split(' ').count()).await?, 3);
    ///
    /// let error = Isolate::run(|| -> u32 { panic!("boom") }).await.unwrap_err();
    /// assert_eq!(error.to_string(), "boom");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// `Remote` when the computation panics, or its isolate ends without a result; `Unsupported`
    /// where memory is not shared.
    ///
    /// Source: [`Isolate.run`](https://api.dart.dev/dart-isolate/Isolate/run.html).
    pub fn run<R: Send + 'static>(computation: impl FnOnce() -> R + Send + 'static) -> Task<P, R> {
        start(
            "run",
            Passage {
                wrap: Moved::<P, R>::new,
                read: |outcome| outcome.into_result().map(Moved::into_inner),
            },
            move |reply| {
                if let Some(outcome) = outcome_of(panics::catch::<P, _>(computation)) {
                    reply(outcome);
                }
            },
        )
    }

    /// As [`run`](Self::run), for a computation that awaits.
    ///
    /// ```
    /// use insula::Isolate;
    /// # insula::main(async || {
    /// let slept = Isolate::run_async(async || {
    ///     insula::sleep(std::time::Duration::from_millis(1)).await;
    ///     "well"
    /// });
    /// assert_eq!(slept.await?, "well");
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_async<R: Send + 'static, F: Future<Output = R> + 'static>(
        computation: impl FnOnce() -> F + Send + 'static,
    ) -> Task<P, R> {
        start(
            "run",
            Passage {
                wrap: Moved::<P, R>::new,
                read: |outcome| outcome.into_result().map(Moved::into_inner),
            },
            move |reply| {
                EventLoop::<P>::current()
                    .spawn_local(async move { reply(Outcome::Value(computation().await)) });
            },
        )
    }
}

/// How a value of an `R` travels: as an `A`.
struct Passage<A, R> {
    wrap: fn(R) -> A,
    read: fn(Outcome<A>) -> Result<R, TaskError>,
}

/// Runs `code` in a new isolate; it answers by calling its argument, once or never.
fn start<P: Platform, A: Message, R: Send + 'static>(
    name: &str,
    passage: Passage<A, R>,
    code: impl FnOnce(Box<dyn FnOnce(Outcome<R>)>) + Send + 'static,
) -> Task<P, R> {
    if !P::CAN_SPAWN {
        return Task::ready(Err(TaskError::Unsupported(Unsupported {
            operation: "Isolate::run",
            reason: P::SPAWN_UNSUPPORTED,
        })));
    }
    let Passage { wrap, read } = passage;
    let reply = Reply::<P, Outcome<A>, R>::open(read);
    let result = reply.address();
    let failed = reply.clone();
    let errors = EventLoop::<P>::open(Once::new(move |parcel| {
        let error =
            P::unpack::<RemoteError>(parcel).map_or_else(TaskError::Decode, TaskError::Remote);
        failed.fail(error);
    }));
    let unused = errors.clone();
    reply.when_done(move || EventLoop::close(&unused));

    let mut builder = Isolate::<P>::builder()
        .debug_name(name)
        .on_error(SendPort::from_address(errors));
    if let Ok(ended) = P::pack(Outcome::<A>::Ended) {
        builder = builder.respond_at_exit(result.clone(), ended);
    }
    let started = builder.spawn(
        move |()| {
            code(Box::new(move |outcome| {
                answer(&result, outcome.map(wrap));
                EventLoop::<P>::current().begin_end();
            }));
        },
        (),
    );
    let isolate = started.take_now();
    match isolate {
        Some(Err(error)) => {
            reply.fail(TaskError::Spawn(error));
            reply.task()
        }
        Some(Ok(isolate)) => {
            let cancelled = reply.clone();
            reply.task().on_cancel(move || {
                isolate.kill(Priority::Immediate);
                cancelled.fail(TaskError::Cancelled);
            })
        }
        None => reply.task(),
    }
}

/// What a computation came to; `None` when its isolate is ending on purpose.
pub(crate) fn outcome_of<R>(result: Result<R, Thrown>) -> Option<Outcome<R>> {
    match result {
        Ok(value) => Some(Outcome::Value(value)),
        Err(Thrown::Panic(error)) => Some(Outcome::Failed(error)),
        Err(Thrown::Unwound) => None,
    }
}

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
/// # Errors
/// The task fails when the callback panics or the message can't be sent.
///
/// # Platform
/// Native: a new isolate; argument and value are moved. Web: the caller's event loop, after a
/// macrotask, unless [`compute_on_pool`](crate::compute_on_pool) has said otherwise.
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
/// let named = Compute::new().debug_label("namer").run(name, ()).await?;
/// assert_eq!(named.as_deref(), Some("namer")); // in a browser: the caller's isolate
/// let labelled = Compute::new().debug_label("later").run_async(|n: u32| async move { n }, 1);
/// assert_eq!(labelled.await?, 1);
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing before `run`"]
pub struct Compute<P> {
    debug_label: String,
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
            debug_label: "compute".to_owned(),
            platform: PhantomData,
        }
    }

    /// Names the isolate that is started, where one is.
    pub fn debug_label(mut self, label: impl Into<String>) -> Self {
        self.debug_label = label.into();
        self
    }

    /// See [`compute`].
    ///
    /// # Errors
    /// As [`compute`].
    pub fn run<M: Message, R: Message>(self, callback: fn(M) -> R, message: M) -> Task<P, R> {
        if let Some(pool) = pool::<P>() {
            return pool.run(callback, message);
        }
        match P::COMPUTE_ON {
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
        if let Some(pool) = pool::<P>() {
            return pool.run_async(callback, message);
        }
        match P::COMPUTE_ON {
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
        let parcel = match P::pack(message) {
            Ok(parcel) => parcel,
            Err((error, _)) => return Task::ready(Err(TaskError::Encode(error))),
        };
        let passage = Passage {
            wrap: |value| value,
            read: Outcome::into_result,
        };
        start(&self.debug_label, passage, move |reply| {
            match P::unpack(parcel) {
                Ok(message) => code(message, reply),
                Err(error) => reply(Outcome::Undecodable(error)),
            }
        })
    }
}

/// The pool that the caller has asked for.
fn pool<P: Platform>() -> Option<Rc<LoadBalancer<P>>> {
    match P::COMPUTE_ON {
        ComputeOn::Isolate => None,
        ComputeOn::EventLoop => EventLoop::<P>::current().compute_pool().get(),
    }
}

/// Runs `code` when the host has had the chance to paint a frame.
fn after_frame<P: Platform, R: Send + 'static>(
    code: impl FnOnce(Box<dyn FnOnce(Outcome<R>)>) + 'static,
) -> Task<P, R> {
    let completion = Completion::new();
    let complete = completion.clone();
    EventLoop::<P>::current().spawn_local(async move {
        P::frame().await;
        code(Box::new(move |outcome| {
            complete.complete(outcome.into_result());
        }));
    });
    Task::new(completion)
}
