//! Waiting on a thread, inside isolates and outside: every wait ends, and control reaches an isolate that waits.
//!
//! Only for platforms that can block, so these tests have a list of their own: `blocking_suite!`.

use std::time::Duration;

use insula_core::{
    Blocking, ExitReason, Isolate, IsolateRunner, LoadBalancer, Priority, RawReceivePort,
    ReceivePort, RecvTimeoutError, SendPort, Task, TaskError, ask, compute,
    ports::single_response,
    registry::RegistryManager,
    sleep,
    stream::{Sender, channel},
};
use serde::{Deserialize, Serialize};

use crate::{
    encoding::Even,
    support::{ms, ok, within},
};

/// Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = ms(10_000);

fn increment(number: u32) -> u32 {
    number + 1
}

/// What `code` comes to in an isolate, which must end in time.
async fn inside<P: Blocking, R: Send + 'static>(code: impl FnOnce() -> R + Send + 'static) -> R {
    let outcome = within::<P, _>(LIMIT, Isolate::<P>::run(code)).await;
    outcome
        .expect("a wait inside an isolate ends")
        .expect("it returns")
}

/// Kills an isolate that runs `code` once that is ready, which must end it.
async fn kill_ends<P: Blocking>(code: impl FnOnce(SendPort<P, ()>) + Send + 'static) {
    let (mut ready, mut ended) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, ()>::new());
    let isolate = Isolate::<P>::builder().on_exit(ended.send_port());
    let isolate = isolate.spawn(code, ready.send_port()).await.unwrap();
    ready.next().await;
    // Until it waits, most likely.
    sleep::<P>(ms(5)).await;
    isolate.kill(Priority::Immediate);
    assert_eq!(within::<P, _>(LIMIT, ended.next()).await, Some(Some(())));
}

/// A runner's start, jobs, close and end can be waited for inside an isolate.
pub async fn wait_inside_for_a_runner<P: Blocking>() {
    inside::<P, _>(|| {
        let runner = IsolateRunner::<P>::spawn().wait().unwrap();
        assert_eq!(runner.run(increment, 1).wait(), Ok(2));
        assert_eq!(runner.close().wait(), Ok(()));
        assert_eq!(runner.on_exit().wait(), Ok(ExitReason::Finished));
        let runner = IsolateRunner::<P>::spawn().wait().unwrap();
        assert_eq!(runner.shutdown(ms(3_600_000)).wait(), Ok(()));
        assert_eq!(runner.shutdown(Duration::ZERO).wait(), Ok(()));
    })
    .await;
}

/// So can a balancer's.
pub async fn wait_inside_for_a_balancer<P: Blocking>() {
    inside::<P, _>(|| {
        let balancer = LoadBalancer::<P>::spawn(2).wait().unwrap();
        assert_eq!(balancer.run(increment, 1).wait(), Ok(2));
        assert_eq!(balancer.close().wait(), Ok(()));
    })
    .await;
}

/// A task that was started on the host can be waited for inside an isolate.
pub async fn wait_inside_for_a_task_of_the_host<P: Blocking>() {
    let task = Isolate::<P>::run_async(|| async {
        sleep::<P>(ms(20)).await;
        5
    });
    assert_eq!(inside::<P, _>(move || task.wait()).await, Ok(5));
}

/// A port that was made on the host can be waited for inside an isolate.
pub async fn receive_inside_at_a_port_of_the_host<P: Blocking>() {
    let mut port = ReceivePort::<P, u32>::new();
    let to = port.send_port();
    let waiting = Isolate::<P>::run(move || (port.recv(), port.recv_timeout(ms(5))));
    to.send(1).unwrap();
    let outcome = within::<P, _>(LIMIT, waiting).await;
    assert_eq!(outcome, Some(Ok((Ok(1), Err(RecvTimeoutError::TimedOut)))));
}

/// A kill reaches an isolate that waits at a port that was made elsewhere.
pub async fn kill_reaches_who_waits_at_a_port_of_the_host<P: Blocking>() {
    let mut port = ReceivePort::<P, u32>::new();
    kill_ends(move |ready: SendPort<P, ()>| {
        ready.send(()).unwrap();
        while port.recv().is_ok() {}
    })
    .await;
}

/// A kill reaches an isolate that waits for a task that was started elsewhere.
pub async fn kill_reaches_who_waits_for_a_task_of_the_host<P: Blocking>() {
    let never: Task<P, u32> = single_response(|_| {});
    kill_ends(move |ready: SendPort<P, ()>| {
        ready.send(()).unwrap();
        let _ = never.wait();
    })
    .await;
}

