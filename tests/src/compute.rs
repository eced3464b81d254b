//! `compute` calls one function with one message, and its task gives the value.

use std::collections::HashSet;

use insula_core::{
    Compute, ComputePool, Isolate, IsolateRunner, LoadBalancer, Platform, Priority, ReceivePort,
    SendPort, Start, TaskError, compute, compute_async,
};

use crate::{
    differences::Refusing,
    starting::start_with,
    support::{ok, take},
};

fn add_one(number: u32) -> u32 {
    number + 1
}

async fn add_one_async(number: u32) -> u32 {
    number + 1
}

async fn add_one_by_compute<P: Platform>(number: u32) -> u32 {
    ok(compute::<P, _, _>(add_one, number)).await
}

/// A task gives the value that its callback returns.
///
/// Source: flutter `isolates_test: test1`.
pub async fn compute_returns_the_value<P: Platform>() {
    assert_eq!(ok(compute::<P, _, _>(add_one, 0)).await, 1);
}

/// A task gives the value of its callback's future.
///
/// Source: flutter `isolates_test: test1Async`.
pub async fn compute_returns_the_awaited_value<P: Platform>() {
    assert_eq!(ok(compute_async::<P, _, _, _>(add_one_async, 0)).await, 1);
}

/// A callback can call `compute` itself.
///
/// Source: flutter `isolates_test: test1CallCompute`.
pub async fn compute_can_compute_in_turn<P: Platform>() {
    assert_eq!(
        ok(compute_async::<P, _, _, _>(add_one_by_compute::<P>, 0)).await,
        1
    );
}

fn fail_with_two(_: u32) -> Result<u32, u32> {
    Err(2)
}

async fn fail_with_two_async(_: u32) -> Result<u32, u32> {
    Err(2)
}

async fn fail_with_two_by_compute<P: Platform>(number: u32) -> Result<u32, u32> {
    ok(compute::<P, _, _>(fail_with_two, number)).await
}

/// A task gives the error that its callback returns, unchanged.
///
/// Source: flutter `isolates_test: test2`.
pub async fn compute_returns_the_callbacks_error<P: Platform>() {
    assert_eq!(ok(compute::<P, _, _>(fail_with_two, 0)).await, Err(2));
}

/// A task gives the error of its callback's future, unchanged.
///
/// Source: flutter `isolates_test: test2Async`.
pub async fn compute_returns_the_awaited_error<P: Platform>() {
    assert_eq!(
        ok(compute_async::<P, _, _, _>(fail_with_two_async, 0)).await,
        Err(2)
    );
}

/// An error passes unchanged through a callback that calls `compute` itself.
///
/// Source: flutter `isolates_test: test2CallCompute`.
pub async fn compute_passes_an_error_through_two_computes<P: Platform>() {
    assert_eq!(
        ok(compute_async::<P, _, _, _>(
            fail_with_two_by_compute::<P>,
            0
        ))
        .await,
        Err(2)
    );
}

fn throw(number: u32) -> u32 {
    panic!("thrown with {number}")
}

/// A panic of a callback fails the task. The error has the panic's text and place.
pub async fn compute_reports_a_panic_and_its_place<P: Platform>() {
    let Err(TaskError::Panicked(error)) = compute::<P, _, _>(throw, 2).await else {
        panic!("a panic is a remote error")
    };
    assert_eq!(error.description(), "thrown with 2");
    assert!(
        error.stack_trace().contains("compute.rs"),
        "no location in {:?}",
        error.stack_trace()
    );
}

fn leave<P: Platform>(port: SendPort<P, ()>) -> u32 {
    let _ = Isolate::exit(&port, ());
    0
}

async fn leave_async<P: Platform>(port: SendPort<P, ()>) -> u32 {
    leave(port)
}

/// A callback that exits its isolate leaves the task without a value.
///
/// Source: flutter `isolates_test: test3`.
pub async fn compute_fails_when_the_callback_exits<P: Platform>() {
    let port = ReceivePort::<P, ()>::new();
    let error = compute::<P, _, _>(leave::<P>, port.send_port())
        .await
        .unwrap_err();
    assert_eq!(error, TaskError::Ended);
}

