//! `Runner::stream`: items as they come, then the function's own value, and no work that nobody waits for.

use insula_core::{
    IsolateRunner, LoadBalancer, Message, Platform, Priority, ReceivePort, Runner, SendPort,
    TaskError, sleep, spawn_local,
    stream::{Sender, TaskStream},
};
use serde::{Deserialize, Serialize};

use crate::{
    differences::Refusing,
    support::{ms, ok, within},
    worker_pool::hold,
};

async fn count<P: Platform>(up_to: u32, to: Sender<P, u32>) -> Result<u32, String> {
    for n in 0..up_to {
        to.send(n).await.map_err(|error| error.to_string())?;
    }
    if up_to == 13 {
        return Err("an unlucky number".to_owned());
    }
    Ok(up_to)
}

/// What comes next, which must be soon.
async fn next<P: Platform, T: Message, R: Message>(
    stream: &mut TaskStream<P, T, R>,
) -> Option<Result<T, TaskError>> {
    let item = within::<P, _>(ms(10_000), stream.next()).await;
    item.expect("a stream goes on or ends")
}

/// The items up to the end, and the error that may come last.
async fn read<P: Platform, T: Message, R: Message>(
    stream: &mut TaskStream<P, T, R>,
) -> (Vec<T>, Option<TaskError>) {
    let (mut items, mut error) = (Vec::new(), None);
    while let Some(item) = next(stream).await {
        assert_eq!(error, None, "an error comes last");
        match item {
            Ok(item) => items.push(item),
            Err(last) => error = Some(last),
        }
    }
    (items, error)
}

/// A stream gives the items in order, ends, and then has the function's value.
pub async fn task_stream_gives_items_and_the_value<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    for credits in [1, 2, 5, 1000] {
        let mut stream = runner.stream_with(credits, count::<P>, 100);
        let all = ((0..100).collect::<Vec<_>>(), None);
        assert_eq!(read(&mut stream).await, all);
        assert_eq!(stream.finish().await, Ok(Ok(100)));
    }
}

/// A function that returns an error has run to its end: the items have no error, and the value is that error.
pub async fn task_stream_value_is_the_functions_own<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut stream = runner.stream(count::<P>, 13);
    assert_eq!(read(&mut stream).await, ((0..13).collect(), None));
    let value = stream.finish().await;
    assert_eq!(value, Ok(Err("an unlucky number".to_owned())));
}

/// `finish` reads on, so that the function comes to its end.
pub async fn task_stream_finish_lets_the_function_end<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut stream = runner.stream_with(1, count::<P>, 20);
    assert_eq!(next(&mut stream).await, Some(Ok(0)));
    let value = within::<P, _>(ms(10_000), stream.finish()).await;
    assert_eq!(value, Some(Ok(Ok(20))));
}

/// Tells of each item that it has sent.
async fn send_and_tell<P: Platform>(sent: SendPort<P, u32>, to: Sender<P, u32>) {
    for n in 0..10 {
        to.send(n).await.unwrap();
        sent.send(n).unwrap();
    }
}

/// The function waits for who reads: no more than the credits are unread.
pub async fn task_stream_waits_for_who_reads<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut sent = ReceivePort::<P, u32>::new();
    let mut stream = runner.stream_with(4, send_and_tell::<P>, sent.send_port());
    for n in 0..4 {
        assert_eq!(sent.next().await, Some(n));
    }
    assert_eq!(within::<P, _>(ms(20), sent.next()).await, None);
    assert_eq!(read(&mut stream).await, ((0..10).collect(), None));
}

/// The last item of a function that panics is the error, and so is its value.
pub async fn task_stream_panic_is_its_last_item<P: Platform>() {
    async fn fail<P: Platform>((): (), to: Sender<P, u32>) {
        to.send(1).await.unwrap();
        panic!("boom");
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut stream = runner.stream(fail::<P>, ());
    let (items, error) = read(&mut stream).await;
    let error = error.expect("the error comes last");
    assert_eq!(items, [1]);
    assert!(error.to_string().contains("boom"), "{error}");
    assert_eq!(stream.finish().await, Err(error));
}

/// A runner that is lost ends the stream with that error, after what has come.
pub async fn task_stream_of_a_lost_runner_fails<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut sent = ReceivePort::<P, u32>::new();
    let mut stream = runner.stream_with(2, send_and_tell::<P>, sent.send_port());
    assert_eq!(sent.next().await, Some(0));
    assert_eq!(sent.next().await, Some(1));
    runner.isolate().kill(Priority::Immediate);
    let (items, error) = read(&mut stream).await;
    assert_eq!(items, [0, 1]);
    assert!(matches!(error, Some(TaskError::IsolateLost { .. })));
    // It is known to be lost.
    let mut late = runner.stream(count::<P>, 1);
    let (items, error) = read(&mut late).await;
    assert!(items.is_empty() && matches!(error, Some(TaskError::IsolateLost { .. })));
}