/// A limit comes although the isolate that waits runs no timers meanwhile.
pub async fn limits_come_inside<P: Blocking>() {
    inside::<P, _>(|| {
        let never = single_response::<P, u32>(|_| {}).timeout(ms(5));
        assert_eq!(never.wait(), Err(TaskError::TimedOut));

        let outer = single_response::<P, u32>(|_| {}).timeout(ms(5));
        assert_eq!(
            outer.timeout(ms(3_600_000)).wait(),
            Err(TaskError::TimedOut)
        );

        let manager = RegistryManager::<P, u32>::with_timeout(ms(5));
        let registry = manager.registry();
        manager.close();
        assert!(registry.lookup(&[], None).wait().is_err());

        let runner = IsolateRunner::<P>::spawn().wait().unwrap();
        let busy = runner.run_async(|()| sleep::<P>(ms(3_600_000)), ());
        assert_eq!(runner.shutdown(ms(5)).wait(), Ok(()));
        assert!(busy.wait().is_err());
    })
    .await;
}

/// A limit comes while the isolate waits at a port.
pub async fn limits_come_while_receiving<P: Blocking>() {
    inside::<P, _>(|| {
        let runner = IsolateRunner::<P>::spawn().wait().unwrap();
        let mut life = ReceivePort::<P, ()>::new();
        runner
            .isolate()
            .add_exit_listener(&life.send_port(), ())
            .unwrap();
        let _busy = runner.run_async(|()| sleep::<P>(ms(3_600_000)), ());
        let killed = runner.shutdown(ms(5));
        assert_eq!(life.recv(), Ok(()));
        assert_eq!(killed.wait(), Ok(()));
    })
    .await;
}

/// On the host a limit ends a wait too.
pub async fn limits_come_outside<P: Blocking>() {
    let never = single_response::<P, u32>(|_| {}).timeout(ms(5));
    assert_eq!(never.wait(), Err(TaskError::TimedOut));
}

/// Waits in its destructor, and says what for.
struct Saves<P: Blocking>(SendPort<P, u32>);

impl<P: Blocking> Drop for Saves<P> {
    fn drop(&mut self) {
        if let Ok(number) = compute::<P, _, _>(increment, 1).wait() {
            let _ = self.0.send(number);
        }
    }
}

/// A destructor may wait while its isolate is unwound by a kill: its wait runs to its end.
pub async fn destructor_waits_during_a_kill<P: Blocking>() {
    let mut saved = ReceivePort::<P, u32>::new();
    let save = Saves::<P>(saved.send_port());
    kill_ends(move |ready: SendPort<P, ()>| {
        let _save = save;
        ready.send(()).unwrap();
        let _ = ReceivePort::<P, ()>::new().recv();
    })
    .await;
    assert_eq!(saved.next().await, Some(2));
}

/// So may it while a panic unwinds.
pub async fn destructor_waits_during_a_panic<P: Blocking>() {
    let mut saved = ReceivePort::<P, u32>::new();
    let to = saved.send_port();
    let failed = Isolate::<P>::run(move || {
        let _save = Saves::<P>(to);
        panic!("the first")
    });
    let failed: Option<Result<(), _>> = within::<P, _>(LIMIT, failed).await;
    assert_eq!(
        failed.expect("it ends").unwrap_err().to_string(),
        "the first"
    );
    assert_eq!(within::<P, _>(LIMIT, saved.next()).await, Some(Some(2)));
}

/// So may futures' destructors at the end of a runner, twice.
pub async fn destructors_wait_at_the_end<P: Blocking>() {
    let mut saved = ReceivePort::<P, u32>::new();
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    for _ in 0..2 {
        let hour = |to| async move {
            let _save = Saves::<P>(to);
            sleep::<P>(ms(3_600_000)).await;
        };
        drop(runner.run_async(hour, saved.send_port()));
    }
    assert!(runner.ping(LIMIT).await);
    ok(runner.run(increment, 1)).await;
    let killed = within::<P, _>(LIMIT, runner.shutdown(Duration::ZERO)).await;
    assert_eq!(killed, Some(Ok(())));
    for _ in 0..2 {
        assert_eq!(within::<P, _>(LIMIT, saved.next()).await, Some(Some(2)));
    }
}

/// A destructor waits for an answer that never comes. Its wait ends with its isolate.
pub async fn wait_of_the_last_destructors_ends<P: Blocking>() {
    kill_ends(|ready: SendPort<P, ()>| {
        let held = Saves::<P>(ReceivePort::new().send_port());
        let handler = move |()| {
            let _held = &held;
        };
        RawReceivePort::<P, ()>::new(handler).detach();
        ready.send(()).unwrap();
        let _ = ReceivePort::<P, ()>::new().recv();
    })
    .await;
}

