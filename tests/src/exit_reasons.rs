//! The reasons of an isolate's end: who asks is told how it came about.

use std::{
    future::{pending, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use insula_core::{
    ExitReason, Isolate, IsolateRunner, Platform, Priority, ReceivePort, SendPort, Start, TaskError,
};

use crate::{
    starting::{start, start_with},
    support::{ms, ok, within},
    worker::{Order, Worker},
};

/// How long an end may take.
const LIMIT: Duration = ms(10_000);

async fn reason<P: Platform>(worker: &Worker<P>, order: Order<P>) -> ExitReason {
    let ended = worker.isolate.on_exit();
    worker.order(order);
    ok(ended).await
}

/// An isolate in which nothing can happen any more has finished.
pub async fn exit_reason_is_finished<P: Platform>() {
    let worker = Worker::<P>::start().await;
    assert_eq!(reason(&worker, Order::Leave).await, ExitReason::Finished);
}

/// An isolate that is killed was killed, at once or between events, by another or by itself.
pub async fn exit_reason_is_killed<P: Platform>() {
    for priority in [Priority::Immediate, Priority::BeforeNextEvent] {
        let worker = Worker::<P>::start().await;
        let ended = worker.isolate.on_exit();
        worker.isolate.kill(priority);
        assert_eq!(ok(ended).await, ExitReason::Killed, "{priority:?}");
    }
    let worker = Worker::<P>::start().await;
    let itself = reason(&worker, Order::Kill(false));
    assert_eq!(itself.await, ExitReason::Killed);
}

/// An isolate that an uncaught error ends has failed, with the error and its place.
pub async fn exit_reason_is_the_error<P: Platform>() {
    let worker = Worker::<P>::start().await;
    let ExitReason::Failed(error) = reason(&worker, Order::throw("no disk")).await else {
        panic!("an error has ended it")
    };
    assert_eq!(error.description(), "no disk");
    assert!(error.stack_trace().contains("worker.rs"), "{error:?}");
}

fn leave<P: Platform>((): ()) {
    let _ = Isolate::<P>::exit_silently();
}

/// An isolate that has called `exit` has left.
pub async fn exit_reason_is_an_exit<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let job = runner.run(leave::<P>, ());
    assert_eq!(ok(runner.on_exit()).await, ExitReason::Exited);
    let Err(TaskError::IsolateLost { reason, .. }) = job.await else {
        panic!("it gave no answer")
    };
    assert_eq!(reason, ExitReason::Exited);
}

/// Who asks after the end is told that the reason is not known.
pub async fn exit_reason_is_unknown_after_the_end<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    worker.dismiss().await;
    let late = within::<P, _>(LIMIT, worker.isolate.on_exit()).await;
    assert_eq!(late, Some(Ok(ExitReason::Unknown)));
}

async fn fail(_: Start<()>) {
    panic!("at once")
}

/// A listener that is there from the start hears the reason, also of an end that comes at once.
pub async fn exit_reason_listener_at_the_spawn<P: Platform>() {
    let mut ended = ReceivePort::<P, ExitReason>::new();
    let options = Isolate::builder().on_exit_reason(ended.send_port());
    start_with::<P, _, _>(options, fail, ()).await;
    let Some(ExitReason::Failed(error)) = ended.next().await else {
        panic!("an error has ended it")
    };
    assert_eq!(error.description(), "at once");
}

/// Listeners with a response and those for the reason are told in one order, and can be removed alike.
pub async fn exit_reason_listener_beside_others<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let mut reasons = ReceivePort::<P, ExitReason>::new();
    let mut response = ReceivePort::<P, u32>::new();
    let mut removed = ReceivePort::<P, ExitReason>::new();
    let isolate = &worker.isolate;
    isolate.add_exit_reason_listener(&reasons.send_port());
    isolate.add_exit_reason_listener(&removed.send_port());
    isolate.add_exit_listener(&response.send_port(), 7).unwrap();
    isolate.remove_exit_listener(&removed.send_port());
    worker.dismiss().await;
    assert_eq!(response.next().await, Some(7));
    assert_eq!(reasons.try_recv(), Ok(ExitReason::Finished));
    assert!(removed.try_recv().is_err());
}

async fn watch<P: Platform>(isolate: Isolate<P>) -> ExitReason {
    ok(isolate.on_exit()).await
}

async fn ping<P: Platform>(isolate: Isolate<P>) {
    let mut pong = ReceivePort::<P, ()>::new();
    let to = pong.send_port();
    isolate.ping(&to, (), Priority::Immediate).unwrap();
    pong.next().await;
}