/// An async callback that exits its isolate leaves the task without a value.
///
/// Source: flutter `isolates_test: test3Async`.
pub async fn compute_fails_when_an_async_callback_exits<P: Platform>() {
    let port = ReceivePort::<P, ()>::new();
    let error = compute_async::<P, _, _, _>(leave_async::<P>, port.send_port())
        .await
        .unwrap_err();
    assert_eq!(error, TaskError::Ended);
}

fn kill_politely<P: Platform>(number: u32) -> u32 {
    Isolate::<P>::current().kill(Priority::BeforeNextEvent);
    number + 1
}

async fn kill_politely_async<P: Platform>(number: u32) -> u32 {
    kill_politely::<P>(number)
}

/// A kill that waits for the next event comes too late for a callback that returns.
///
/// Source: flutter `isolates_test: test4`.
pub async fn compute_value_wins_over_a_delayed_kill<P: Platform>() {
    assert_eq!(ok(compute::<P, _, _>(kill_politely::<P>, 0)).await, 1);
}

/// A kill that waits for the next event comes too late for an async callback that awaits nothing.
///
/// Source: flutter `isolates_test: test4Async`.
pub async fn compute_awaited_value_wins_over_a_delayed_kill<P: Platform>() {
    assert_eq!(
        ok(compute_async::<P, _, _, _>(kill_politely_async::<P>, 0)).await,
        1
    );
}

fn kill_at_once<P: Platform>(number: u32) -> u32 {
    Isolate::<P>::current().kill(Priority::Immediate);
    number + 1
}

async fn kill_at_once_async<P: Platform>(number: u32) -> u32 {
    kill_at_once::<P>(number)
}

/// An immediate kill from within leaves the task without a value.
///
/// Source: flutter `isolates_test: test5`.
pub async fn compute_fails_when_the_callback_kills_at_once<P: Platform>() {
    let error = compute::<P, _, _>(kill_at_once::<P>, 0).await.unwrap_err();
    assert_eq!(error, TaskError::Ended);
}

/// An immediate kill by an async callback leaves the task without a value.
///
/// Source: flutter `isolates_test: test5Async`.
pub async fn compute_fails_when_an_async_callback_kills_at_once<P: Platform>() {
    let error = compute_async::<P, _, _, _>(kill_at_once_async::<P>, 0)
        .await
        .unwrap_err();
    assert_eq!(error, TaskError::Ended);
}

struct Hundred;

impl Hundred {
    fn answer((): ()) -> u32 {
        100
    }
}

/// An associated function can be a callback.
///
/// Source: flutter `isolates_test: static method`.
pub async fn compute_calls_an_associated_function<P: Platform>() {
    assert_eq!(ok(compute::<P, _, _>(Hundred::answer, ())).await, 100);
}

/// A closure that captures nothing can be a callback.
pub async fn compute_calls_a_closure_without_captures<P: Platform>() {
    assert_eq!(
        ok(compute::<P, _, _>(|number: u32| number * 2, 50)).await,
        100
    );
}

fn own_name<P: Platform>((): ()) -> Option<String> {
    Isolate::<P>::current().debug_name().map(str::to_owned)
}

/// The debug label is the name of the isolate that computes.
///
/// Source: flutter `isolates_test: debugLabel`.
pub async fn compute_label_names_its_isolate<P: Platform>() {
    let name = ok(Compute::<P>::new()
        .debug_name("adder")
        .run(own_name::<P>, ()))
    .await;
    assert_eq!(name.as_deref(), Some("adder"));
}

/// A callback need not have a value.
///
/// Source: flutter `isolates_test: null result`.
pub async fn compute_needs_no_value<P: Platform>() {
    ok(compute::<P, _, _>(|_: u32| (), 1)).await;
}

fn accept(_: Refusing) {}

/// A message that can't be sent fails the task, and the callback is not called.
pub async fn compute_refuses_what_cannot_be_sent<P: Platform>() {
    let error = compute::<P, _, _>(accept, Refusing).await.unwrap_err();
    assert!(matches!(error, TaskError::Encode(_)), "{error:?}");
}

