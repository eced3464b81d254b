//! Timers are not early, run in order, and each is an event of its own.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    time::Duration,
};

use insula_core::{IsolateRunner, Platform, ReceivePort, SendPort, Start, Timer, sleep};

use crate::{
    starting::start,
    support::{expect_quiet, ms, ok, within},
    worker::{Order, Worker},
};

async fn time_a_timer<P: Platform>(start: Start<SendPort<P, u64>>) {
    let begin = P::now();
    Timer::<P>::new(ms(100), move || {
        let passed = P::now() - begin;
        start
            .message
            .send(u64::try_from(passed.as_micros()).unwrap())
            .unwrap();
    });
}

/// A timer of 100 ms in an isolate is not early.
///
/// Source: dart-sdk `tests/lib/isolate/timer_isolate_test`.
pub async fn timer_in_an_isolate_is_not_early<P: Platform>() {
    let mut port = ReceivePort::<P, u64>::new();
    start::<P, _, _>(time_a_timer::<P>, port.send_port()).await;
    let passed = port.next().await.unwrap();
    assert!(passed >= 100_000, "{passed} µs");
}

/// The timers of several isolates all come.
///
/// Source: dart-sdk `tests/lib/isolate/timer_multiple_isolates_test`.
pub async fn timers_of_several_isolates_all_run<P: Platform>() {
    let mut port = ReceivePort::<P, u64>::new();
    for _ in 0..3 {
        start::<P, _, _>(time_a_timer::<P>, port.send_port()).await;
    }
    for _ in 0..3 {
        assert!(port.next().await.unwrap() >= 100_000);
    }
}

/// A timer that panics does not keep another from running, although both are due at once.
///
/// Source: dart-sdk `tests/lib/isolate/non_fatal_exception_in_timer_callback_test`.
pub async fn timer_runs_although_another_panics<P: Platform>() {
    let mut worker = Worker::<P>::forgiving().await;
    worker.order(Order::All(vec![
        Order::throw("timer").later(1),
        Order::Say(1).later(1),
    ]));
    assert_eq!(worker.hear().await, 1);
    assert_eq!(worker.complaints(), ["timer"]);
}

/// Sets timers that note their number, and notes the last when all are done.
async fn order_of<P: Platform, const N: usize>(milliseconds: [u64; N]) -> Vec<usize> {
    let (noted, mut done) = (
        Rc::new(RefCell::new(Vec::new())),
        ReceivePort::<P, ()>::new(),
    );
    for (number, delay) in milliseconds.into_iter().enumerate() {
        let (noted, done) = (noted.clone(), done.send_port());
        Timer::<P>::new(ms(delay), move || {
            noted.borrow_mut().push(number);
            done.send(()).unwrap();
        });
    }
    for _ in 0..N {
        done.next().await;
    }
    noted.take()
}

/// Timers run when they are due, whatever the order in which they were set.
pub async fn timers_run_in_order_of_time<P: Platform>() {
    assert_eq!(order_of::<P, _>([60, 1, 30]).await, [1, 2, 0]);
}

/// Timers that are due at the same time run in the order in which they were set.
pub async fn timers_run_in_order_of_setting<P: Platform>() {
    assert_eq!(order_of::<P, _>([0, 0, 0, 0]).await, [0, 1, 2, 3]);
}

/// A timer that was cancelled does not run, and is not active any more.
pub async fn timer_that_was_cancelled_does_not_run<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let to = port.send_port();
    let timer = Timer::<P>::new(ms(5), move || to.send(1).unwrap());
    assert!(timer.is_active());
    timer.cancel();
    assert!(!timer.is_active());
    expect_quiet(&mut port).await;
}

/// A timer that has run is not active any more.
pub async fn timer_that_has_run_is_not_active<P: Platform>() {
    let mut port = ReceivePort::<P, ()>::new();
    let to = port.send_port();
    let timer = Timer::<P>::new(ms(1), move || to.send(()).unwrap());
    port.next().await;
    assert!(!timer.is_active());
}

/// A periodic timer runs until it is cancelled.
pub async fn timer_is_periodic_until_it_is_cancelled<P: Platform>() {
    let (mut port, ticks) = (ReceivePort::<P, u32>::new(), Rc::new(Cell::new(0)));
    let (to, ticked) = (port.send_port(), ticks.clone());
    let timer = Timer::<P>::periodic(ms(2), move || {
        ticked.set(ticked.get() + 1);
        to.send(ticked.get()).unwrap();
    });
    for expected in 1..4 {
        assert_eq!(port.next().await, Some(expected));
    }
    assert!(timer.is_active());
    timer.cancel();
    let until_then = ticks.get();
    sleep::<P>(ms(40)).await;
    assert_eq!(ticks.get(), until_then);
}

/// A periodic timer may cancel itself, and does not run again.
pub async fn timer_may_cancel_itself<P: Platform>() {
    let mut port = ReceivePort::<P, bool>::new();
    let (to, own) = (port.send_port(), Rc::new(OnceCell::<Timer<P>>::new()));
    let within = own.clone();
    let timer = Timer::periodic(ms(2), move || {
        let timer = within.get().unwrap();
        timer.cancel();
        to.send(timer.is_active()).unwrap();
    });
    own.set(timer).unwrap();
    assert_eq!(port.next().await, Some(false));
    expect_quiet(&mut port).await;
}

/// A dropped handle leaves the timer alone.
pub async fn timer_outlives_its_handle<P: Platform>() {
    let mut port = ReceivePort::<P, ()>::new();
    let to = port.send_port();
    let _ = Timer::<P>::new(ms(1), move || to.send(()).unwrap());
    assert_eq!(port.next().await, Some(()));
}

/// `sleep` does not wake early.
pub async fn sleep_is_not_early<P: Platform>() {
    let begin = P::now();
    sleep::<P>(ms(20)).await;
    assert!(P::now() - begin >= ms(20));
}

/// A pending timer keeps its isolate alive, and no longer.
pub async fn timer_keeps_its_isolate_alive<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.order(Order::All(vec![Order::Leave, Order::Say(1).later(20)]));
    assert_eq!(worker.end().await, [1]);
}

/// The longest time never comes, and the shortest is over at once.
pub async fn timers_and_limits_may_be_of_any_length<P: Platform>() {
    const NEVER: Duration = Duration::MAX;
    let once = Timer::<P>::new(NEVER, || unreachable!("it never comes"));
    let often = Timer::<P>::periodic(NEVER, || unreachable!("it never comes"));
    assert_eq!(within::<P, _>(ms(2), sleep::<P>(NEVER)).await, None);
    assert_eq!(
        within::<P, _>(NEVER, sleep::<P>(Duration::ZERO)).await,
        Some(())
    );
    assert!(once.is_active() && often.is_active());
    once.cancel();
    often.cancel();
    let runner = ok(IsolateRunner::<P>::spawn().timeout(NEVER)).await;
    assert_eq!(runner.run(|n: u32| n + 1, 1).timeout(NEVER).await, Ok(2));
    assert!(runner.ping(NEVER).await);
    ok(runner.shutdown(NEVER)).await;
    assert!(!runner.ping(NEVER).await);
}
