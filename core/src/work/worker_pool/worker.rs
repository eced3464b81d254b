//! The isolate's side of a pool: it runs one job after the other, and stops those that are cancelled.

use std::{
    any::{Any, type_name},
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    future::poll_fn,
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::Poll,
};

use super::request::{Flag, Hello, Method, Ticket};
use crate::{
    Message, Platform, RemoteError, SendPort,
    contract::{Address, Deliver, Delivery},
    event_loop::EventLoop,
    function::Function,
    panics::{self, Stopped},
    sync::Mutex,
    task::{Fault, Outcome, answer, outcome_of},
    unpack::unpack,
};

/// The key of the worker among the values that an isolate has of its own.
static WORKER: u8 = 0;

type Running = Pin<Box<dyn Future<Output = ()>>>;

/// One isolate's side of its pool.
#[derive(Default)]
struct Worker {
    /// What waits for the job that runs.
    waiting: RefCell<VecDeque<Box<dyn FnOnce() -> Running>>>,
    is_busy: Cell<bool>,
    /// What the pool has asked for, by its number.
    flags: Arc<Flags>,
    /// What `init` has made.
    state: Rc<RefCell<Option<Box<dyn Any>>>>,
}

/// The flags of the jobs that the isolate holds.
#[derive(Default)]
struct Flags(Mutex<BTreeMap<u64, Arc<Flag>>>);

impl<P: Platform> Deliver<P> for Flags {
    fn deliver(&self, parcel: P::Parcel) -> Delivery {
        if let Ok(number) = P::unpack::<u64>(parcel) {
            let flag = self.0.lock().get(&number).cloned();
            if let Some(flag) = flag {
                flag.cancel();
            }
        }
        Delivery::Open
    }

    fn is_internal(&self) -> bool {
        true
    }
}

fn worker<P: Platform>() -> Rc<Worker> {
    EventLoop::<P>::current()
        .locals()
        .get_or_make(&WORKER, Worker::default)
}

impl Worker {
    /// Runs jobs until none waits.
    async fn run_all<P: Platform>(self: Rc<Self>, first: Running) {
        let mut next = Some(first);
        while let Some(job) = next.take() {
            if let Err(Stopped::Panic(error)) = panics::catch_async::<P, _>(job).await {
                EventLoop::<P>::report_here(&error);
            }
            let waiting = self.waiting.borrow_mut().pop_front();
            next = waiting.map(|begin| begin());
        }
        self.is_busy.set(false);
    }

    /// Runs a job that awaits, after those before it.
    fn enter<P: Platform>(self: &Rc<Self>, begin: Box<dyn FnOnce() -> Running>) {
        if self.is_busy.replace(true) {
            self.waiting.borrow_mut().push_back(begin);
        } else {
            EventLoop::<P>::current().spawn_local(self.clone().run_all::<P>(begin()));
        }
    }

    /// Runs a job that does not await: now, or after those before it.
    fn enter_sync<P: Platform>(self: &Rc<Self>, run: impl FnOnce() + 'static) {
        if !self.is_busy.get() {
            return run();
        }
        self.enter::<P>(Box::new(|| Box::pin(async move { run() })));
    }
}

/// A job that has arrived: its flag is known until it has ended.
struct Arrived<P: Platform> {
    number: u64,
    flag: Arc<Flag>,
    flags: Arc<Flags>,
    reply: Address<P>,
}

impl<P: Platform> Arrived<P> {
    fn new(ticket: Ticket<P>, reply: Address<P>, worker: &Worker) -> Self {
        let (number, flag) = (ticket.number, ticket.flag.flag);
        worker.flags.0.lock().insert(number, flag.clone());
        Self {
            number,
            flag,
            flags: worker.flags.clone(),
            reply,
        }
    }

    /// Runs code of the job. Its checkpoints leave it when it is cancelled.
    fn run<R>(&self, code: impl FnOnce() -> R) -> Result<R, Stopped> {
        EventLoop::<P>::current().interruptible(self.flag.clone(), || panics::catch::<P, _>(code))
    }

    /// Drops what is left of the job. A destructor's panic is told, and ends nothing.
    fn let_go(&self, rest: impl FnOnce()) {
        if let Err(Stopped::Panic(error)) = self.run(rest) {
            EventLoop::<P>::report_here(&error);
        }
    }

