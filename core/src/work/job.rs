//! A call on its way to a runner.

use std::sync::Arc;

use crate::{
    DecodeError, EncodeError, Message, Platform, Task, TaskError,
    completion::FailureSink,
    contract::{Address, Invoke},
    departures::{Collecting, Departures},
    event_loop::EventLoop,
    function::Function,
    panics::{self, Stopped},
    task::{Fault, Lighten, Load, Outcome, Outgoing, Reply, Ties, answer, outcome_of, send},
    unpack::{unpack, unpack_to},
};

/// A call that is packed.
pub(crate) struct Call<P: Platform> {
    pub(crate) invoke: Invoke<P>,
    pub(crate) parcel: P::Parcel,
    pub(crate) departures: Departures,
}

/// A call, or why it could not be packed.
pub(crate) type Packed<P> = Result<Call<P>, TaskError>;

/// A call, and what waits for its outcome. The type of that does not show, so that handing on a job is compiled once.
pub(crate) struct Job<P: Platform> {
    pub(crate) call: Call<P>,
    pub(crate) reply: Arc<Reply<P>>,
}

impl<P: Platform> Call<P> {
    pub(crate) fn new<M: Message, R: Message>(function: fn(M) -> R, argument: M) -> Packed<P> {
        Self::pack(
            invoke::<P, M, R>,
            Function::<P, M, R>::new(function),
            argument,
        )
    }

    pub(crate) fn new_async<M: Message, R: Message, F: Future<Output = R> + 'static>(
        function: fn(M) -> F,
        argument: M,
    ) -> Packed<P> {
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
    ) -> Packed<P> {
        let collecting = Collecting::begin();
        let packed = P::pack_from(&mut Some((function, argument)));
        Self::packed(invoke, packed, collecting)
    }

    /// The rest of [`pack`](Self::pack), without the types.
    fn packed(
        invoke: Invoke<P>,
        packed: Result<P::Parcel, EncodeError>,
        collecting: Collecting,
    ) -> Packed<P> {
        let departures = collecting.noted();
        Ok(Self {
            invoke,
            parcel: packed?,
            departures,
        })
    }
}

impl<P: Platform> Job<P> {
    /// Gives a call `to` who runs it, as a job; none where the call could not be packed. The task waits for the outcome.
    pub(crate) fn give<R: Message>(
        call: Packed<P>,
        to: &mut dyn FnMut(Option<Self>),
    ) -> Task<P, R> {
        let (reply, ties) = Self::give_untyped(call, to);
        reply.outcome(ties)
    }

    /// [`give`](Self::give) without the type of the outcome.
    fn give_untyped(call: Packed<P>, to: &mut dyn FnMut(Option<Self>)) -> (Arc<Reply<P>>, Ties<P>) {
        let reply = Reply::closed();
        let ties = Ties::job(reply.clone());
        match call {
            Ok(call) => {
                let reply = reply.clone();
                to(Some(Self { call, reply }));
            }
            Err(error) => {
                reply.fail(error);
                to(None);
            }
        }
        (reply, ties)
    }

    /// Has `counts` take the load back when the outcome is there.
    pub(crate) fn weighs(&self, counts: Arc<dyn Lighten>, load: Load) {
        self.reply.port().lighten_when_done(counts, load);
    }

    pub(crate) fn fail(&self, error: TaskError) {
        self.reply.fail(error);
    }
}

/// What takes jobs.
pub(crate) trait TakeJob<P: Platform>: Send + Sync {
    fn take(&self, job: Job<P>);

    /// Whether it takes no job any more.
    fn is_over(&self) -> bool;
}

/// A call in the isolate that it was sent to, without its types.
trait Called<P: Platform> {
    fn read(&mut self, parcel: P::Parcel) -> Result<(), DecodeError>;
    fn run(&mut self);
    fn outcome(&mut self) -> &mut dyn Outgoing<P>;
}

/// A call and, when it has been run, its outcome.
struct Calling<P: Platform, M, R> {
    call: Option<(Function<P, M, R>, M)>,
    outcome: Option<Outcome<R>>,
}

impl<P: Platform, M: Message, R: Message> Called<P> for Calling<P, M, R> {
    fn read(&mut self, parcel: P::Parcel) -> Result<(), DecodeError> {
        unpack_to::<P, _>(parcel, &mut self.call)
    }

    fn run(&mut self) {
        if let Some((function, argument)) = self.call.take() {
            self.outcome = Some(Outcome::Value(function.call(argument)));
        }
    }

    fn outcome(&mut self) -> &mut dyn Outgoing<P> {
        &mut self.outcome
    }
}

fn invoke<P: Platform, M: Message, R: Message>(parcel: Option<P::Parcel>, reply: Address<P>) {
    let mut calling = Calling::<P, M, R> {
        call: None,
        outcome: None,
    };
    invoke_called(parcel, &reply, &mut calling);
}

/// [`invoke`] without the types.
fn invoke_called<P: Platform>(
    parcel: Option<P::Parcel>,
    reply: &Address<P>,
    call: &mut dyn Called<P>,
) {
    let fault = match parcel.map(|parcel| call.read(parcel)) {
        None => Some(Fault::Closed),
        Some(Err(error)) => Some(Fault::Undecodable(Box::new(error))),
        Some(Ok(())) => match panics::catch::<P, _>(|| call.run()) {
            Ok(()) => None,
            Err(Stopped::Panic(error)) => Some(Fault::Panicked(Box::new(error))),
            Err(Stopped::Unwound) => return,
        },
    };
    let outcome = call.outcome();
    if let Some(fault) = fault {
        outcome.fail(fault);
    }
    send(reply, outcome);
}

fn invoke_async<P: Platform, M: Message, R: Message, F: Future<Output = R> + 'static>(
    parcel: Option<P::Parcel>,
    reply: Address<P>,
) {
    let Some(parcel) = parcel else {
        return answer::<P, R>(&reply, Fault::Closed.into());
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
        Err(error) => answer::<P, R>(&reply, Fault::Undecodable(Box::new(error)).into()),
    }
}
