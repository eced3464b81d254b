//! A balancer with options: [`WithLoad`] and [`OnSeveral`].

use super::LoadBalancer;
use crate::{
    Message, OutOfRange, Platform, Runner, Task,
    work::{any_runner::runner_by_own_methods, job::Call},
};

/// A balancer whose jobs count as a load of the caller's; made by [`LoadBalancer::with_load`].
///
/// ```
/// use insula::{LoadBalancer, runner::WithLoad};
/// use std::time::Duration;
/// # insula::main(async || {
/// let balancer = LoadBalancer::spawn(2).await?;
/// let light: WithLoad = balancer.with_load(1); // for jobs that wait more than they work
/// assert_eq!(light.run(|n: u32| n + 1, 1).await?, 2);
/// light.run_async(|milliseconds: u64| insula::sleep(Duration::from_millis(milliseconds)), 5).await?;
/// light.close().await?;
/// assert!(balancer.is_empty(), "it is the same balancer");
/// # Ok::<(), insula::Error>(())
/// # });
/// ```
#[derive(Debug)]
pub struct WithLoad<P: Platform> {
    pub(super) balancer: LoadBalancer<P>,
    pub(super) load: u64,
}

impl<P: Platform> WithLoad<P> {
    /// As [`LoadBalancer::run`], with this load.
    ///
    /// # Errors
    /// As [`LoadBalancer::run`].
    pub fn run<M: Message, R: Message>(&self, function: fn(M) -> R, argument: M) -> Task<P, R> {
        self.balancer
            .place_first(self.load, Call::new(function, argument))
    }

    /// As [`LoadBalancer::run_async`], with this load.
    ///
    /// # Errors
    /// As [`LoadBalancer::run`].
    pub fn run_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Task<P, R> {
        self.balancer
            .place_first(self.load, Call::new_async(function, argument))
    }

    /// Closes the balancer; see [`LoadBalancer::close`].
    ///
    /// # Errors
    /// As [`LoadBalancer::close`].
    pub fn close(&self) -> Task<P, ()> {
        self.balancer.close()
    }

    /// As [`LoadBalancer::on`], with this load.
    ///
    /// ```
    /// use insula::LoadBalancer;
    /// # insula::main(async || {
    /// let balancer = LoadBalancer::spawn(3).await?;
    /// for answer in balancer.with_load(300).on(2).run(|n: u32| n + 1, 1)? {
    ///     assert_eq!(answer.await?, 2);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # });
    /// ```
    #[must_use]
    pub fn on(&self, count: usize) -> OnSeveral<P> {
        OnSeveral {
            with_load: self.clone(),
            count,
        }
    }
}

impl<P: Platform> Clone for WithLoad<P> {
    fn clone(&self) -> Self {
        Self {
            balancer: self.balancer.clone(),
            load: self.load,
        }
    }
}

impl<P: Platform> Runner for WithLoad<P> {
    runner_by_own_methods!();
}

/// A balancer that runs each call on several runners, all different; made by [`LoadBalancer::on`].
///
/// The tasks come in Dart's order: the most loaded of the chosen first, unless all are chosen.
///
/// ```
/// use insula::{LoadBalancer, runner::OnSeveral};
/// # insula::main(async || {
/// let balancer = LoadBalancer::spawn(2).await?;
/// let both: OnSeveral = balancer.on(2).with_load(300); // or `balancer.with_load(300).on(2)`
/// for one in both.run_async(|n: u32| async move { n + 1 }, 1)? {
///     assert_eq!(one.await?, 2);
/// }
/// assert!(balancer.on(3).run(|n: u32| n + 1, 1).is_err(), "there are only two");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # });
/// ```
#[derive(Debug)]
pub struct OnSeveral<P: Platform> {
    with_load: WithLoad<P>,
    count: usize,
}

impl<P: Platform> OnSeveral<P> {
    /// Runs `function(argument)` on each of the runners that are chosen.
    ///
    /// # Errors
    /// When the count is 0 or greater than [`len`](LoadBalancer::len); each task as [`LoadBalancer::run`].
    pub fn run<M: Message + Clone, R: Message>(
        &self,
        function: fn(M) -> R,
        argument: M,
    ) -> Result<Vec<Task<P, R>>, OutOfRange> {
        let WithLoad { balancer, load } = &self.with_load;
        balancer.place_multiple(self.count, *load, || Call::new(function, argument.clone()))
    }

    /// As [`run`](Self::run), for a function that awaits.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_async<M: Message + Clone, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M) -> F,
        argument: M,
    ) -> Result<Vec<Task<P, R>>, OutOfRange> {
        let WithLoad { balancer, load } = &self.with_load;
        balancer.place_multiple(self.count, *load, || {
            Call::new_async(function, argument.clone())
        })
    }

    /// The same runners, whose jobs count as `load` instead of 100.
    #[must_use]
    pub fn with_load(&self, load: u64) -> Self {
        self.with_load.balancer.with_load(load).on(self.count)
    }
}

impl<P: Platform> Clone for OnSeveral<P> {
    fn clone(&self) -> Self {
        Self {
            with_load: self.with_load.clone(),
            count: self.count,
        }
    }
}