    /// Answers, unless the isolate is ending; nobody waits for the answer of a cancelled job.
    fn finish<R: Message>(self, result: Option<Result<R, Stopped>>) {
        let outcome = match result.map(outcome_of) {
            Some(Some(outcome)) => outcome,
            None => Fault::Ended.into(),
            Some(None) if self.flag.is_cancelled() && !EventLoop::<P>::current().is_ending() => {
                Fault::Ended.into()
            }
            Some(None) => return,
        };
        answer(&self.reply, outcome);
    }
}

impl<P: Platform> Drop for Arrived<P> {
    fn drop(&mut self) {
        let flag = self.flags.0.lock().remove(&self.number);
        drop(flag);
        self.flag.settle();
    }
}

/// Runs `function(argument)`.
pub(super) fn invoke<P: Platform, M: Message, R: Message>(
    parcel: Option<P::Parcel>,
    reply: Address<P>,
) {
    type Call<P, M, R> = (Function<P, M, R>, M, Ticket<P>);
    let Some(parcel) = parcel else {
        return answer::<P, R>(&reply, Fault::Closed.into());
    };
    let (function, argument, ticket) = match unpack::<P, Call<P, M, R>>(parcel) {
        Ok(call) => call,
        Err(error) => return refuse::<P, R>(&reply, Fault::Undecodable(Box::new(error))),
    };
    let worker = worker::<P>();
    let arrived = Arrived::<P>::new(ticket, reply, &worker);
    worker.enter_sync::<P>(move || {
        let result = if arrived.flag.is_cancelled() {
            arrived.let_go(|| drop(argument));
            None
        } else {
            Some(arrived.run(|| function.call(argument)))
        };
        arrived.finish::<R>(result);
    });
}

/// As [`invoke`], for a function that awaits.
pub(super) fn invoke_async<P: Platform, M: Message, R: Message, F: Future<Output = R> + 'static>(
    parcel: Option<P::Parcel>,
    reply: Address<P>,
) {
    type Call<P, M, F> = (Function<P, M, F>, M, Ticket<P>);
    let Some(parcel) = parcel else {
        return answer::<P, R>(&reply, Fault::Closed.into());
    };
    let (function, argument, ticket) = match unpack::<P, Call<P, M, F>>(parcel) {
        Ok(call) => call,
        Err(error) => return refuse::<P, R>(&reply, Fault::Undecodable(Box::new(error))),
    };
    let worker = worker::<P>();
    let arrived = Arrived::<P>::new(ticket, reply, &worker);
    worker.enter::<P>(Box::new(move || {
        Box::pin(async move {
            let result = run_async(&arrived, function, argument).await;
            arrived.finish::<R>(result);
        })
    }));
}

/// What a job comes to that awaits; nothing when it was cancelled meanwhile.
async fn run_async<P: Platform, M: Message, R, F: Future<Output = R> + 'static>(
    arrived: &Arrived<P>,
    function: Function<P, M, F>,
    argument: M,
) -> Option<Result<R, Stopped>> {
    if arrived.flag.is_cancelled() {
        arrived.let_go(|| drop(argument));
        return None;
    }
    let future = match arrived.run(|| function.call(argument)) {
        Ok(future) => future,
        Err(stopped) => return Some(Err(stopped)),
    };
    let mut future = pin!(Some(future));
    let result = poll_fn(|context| {
        if arrived.flag.is_cancelled_or_wakes(context.waker()) {
            return Poll::Ready(None);
        }
        let Some(future) = future.as_mut().as_pin_mut() else {
            return Poll::Ready(None);
        };
        match arrived.run(|| future.poll(context)) {
            Ok(polled) => polled.map(|value| Some(Ok(value))),
            Err(stopped) => Poll::Ready(Some(Err(stopped))),
        }
    })
    .await;
    arrived.let_go(|| future.set(None));
    result
}