/// A runner that is closed gives a stream of one error.
pub async fn task_stream_of_a_closed_runner_fails<P: Platform>() {
    let balancer = ok(LoadBalancer::<P>::spawn(1)).await;
    ok(balancer.close()).await;
    let mut stream = balancer.stream(count::<P>, 1);
    assert_eq!(read(&mut stream).await, (vec![], Some(TaskError::Closed)));
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    // Something that keeps it alive after it was closed.
    let mut begun = ReceivePort::new();
    let alive = runner.run_async(hold::<P>, begun.send_port());
    let gate = begun.next().await.unwrap();
    ok(runner.close()).await;
    let mut stream = runner.stream(count::<P>, 1);
    assert_eq!(read(&mut stream).await, (vec![], Some(TaskError::Closed)));
    gate.send(()).unwrap();
    ok(alive).await;
}

/// Every kind of runner has streams.
pub async fn task_stream_works_on_any_runner<P: Platform>() {
    async fn check<P: Platform>(on: &impl Runner<Platform = P>) {
        let mut stream = on.stream(count::<P>, 40);
        assert_eq!(read(&mut stream).await, ((0..40).collect(), None));
    }
    let balancer = ok(LoadBalancer::<P>::spawn(2)).await;
    check(&ok(IsolateRunner::<P>::spawn()).await).await;
    check(&balancer).await;
    check(&balancer.with_load(3)).await;
    let streams: Vec<_> = (0..6).map(|_| balancer.stream(count::<P>, 40)).collect();
    for mut stream in streams {
        assert_eq!(read(&mut stream).await, ((0..40).collect(), None));
    }
}

/// Tells of its own drop.
struct Told<P: Platform>(SendPort<P, u32>);

impl<P: Platform> Drop for Told<P> {
    fn drop(&mut self) {
        let _ = self.0.send(99);
    }
}

/// A stream that is dropped cancels its function at the next send, although that does not look at the outcome.
pub async fn task_stream_dropped_cancels_a_send<P: Platform>() {
    async fn endless<P: Platform>(told: SendPort<P, u32>, to: Sender<P, u32>) {
        told.send(0).unwrap();
        let _told = Told(told);
        loop {
            let _ = to.send(1).await;
        }
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut told = ReceivePort::<P, u32>::new();
    for reads in [0, 1, 40] {
        let mut stream = runner.stream(endless::<P>, told.send_port());
        for _ in 0..reads {
            assert_eq!(next(&mut stream).await, Some(Ok(1)));
        }
        // One that has not begun never does.
        assert_eq!(told.next().await, Some(0));
        drop(stream);
        let dropped = within::<P, _>(ms(10_000), told.next()).await;
        assert_eq!(dropped, Some(Some(99)), "after {reads} items");
    }
    assert_eq!(ok(runner.run(|n: u32| n + 1, 1)).await, 2);
}

/// It cancels it at another await, too.
pub async fn task_stream_dropped_cancels_an_await<P: Platform>() {
    async fn sleeps<P: Platform>(told: SendPort<P, u32>, to: Sender<P, u32>) {
        let _told = Told(told);
        to.send(1).await.unwrap();
        sleep::<P>(ms(3_600_000)).await;
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut told = ReceivePort::<P, u32>::new();
    let mut stream = runner.stream(sleeps::<P>, told.send_port());
    assert_eq!(next(&mut stream).await, Some(Ok(1)));
    drop(stream);
    let dropped = within::<P, _>(ms(10_000), told.next()).await;
    assert_eq!(dropped, Some(Some(99)));
}

/// A stream that is dropped before its function has begun leaves nothing running.
pub async fn task_stream_dropped_before_it_began_leaves_nothing<P: Platform>() {
    let runner = ok(IsolateRunner::<P>::builder().paused(true).spawn()).await;
    drop(runner.stream(count::<P>, 1000));
    runner.resume();
    ok(runner.close()).await;
    let ended = within::<P, _>(ms(10_000), runner.on_exit()).await;
    assert!(matches!(ended, Some(Ok(_))), "{ended:?}");
}

/// A sender that the function hands on keeps the stream open after the function has returned.
pub async fn task_stream_ends_with_its_last_sender<P: Platform>() {
    async fn hand_on<P: Platform>((): (), to: Sender<P, u32>) -> u32 {
        let late = to.clone();
        spawn_local::<P>(async move {
            sleep::<P>(ms(20)).await;
            late.send(2).await.unwrap();
        });
        to.send(1).await.unwrap();
        3
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut stream = runner.stream(hand_on::<P>, ());
    assert_eq!(read(&mut stream).await, (vec![1, 2], None));
    assert_eq!(stream.finish().await, Ok(3));
}

#[derive(Debug, Deserialize, Serialize)]
enum Value {
    Fine(u32),
    Refused(Refusing),
}

/// An argument or a value that can't be sent is the stream's error.
pub async fn task_stream_refuses_what_cannot_be_sent<P: Platform>() {
    async fn take<P: Platform>(_: Value, to: Sender<P, u32>) -> Value {
        to.send(1).await.unwrap();
        Value::Refused(Refusing)
    }
    let runner = ok(IsolateRunner::<P>::spawn()).await;
    let mut stream = runner.stream(take::<P>, Value::Refused(Refusing));
    let (items, error) = read(&mut stream).await;
    assert!(items.is_empty() && matches!(error, Some(TaskError::Encode(_))));
    let mut stream = runner.stream(take::<P>, Value::Fine(1));
    let (items, error) = read(&mut stream).await;
    assert_eq!(items, [1]);
    assert!(matches!(error, Some(TaskError::Encode(_))), "{error:?}");
}
