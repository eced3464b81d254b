//! A call on its way to a runner.

use std::sync::Arc;

use crate::{
    Message, Platform, Task, TaskError,
    completion::FailureSink,
    contract::{Address, Invoke},
    departures::{self, Departures},
    event_loop::EventLoop,
    function::Function,
    panics,
    task::{Outcome, Reply, answer, outcome_of},
    unpack::unpack,
};

/// A call that is packed, and the port that waits for its outcome.
pub(crate) struct Job<P: Platform, R> {
    pub(crate) invoke: Invoke<P>,
    pub(crate) parcel: P::Parcel,
    pub(crate) departures: Departures,
    pub(crate) reply: Arc<Reply<P, Outcome<R>, R>>,
}

/// A call with the task that waits for it, or why it could not be packed.
pub(crate) type Packed<P, R> = Result<(Job<P, R>, Task<P, R>), TaskError>;

impl<P: Platform, R: Message> Job<P, R> {
    pub(crate) fn new<M: Message>(function: fn(M) -> R, argument: M) -> Packed<P, R> {
        Self::pack(
            invoke::<P, M, R>,
            Function::<P, M, R>::new(function),
            argument,
        )
    }

    pub(crate) fn new_async<M: Message, F: Future<Output = R> + 'static>(
        function: fn(M) -> F,
        argument: M,
    ) -> Packed<P, R> {
        Self::pack(
            invoke_async::<P, M, R, F>,
            Function::<P, M, F>::new(function),
            argument,
        )
    }

    fn pack<M: Message, F: 'static>(
        invoke: Invoke<P>,
        function: Function<P, M, F>,
        argument: M,
    ) -> Packed<P, R> {
        let (packed, departures) = departures::collect(|| P::pack((function, argument)));
        let parcel = packed.map_err(|(error, _)| TaskError::Encode(error))?;
        let reply = Reply::outcome();
        let task = reply.task().awaited_by(reply.clone());
        Ok((
            Self {
                invoke,
                parcel,
                departures,
                reply,
            },
            task,
        ))
    }

    /// Runs `callback` when the outcome is there.
    pub(crate) fn when_done(&self, callback: impl FnOnce() + Send + 'static) {
        self.reply.when_done(callback);
    }

    pub(crate) fn fail(&self, error: TaskError) {
        self.reply.fail(error);
    }
}

fn invoke<P: Platform, M: Message, R: Message>(parcel: Option<P::Parcel>, reply: Address<P>) {
    let Some(parcel) = parcel else {
        return answer(&reply, Outcome::<R>::Closed);
    };
    match unpack::<P, (Function<P, M, R>, M)>(parcel) {
        Ok((function, argument)) => {
            if let Some(outcome) = outcome_of(panics::catch::<P, _>(|| function.call(argument))) {
                answer(&reply, outcome);
            }
        }
        Err(error) => answer(&reply, Outcome::<R>::Undecodable(Box::new(error))),
    }
}

fn invoke_async<P: Platform, M: Message, R: Message, F: Future<Output = R> + 'static>(
    parcel: Option<P::Parcel>,
    reply: Address<P>,
) {
    let Some(parcel) = parcel else {
        return answer(&reply, Outcome::<R>::Closed);
    };
    match unpack::<P, (Function<P, M, F>, M)>(parcel) {
        Ok((function, argument)) => EventLoop::<P>::current().spawn_local(async move {
            let future = panics::catch::<P, _>(|| function.call(argument));
            let result = match future {
                Ok(future) => panics::catch_async::<P, _>(future).await,
                Err(stopped) => Err(stopped),
            };
            if let Some(outcome) = outcome_of(result) {
                answer(&reply, outcome);
            }
        }),
        Err(error) => answer(&reply, Outcome::<R>::Undecodable(Box::new(error))),
    }
}