/// As [`invoke`], for a function that takes the isolate's state as well.
pub(super) fn invoke_with<P: Platform, S: 'static, M: Message, R: Message>(
    parcel: Option<P::Parcel>,
    reply: Address<P>,
) {
    type Call<P, S, M, R> = (Method<P, S, M, R>, M, Ticket<P>);
    let Some(parcel) = parcel else {
        return answer::<P, R>(&reply, Fault::Closed.into());
    };
    let (method, argument, ticket) = match unpack::<P, Call<P, S, M, R>>(parcel) {
        Ok(call) => call,
        Err(error) => return refuse::<P, R>(&reply, Fault::Undecodable(Box::new(error))),
    };
    let worker = worker::<P>();
    let arrived = Arrived::<P>::new(ticket, reply, &worker);
    let state = worker.state.clone();
    worker.enter_sync::<P>(move || {
        let result = if arrived.flag.is_cancelled() {
            arrived.let_go(|| drop(argument));
            None
        } else {
            Some(arrived.run(|| {
                let mut state = state.borrow_mut();
                let state = state.as_mut().and_then(|state| state.downcast_mut::<S>());
                let Some(state) = state else {
                    let wanted = type_name::<S>();
                    panic!("the job takes a state that this pool does not have: a `{wanted}`");
                };
                (method.pointer)(state, argument)
            }))
        };
        arrived.finish::<R>(result);
    });
}

/// Answers for a job that could not be read, after those before it.
fn refuse<P: Platform, R: Message>(reply: &Address<P>, fault: Fault) {
    let reply = reply.clone();
    worker::<P>().enter_sync::<P>(move || answer::<P, R>(&reply, fault.into()));
}

/// The first call of an isolate: says where it hears of cancelled jobs.
pub(super) fn invoke_hello<P: Platform>(_: Option<P::Parcel>, reply: Address<P>) {
    greet::<P>(&reply, Ok(()));
}

/// The first call of an isolate that has state: makes it.
pub(super) fn invoke_init<P: Platform, C: Message, S: 'static>(
    parcel: Option<P::Parcel>,
    reply: Address<P>,
) {
    let made = read_call::<P, (Function<P, C, S>, C)>(parcel).and_then(|(function, config)| {
        let state = panics::catch::<P, _>(|| function.call(config));
        keep_state::<P, S>(state)
    });
    greet::<P>(&reply, made);
}

/// As [`invoke_init`], for a function that awaits.
pub(super) fn invoke_init_async<P: Platform, C: Message, S: 'static, F>(
    parcel: Option<P::Parcel>,
    reply: Address<P>,
) where
    F: Future<Output = S> + 'static,
{
    let (function, config) = match read_call::<P, (Function<P, C, F>, C)>(parcel) {
        Ok(call) => call,
        Err(error) => return greet::<P>(&reply, Err(error)),
    };
    EventLoop::<P>::current().spawn_local(async move {
        let state = match panics::catch::<P, _>(|| function.call(config)) {
            Ok(future) => panics::catch_async::<P, _>(future).await,
            Err(stopped) => Err(stopped),
        };
        greet::<P>(&reply, keep_state::<P, S>(state));
    });
}

/// The last call of an isolate whose state is taken down.
pub(super) fn invoke_teardown<P: Platform, S: 'static>(parcel: Option<P::Parcel>, _: Address<P>) {
    let taken = worker::<P>().state.take();
    let state = taken.and_then(|state| state.downcast::<S>().ok());
    if let (Ok((function,)), Some(state)) = (read_call::<P, (Function<P, S, ()>,)>(parcel), state)
        && let Err(Stopped::Panic(error)) = panics::catch::<P, _>(|| function.call(*state))
    {
        EventLoop::<P>::report_here(&error);
    }
}

fn read_call<P: Platform, C: Message>(parcel: Option<P::Parcel>) -> Result<C, RemoteError> {
    let parcel = parcel.ok_or_else(|| RemoteError::new("it was told to end", ""))?;
    unpack::<P, C>(parcel).map_err(|error| RemoteError::from_error(&error))
}

fn keep_state<P: Platform, S: 'static>(made: Result<S, Stopped>) -> Result<(), RemoteError> {
    match made {
        Ok(state) => {
            let before = worker::<P>().state.replace(Some(Box::new(state)));
            drop(before);
            Ok(())
        }
        Err(Stopped::Panic(error)) => Err(error),
        Err(Stopped::Unwound) => Err(RemoteError::new("it has ended", "")),
    }
}

fn greet<P: Platform>(reply: &Address<P>, made: Result<(), RemoteError>) {
    let hello: Hello<P> = made.map(|()| {
        let cancels = EventLoop::<P>::open_unref(worker::<P>().flags.clone());
        SendPort::from_address(cancels)
    });
    answer(reply, Outcome::Value(hello));
}