/// A started task goes on while the next is started: both have begun before either is awaited.
pub async fn compute_begins_before_it_is_awaited<P: Platform>() {
    let mut begun = ReceivePort::<P, ()>::new();
    let begin = |port: SendPort<P, ()>| port.send(()).unwrap();
    let (first, second) = (
        compute::<P, _, _>(begin, begun.send_port()),
        compute::<P, _, _>(begin, begun.send_port()),
    );
    take(&mut begun, 2).await;
    ok(first).await;
    ok(second).await;
}

/// A task whose handle was dropped still runs.
pub async fn compute_runs_although_its_task_is_dropped<P: Platform>() {
    let mut begun = ReceivePort::<P, ()>::new();
    drop(compute::<P, _, _>(
        |port: SendPort<P, ()>| port.send(()).unwrap(),
        begun.send_port(),
    ));
    assert_eq!(begun.next().await, Some(()));
}

/// Starts `caller` in an isolate of its own, which ends by itself if `compute` leaves nothing open.
async fn caller_ends<P: Platform, F: Future<Output = ()> + 'static>(
    caller: fn(Start<SendPort<P, ()>>) -> F,
) {
    let (mut done, mut ended) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, ()>::new());
    start_with::<P, _, _>(
        Isolate::builder().on_exit(ended.send_port()),
        caller,
        done.send_port(),
    )
    .await;
    assert_eq!(done.next().await, Some(()), "the caller got its answer");
    assert_eq!(ended.next().await, Some(()));
}

/// After a value, no port of the caller's is left open.
///
/// Source: flutter `_compute_caller`.
pub async fn compute_leaves_no_port_open<P: Platform>() {
    async fn caller<P: Platform>(start: Start<SendPort<P, ()>>) {
        assert_eq!(ok(compute::<P, _, _>(add_one, 0)).await, 1);
        start.message.send(()).unwrap();
    }
    caller_ends(caller::<P>).await;
}

/// After an error, no port of the caller's is left open.
///
/// Source: flutter `_compute_caller_error`.
pub async fn compute_leaves_no_port_open_after_an_error<P: Platform>() {
    async fn caller<P: Platform>(start: Start<SendPort<P, ()>>) {
        compute::<P, _, _>(throw, 0).await.unwrap_err();
        start.message.send(()).unwrap();
    }
    caller_ends(caller::<P>).await;
}

fn own<P: Platform>(_: ()) -> Isolate<P> {
    Isolate::current()
}

async fn own_async<P: Platform>(_: ()) -> Isolate<P> {
    Isolate::current()
}

async fn place<P: Platform>() -> Isolate<P> {
    ok(compute::<P, _, _>(own::<P>, ())).await
}

async fn pool<P: Platform>(size: usize) -> ComputePool<P> {
    ok(ComputePool::install(size)).await
}

/// With a pool nothing runs in the caller's isolate; without one again, where it did.
pub async fn compute_pool_runs_elsewhere_until_dropped<P: Platform>() {
    let caller = Isolate::<P>::current();
    let on_the_caller = place::<P>().await == caller;
    let pool = pool::<P>(2).await;
    for _ in 0..4 {
        assert_ne!(place::<P>().await, caller);
        let there = ok(compute_async::<P, _, _, _>(own_async::<P>, ())).await;
        assert_ne!(there, caller);
    }
    drop(pool);
    assert_eq!(place::<P>().await == caller, on_the_caller);
}

/// Says where it runs, and waits at its gate.
async fn hold_own<P: Platform>(begun: SendPort<P, (Isolate<P>, SendPort<P, ()>)>) {
    let mut gate = ReceivePort::new();
    let _ = begun.send((Isolate::current(), gate.send_port()));
    gate.next().await;
}

/// A pool's calls share its isolates: no more than it has are at work.
pub async fn compute_pool_has_as_many_isolates_as_asked<P: Platform>() {
    let pool = pool::<P>(2).await;
    let mut begun = ReceivePort::new();
    let calls: Vec<_> = (0..6)
        .map(|_| compute_async::<P, _, _, _>(hold_own::<P>, begun.send_port()))
        .collect();
    let (mut places, mut gates) = (HashSet::new(), Vec::new());
    for _ in &calls {
        let (place, gate) = begun.next().await.unwrap();
        places.insert(place);
        gates.push(gate);
    }
    assert_eq!(places.len(), 2);
    for gate in gates {
        gate.send(()).unwrap();
    }
    for call in calls {
        ok(call).await;
    }
    drop(pool);
}