/// Asks, and waits for the answer, in an isolate whose question was answered elsewhere.
pub async fn wait_inside_for_an_answer<P: Blocking>() {
    #[derive(Serialize, Deserialize)]
    #[serde(bound = "")]
    struct Question<P: Blocking>(SendPort<P, u32>);
    let mut questions = ReceivePort::<P, Question<P>>::new();
    let to = questions.send_port();
    let asking = Isolate::<P>::run(move || ask::<P, _, u32>(&to, Question).wait());
    let question = within::<P, _>(LIMIT, questions.next()).await.flatten();
    question.expect("it asks").0.send(3).unwrap();
    assert_eq!(within::<P, _>(LIMIT, asking).await, Some(Ok(Ok(3))));
}

/// A wait ends when what it asked could not be read.
pub async fn wait_inside_for_an_answer_to_an_unread_request<P: Blocking>() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(bound = "")]
    struct Question<P: Blocking>(SendPort<P, u32>, Even);
    let mut questions = ReceivePort::<P, Question<P>>::new();
    let to = questions.send_port();
    let asking =
        Isolate::<P>::run(move || ask::<P, _, u32>(&to, |reply| Question(reply, Even(5))).wait());
    assert!(within::<P, _>(ms(50), questions.next()).await.is_none());
    let outcome = within::<P, _>(LIMIT, asking).await.expect("it ends");
    assert!(
        matches!(outcome, Ok(Err(TaskError::Decode(_)))),
        "{outcome:?}"
    );
}

fn send_blocking_up_to<P: Blocking>((count, to): (u32, Sender<P, u32>)) {
    for n in 0..count {
        to.send_blocking(n).unwrap();
    }
}

/// A function without an await waits for credits, which reach it meanwhile.
pub async fn wait_inside_for_a_credit<P: Blocking>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (sender, mut items) = channel::<P, u32>(2);
    let sending = runner.run(send_blocking_up_to::<P>, (20, sender));
    let mut all = Vec::new();
    while let Some(item) = within::<P, _>(LIMIT, items.next())
        .await
        .expect("it goes on")
    {
        all.push(item.unwrap());
    }
    assert_eq!(all, (0..20).collect::<Vec<_>>());
    ok(sending).await;
    // Where nobody receives, the wait ends with an error.
    let (sender, items) = channel::<P, u32>(1);
    let refused = |(sender, told): (Sender<P, u32>, SendPort<P, ()>)| {
        sender.send_blocking(0).unwrap();
        told.send(()).unwrap();
        sender.send_blocking(1).is_err()
    };
    let mut full = ReceivePort::new();
    let waiting = runner.run(refused, (sender, full.send_port()));
    full.next().await;
    drop(items);
    assert_eq!(within::<P, _>(LIMIT, waiting).await, Some(Ok(true)));
}

async fn send_up_to<P: Blocking>(count: u32, to: Sender<P, u32>) -> u32 {
    for n in 0..count {
        to.send(n).await.unwrap();
    }
    count
}

/// The sum of a stream's items, waited for.
fn sum_of_a_stream<P: Blocking>() -> Result<u32, TaskError> {
    let runner = IsolateRunner::<P>::spawn().wait()?;
    let mut items = runner.stream_with(2, send_up_to::<P>, 10);
    let mut sum = 0;
    while let Some(item) = items.recv() {
        sum += item?;
    }
    runner.isolate().kill(Priority::Immediate);
    assert!(runner.stream(send_up_to::<P>, 1).recv().unwrap().is_err());
    Ok(sum)
}

/// Inside an isolate a thread can wait for the items of a stream, and for its end.
pub async fn wait_inside_for_items<P: Blocking>() {
    assert_eq!(inside::<P, _>(sum_of_a_stream::<P>).await, Ok(45));
}

/// So can one outside.
pub async fn wait_outside_for_items<P: Blocking>() {
    assert_eq!(sum_of_a_stream::<P>(), Ok(45));
}

/// A kill reaches an isolate that waits for a credit.
pub async fn kill_reaches_who_waits_for_a_credit<P: Blocking>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let (sender, mut items) = channel::<P, u32>(1);
    let waits = |(sender, told): (Sender<P, u32>, SendPort<P, ()>)| {
        sender.send_blocking(0).unwrap();
        told.send(()).unwrap();
        sender.send_blocking(1).unwrap();
    };
    let mut full = ReceivePort::new();
    let sending = runner.run(waits, (sender, full.send_port()));
    full.next().await;
    runner.isolate().kill(Priority::Immediate);
    let outcome = within::<P, _>(LIMIT, sending).await;
    assert!(matches!(outcome, Some(Err(TaskError::IsolateLost { .. }))));
    assert_eq!(items.next().await, Some(Ok(0)));
    let lost = items.next().await;
    assert!(matches!(lost, Some(Err(TaskError::IsolateLost { .. }))));
}