/// Any isolate can ask for the reason of another's end.
pub async fn exit_reason_reaches_another_isolate<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let worker = Worker::<P>::start().await;
    let there = runner.run_async(watch::<P>, worker.isolate.clone());
    // What has asked before is known when a later question is answered.
    ok(runner.run_async(ping::<P>, worker.isolate.clone())).await;
    worker.isolate.kill(Priority::Immediate);
    assert_eq!(ok(there).await, ExitReason::Killed);
    ok(runner.close()).await;
}

async fn parent<P: Platform>(start: Start<SendPort<P, ExitReason>>) {
    let options = Isolate::<P>::builder().linked(true);
    let options = options.on_exit_reason(start.message);
    start_with::<P, _, _>(options, stay::<P>, ()).await;
}

async fn stay<P: Platform>(_: Start<()>) {
    ReceivePort::<P, ()>::new().detach();
}

/// A child that ends with its parent was killed.
pub async fn exit_reason_of_a_linked_child<P: Platform>() {
    let mut child = ReceivePort::<P, ExitReason>::new();
    start::<P, _, _>(parent::<P>, child.send_port()).await;
    assert_eq!(child.next().await, Some(ExitReason::Killed));
}

/// A runner that was closed has finished, and one that was shut down at once was killed. Both are known later too.
pub async fn exit_reason_of_a_runner<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let ended = runner.on_exit();
    ok(runner.close()).await;
    assert_eq!(ok(ended).await, ExitReason::Finished);
    assert_eq!(ok(runner.on_exit()).await, ExitReason::Finished);

    let runner = ok(IsolateRunner::<P>::spawn()).await;
    ok(runner.shutdown(Duration::ZERO)).await;
    assert_eq!(ok(runner.on_exit()).await, ExitReason::Killed);
}

async fn give_up<P: Platform>(start: Start<Isolate<P>>) {
    let mut ended = pin!(start.message.on_exit());
    let polled = poll_fn(|context| Poll::Ready(ended.as_mut().poll(context).is_pending()));
    assert!(polled.await);
    drop(start.message.on_exit());
}

/// A wait for an end that nobody waits for any more keeps nothing alive.
pub async fn dropped_wait_for_an_end_lets_go<P: Platform>() {
    let worker = Worker::<P>::start().await;
    let mut ended = ReceivePort::<P, ()>::new();
    let options = Isolate::builder().on_exit(ended.send_port());
    start_with::<P, _, _>(options, give_up::<P>, worker.isolate.clone()).await;
    let told = within::<P, _>(LIMIT, ended.next()).await;
    assert_eq!(told, Some(Some(())), "nothing keeps it alive");
}

/// The error of a lost job says who was lost, by the name that its owner gave, and how.
pub async fn lost_job_names_who_was_lost<P: Platform>() {
    let spawn = IsolateRunner::<P>::builder().debug_name("parser").spawn();
    let runner = ok(spawn).await;
    let job = runner.run_async(|()| pending::<()>(), ());
    runner.isolate().kill(Priority::Immediate);
    let lost = job.await.unwrap_err();
    assert_eq!(
        lost,
        TaskError::IsolateLost {
            name: Some("parser".to_owned()),
            reason: ExitReason::Killed
        }
    );
    assert_eq!(
        lost.to_string(),
        "the isolate `parser` was lost: it was killed"
    );
    let later = runner.run(|()| (), ()).await;
    assert_eq!(later, Err(lost));
}

/// A question whose receiver is killed says so, and who that was.
pub async fn lost_question_names_who_was_lost<P: Platform>() {
    async fn silent<P: Platform>(start: Start<SendPort<P, SendPort<P, SendPort<P, u32>>>>) {
        let port = ReceivePort::<P, SendPort<P, u32>>::new();
        start.message.send(port.send_port()).unwrap();
        pending::<()>().await;
        drop(port);
    }
    let mut hello = ReceivePort::<P, SendPort<P, SendPort<P, u32>>>::new();
    let options = Isolate::builder().debug_name("oracle");
    let isolate = start_with::<P, _, _>(options, silent::<P>, hello.send_port()).await;
    let port = hello.next().await.unwrap();
    let answer = insula_core::ask::<P, _, u32>(&port, |reply| reply);
    isolate.kill(Priority::Immediate);
    assert_eq!(
        answer.await.unwrap_err().to_string(),
        "the isolate `oracle` was lost: it was killed"
    );
}