/// Dropping a pool ends its isolates, when they have done what they were given.
pub async fn compute_pool_drop_ends_its_isolates<P: Platform>() {
    let mut ended = ReceivePort::<P, ()>::new();
    let pool = pool::<P>(1).await;
    let isolate = ok(compute::<P, _, _>(own::<P>, ())).await;
    isolate.add_exit_listener(&ended.send_port(), ()).unwrap();
    let last = compute::<P, _, _>(add_one, 1);
    drop(pool);
    assert_eq!(ok(last).await, 2);
    assert_eq!(ended.next().await, Some(()));
}

/// Of several pools the latest is used, whichever is dropped first.
pub async fn compute_pool_installed_last_is_used<P: Platform>() {
    let first = pool::<P>(1).await;
    let in_first = place::<P>().await;
    let second = pool::<P>(1).await;
    let in_second = place::<P>().await;
    assert_ne!(in_first, in_second);
    drop(second);
    assert_eq!(place::<P>().await, in_first);
    let third = pool::<P>(1).await;
    drop(first);
    assert_ne!(place::<P>().await, in_first);
    drop(third);
}

/// A pool's isolate, and the port that its installer waits at.
type Installed<P> = (Isolate<P>, SendPort<P, ()>);

/// A detached pool lives as long as the isolate that installed it.
pub async fn compute_pool_detached_ends_with_its_isolate<P: Platform>() {
    async fn caller<P: Platform>(start: Start<SendPort<P, Installed<P>>>) {
        pool::<P>(1).await.detach();
        let mut gate = ReceivePort::new();
        let first = place::<P>().await;
        assert_eq!(place::<P>().await, first);
        start.message.send((first, gate.send_port())).unwrap();
        gate.next().await;
    }
    let mut installed = ReceivePort::<P, Installed<P>>::new();
    let (mut ended, mut pong) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, ()>::new());
    let installer =
        start_with::<P, _, _>(Isolate::builder(), caller::<P>, installed.send_port()).await;
    let (isolate, _gate) = installed.next().await.expect("the pool's isolate");
    isolate.add_exit_listener(&ended.send_port(), ()).unwrap();
    isolate
        .ping(&pong.send_port(), (), Priority::Immediate)
        .unwrap();
    assert_eq!(pong.next().await, Some(()), "the listener is there");
    installer.kill(Priority::Immediate);
    assert_eq!(ended.next().await, Some(()));
}

fn boom(_: u32) -> u32 {
    panic!("boom")
}

/// An error keeps its type, a panic is the task's, and jobs go on after it.
pub async fn compute_pool_goes_on_after_a_panic<P: Platform>() {
    let pool = pool::<P>(1).await;
    assert_eq!(ok(compute::<P, _, _>(fail_with_two, 0)).await, Err(2));
    match compute::<P, _, _>(boom, 0).await {
        Err(TaskError::Panicked(error)) if P::CATCHES_PANICS => {
            assert_eq!(error.description(), "boom");
        }
        Err(TaskError::IsolateLost { reason, .. }) if !P::CATCHES_PANICS => {
            assert_eq!(
                reason.error().expect("a panic ended it").description(),
                "boom"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ok(compute::<P, _, _>(add_one, 1)).await, 2);
    drop(pool);
}

/// One call can be given to a runner, whatever pool is installed.
pub async fn compute_on_a_runner_runs_there<P: Platform>() {
    let pool = pool::<P>(1).await;
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let here = runner.isolate().clone();
    let there = ok(Compute::new().on(&runner).run(own::<P>, ())).await;
    assert_eq!(there, here);
    let balancer = LoadBalancer::of([runner]);
    let there = ok(Compute::new()
        .on(&balancer.with_load(1))
        .run_async(own_async::<P>, ()))
    .await;
    assert_eq!(there, here);
    assert_ne!(place::<P>().await, here);
    drop(pool);
}
