//! [`Runner`]: what runners and balancers have in common.

use crate::{
    Message, Platform, Task,
    function::Function,
    stream::{CREDITS, Sender, Slices, TaskStream, prepare, produce, slice},
};

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

    /// Runs `function(argument, sender)` and gives the items that it sends as they come. What it returns is the stream's
    /// [`finish`](TaskStream::finish). Dropping the stream cancels the work.
    ///
    /// The function sends 32 items before some must have been taken; see [`stream_with`](Self::stream_with).
    ///
    /// ```
    /// use insula::{Here, LoadBalancer, Runner, TaskError, stream::Sender};
    /// # insula::main(async || {
    /// async fn words(text: String, to: Sender<String>) {
    ///     for word in text.split_whitespace() {
    ///         let _ = to.send(word.to_owned()).await;
    ///     }
    /// }
    ///
    /// async fn longest(on: &impl Runner<Platform = Here>) -> Result<usize, TaskError> {
    ///     let mut words = on.stream(words, "three blind mice".to_owned());
    ///     let mut longest = 0;
    ///     while let Some(word) = words.next().await {
    ///         longest = longest.max(word?.len());
    ///     }
    ///     Ok(longest)
    /// }
    ///
    /// assert_eq!(longest(&LoadBalancer::spawn(2).await?).await?, 5);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The stream's last item says why there is no value, as the task of [`run_async`](Self::run_async) would.
    fn stream<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        function: fn(M, Sender<Self::Platform, T>) -> F,
        argument: M,
    ) -> TaskStream<Self::Platform, T, R> {
        self.stream_with(CREDITS, function, argument)
    }

    /// As [`stream`](Self::stream), where at most `credits` items are on their way or unread: few for large items, many
    /// for small ones. It is at least 1.
    ///
    /// ```
    /// use insula::{IsolateRunner, stream::Sender};
    /// # insula::main(async || {
    /// async fn frames(count: usize, to: Sender<Vec<u8>>) {
    ///     for _ in 0..count {
    ///         let _ = to.send(vec![0; 1 << 20]).await;
    ///     }
    /// }
    ///
    /// let runner = IsolateRunner::spawn().await?;
    /// let mut frames = runner.stream_with(2, frames, 3); // two megabytes at most
    /// assert_eq!(frames.next().await.transpose()?.map(|frame| frame.len()), Some(1 << 20));
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    fn stream_with<M: Message, T: Message, R: Message, F: Future<Output = R> + 'static>(
        &self,
        credits: usize,
        function: fn(M, Sender<Self::Platform, T>) -> F,
        argument: M,
    ) -> TaskStream<Self::Platform, T, R> {
        let (work, stream) = prepare(credits, function, argument);
        stream.of(self.run_async(produce, work))
    }

    /// Runs `function(argument)` and gives the items that it returns in slices, so that who reads them is never held for
    /// long, however many there are. Dropping the slices cancels what is left.
    ///
    /// ```
    /// use insula::{Here, IsolateRunner, Runner, TaskError};
    /// # insula::main(async || {
    /// fn numbers(text: String) -> Result<Vec<u32>, String> {
    ///     let number = |word: &str| word.parse().map_err(|_| format!("`{word}` is no number"));
    ///     text.split(' ').map(number).collect()
    /// }
    ///
    /// async fn sum(on: &impl Runner<Platform = Here>, text: &str) -> Result<u32, TaskError> {
    ///     let mut slices = on.slices(numbers, text.to_owned());
    ///     let mut sum = 0;
    ///     while let Some(slice) = slices.next().await {
    ///         sum += slice?.iter().sum::<u32>();
    ///     }
    ///     if let Err(error) = slices.finish().await? {
    ///         println!("{error}");
    ///     }
    ///     Ok(sum)
    /// }
    ///
    /// let runner = IsolateRunner::spawn().await?;
    /// assert_eq!(sum(&runner, "1 2 3").await?, 6);
    /// # Ok::<(), insula::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`stream`](Self::stream). The function's own error is what [`Slices::finish`] gives.
    ///
    /// # Platform
    /// As [`Slices`]: natively the items are moved at once.
    fn slices<M: Message, T: Message, E: Message>(
        &self,
        function: fn(M) -> Result<Vec<T>, E>,
        argument: M,
    ) -> Slices<Self::Platform, T, E> {
        let work = (Function::new(function), argument);
        Slices::of(self.stream(slice, work))
    }

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
