//! `stream` and `slices` of each [`Runner`], whose callers need no import. Written out, as the list of public items is read
//! from the sources.

use crate::{
    IsolateRunner, LoadBalancer, Message, Platform, Runner, WithLoad, WorkerPool,
    stream::{Sender, Slices, TaskStream},
};

impl<P: Platform> IsolateRunner<P> {
    /// As [`run_async`](Self::run_async), for a function that gives items as they come; see [`Runner::stream`].
    ///
    /// ```
    /// use insula::{IsolateRunner, stream::Sender};
    /// # insula::main(async || {
    /// async fn count(to: u32, numbers: Sender<u32>) -> Result<(), String> {
    ///     for n in 1..=to {
    ///         let _ = numbers.send(n).await;
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let runner = IsolateRunner::spawn().await?;
    /// let mut numbers = runner.stream(count, 3);
    /// assert_eq!(numbers.next().await, Some(Ok(1)));
    /// assert_eq!(numbers.finish().await?, Ok(())); // the others are dropped
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Runner::stream`].
    pub fn stream<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M, Sender<P, T>) -> F,
        argument: M,
    ) -> TaskStream<P, T, R> {
        Runner::stream(self, function, argument)
    }

    /// As [`stream`](Self::stream), with other credits; see [`Runner::stream_with`].
    ///
    /// # Errors
    /// As [`Runner::stream`].
    pub fn stream_with<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        credits: usize,
        function: fn(M, Sender<P, T>) -> F,
        argument: M,
    ) -> TaskStream<P, T, R> {
        Runner::stream_with(self, credits, function, argument)
    }

    /// As [`run`](Self::run), for a function that returns many items, which come in slices; see [`Runner::slices`].
    ///
    /// ```
    /// use insula::IsolateRunner;
    /// # insula::main(async || {
    /// let runner = IsolateRunner::spawn().await?;
    /// let mut slices = runner.slices(|n: u32| Ok::<_, ()>((0..n).collect::<Vec<_>>()), 100_000);
    /// while let Some(slice) = slices.next().await {
    ///     assert!(slice?.is_sorted());
    /// }
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Runner::slices`].
    ///
    /// # Platform
    /// As [`Runner::slices`].
    pub fn slices<M: Message, T: Message, E: Message>(
        &self,
        function: fn(M) -> Result<Vec<T>, E>,
        argument: M,
    ) -> Slices<P, T, E> {
        Runner::slices(self, function, argument)
    }
}

impl<P: Platform> LoadBalancer<P> {
    /// As [`run_async`](Self::run_async), for a function that gives items as they come; see [`Runner::stream`]. Its runner
    /// counts as loaded until the function has returned.
    ///
    /// ```
    /// use insula::{LoadBalancer, stream::Sender};
    /// # insula::main(async || {
    /// async fn count(to: u32, numbers: Sender<u32>) {
    ///     for n in 1..=to {
    ///         let _ = numbers.send(n).await;
    ///     }
    /// }
    ///
    /// let balancer = LoadBalancer::spawn(2).await?;
    /// let mut few = balancer.stream(count, 1);
    /// let mut many = balancer.with_load(300).stream_with(100, count, 200);
    /// assert_eq!(few.next().await, Some(Ok(1)));
    /// assert_eq!(many.next().await, Some(Ok(1)));
    /// assert_eq!(few.next().await, None);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Runner::stream`].
    pub fn stream<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M, Sender<P, T>) -> F,
        argument: M,
    ) -> TaskStream<P, T, R> {
        Runner::stream(self, function, argument)
    }

    /// As [`stream`](Self::stream), with other credits; see [`Runner::stream_with`].
    ///
    /// # Errors
    /// As [`Runner::stream`].
    pub fn stream_with<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        credits: usize,
        function: fn(M, Sender<P, T>) -> F,
        argument: M,
    ) -> TaskStream<P, T, R> {
        Runner::stream_with(self, credits, function, argument)
    }

    /// As [`run`](Self::run), for a function that returns many items, which come in slices; see [`Runner::slices`].
    ///
    /// # Errors
    /// As [`Runner::slices`].
    ///
    /// # Platform
    /// As [`Runner::slices`].
    pub fn slices<M: Message, T: Message, E: Message>(
        &self,
        function: fn(M) -> Result<Vec<T>, E>,
        argument: M,
    ) -> Slices<P, T, E> {
        Runner::slices(self, function, argument)
    }
}

impl<P: Platform> WithLoad<P> {
    /// As [`LoadBalancer::stream`], with this load.
    ///
    /// # Errors
    /// As [`Runner::stream`].
    pub fn stream<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M, Sender<P, T>) -> F,
        argument: M,
    ) -> TaskStream<P, T, R> {
        Runner::stream(self, function, argument)
    }

    /// As [`LoadBalancer::stream_with`], with this load.
    ///
    /// # Errors
    /// As [`Runner::stream`].
    pub fn stream_with<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        credits: usize,
        function: fn(M, Sender<P, T>) -> F,
        argument: M,
    ) -> TaskStream<P, T, R> {
        Runner::stream_with(self, credits, function, argument)
    }

    /// As [`LoadBalancer::slices`], with this load.
    ///
    /// # Errors
    /// As [`Runner::slices`].
    ///
    /// # Platform
    /// As [`Runner::slices`].
    pub fn slices<M: Message, T: Message, E: Message>(
        &self,
        function: fn(M) -> Result<Vec<T>, E>,
        argument: M,
    ) -> Slices<P, T, E> {
        Runner::slices(self, function, argument)
    }
}

impl<P: Platform, S: 'static> WorkerPool<P, S> {
    /// As [`run_async`](Self::run_async), for a function that gives items as they come; see [`Runner::stream`]. It is a job
    /// like others, and is cancelled when the stream is dropped.
    ///
    /// ```
    /// use insula::{WorkerPool, stream::Sender};
    /// # insula::main(async || {
    /// async fn count(to: u32, numbers: Sender<u32>) {
    ///     for n in 1..=to {
    ///         let _ = numbers.send(n).await;
    ///     }
    /// }
    ///
    /// let pool = WorkerPool::new();
    /// let mut numbers = pool.stream(count, 2);
    /// assert_eq!(numbers.next().await, Some(Ok(1)));
    /// assert_eq!(numbers.next().await, Some(Ok(2)));
    /// assert_eq!(numbers.next().await, None);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Runner::stream`].
    pub fn stream<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M, Sender<P, T>) -> F,
        argument: M,
    ) -> TaskStream<P, T, R> {
        Runner::stream(self, function, argument)
    }

    /// As [`stream`](Self::stream), with other credits; see [`Runner::stream_with`].
    ///
    /// # Errors
    /// As [`Runner::stream`].
    pub fn stream_with<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        credits: usize,
        function: fn(M, Sender<P, T>) -> F,
        argument: M,
    ) -> TaskStream<P, T, R> {
        Runner::stream_with(self, credits, function, argument)
    }

    /// As [`run`](Self::run), for a function that returns many items, which come in slices; see [`Runner::slices`].
    ///
    /// # Errors
    /// As [`Runner::slices`].
    ///
    /// # Platform
    /// As [`Runner::slices`].
    pub fn slices<M: Message, T: Message, E: Message>(
        &self,
        function: fn(M) -> Result<Vec<T>, E>,
        argument: M,
    ) -> Slices<P, T, E> {
        Runner::slices(self, function, argument)
    }
}
