//! [`Runner`]: what runners and balancers have in common.

use crate::{Message, Platform, Task};

/// Something that runs functions elsewhere: for code that takes a runner or a balancer, on any platform.
///
/// [`IsolateRunner`](crate::IsolateRunner), [`LoadBalancer`](crate::LoadBalancer) and the latter's
/// [`with_load`](crate::LoadBalancer::with_load) have these methods of their own, so their callers need no import.
///
/// ```
/// use insula::{IsolateRunner, LoadBalancer, Runner, TaskError};
/// # insula::main(async || {
/// /// Takes a single runner, or a balancer over many.
/// async fn count(on: &impl Runner) -> Result<usize, TaskError> {
///     let words = on.run(|text: String| text.split(' ').count(), "three blind mice".to_owned());
///     let none = on.run_async(|text: String| async move { text.len() }, String::new());
///     Ok(words.await? + none.await?)
/// }
///
/// let (runner, balancer) = (IsolateRunner::spawn().await?, LoadBalancer::spawn(2).await?);
/// assert_eq!(count(&runner).await?, 3);
/// assert_eq!(count(&balancer).await?, 3);
/// assert_eq!(count(&balancer.with_load(300)).await?, 3);
/// Runner::close(&balancer).await?;
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
///
/// Source: [`Runner`](https://pub.dev/documentation/isolate/latest/isolate.runner/Runner-class.html).
pub trait Runner {
    /// Where it runs them. Applications know one platform, `insula::Here`.
    type Platform: Platform;

    /// Runs `function(argument)`; see [`IsolateRunner::run`](crate::IsolateRunner::run).
    ///
    /// # Errors
    /// As [`IsolateRunner::run`](crate::IsolateRunner::run).
    fn run<M: Message, R: Message>(
        &self,
        function: fn(M) -> R,
        argument: M,
    ) -> Task<Self::Platform, R>;

    /// As [`run`](Self::run), for a function that awaits; see [`IsolateRunner::run_async`](crate::IsolateRunner::run_async).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<Self::Platform, R>;

    /// Stops taking work; see [`IsolateRunner::close`](crate::IsolateRunner::close).
    ///
    /// # Errors
    /// As [`IsolateRunner::close`](crate::IsolateRunner::close).
    fn close(&self) -> Task<Self::Platform, ()>;
}

/// The items of [`Runner`], for a type over a `P: Platform` that has methods of the same names.
macro_rules! runner_by_own_methods {
    () => {
        type Platform = P;

        fn run<M: $crate::Message, R: $crate::Message>(
            &self,
            function: fn(M) -> R,
            argument: M,
        ) -> $crate::Task<P, R> {
            self.run(function, argument)
        }

        fn run_async<M: $crate::Message, R: $crate::Message, F: Future<Output = R> + 'static>(
            &self,
            function: fn(M) -> F,
            argument: M,
        ) -> $crate::Task<P, R> {
            self.run_async(function, argument)
        }

        fn close(&self) -> $crate::Task<P, ()> {
            self.close()
        }
    };
}

pub(crate) use runner_by_own_methods;
