//! Channels and streams of results: whatever is lost on the way, both sides come to an end.

use insula_sim::{
    IsolateRunner, LoadBalancer, ReceivePort, SendPort, TaskError, sleep,
    stream::{Sender, channel},
};

use super::{SECOND, first, holds};

/// The items up to the end, which are the first of `0..`.
async fn read(
    mut next: impl AsyncFnMut() -> Option<Result<u32, TaskError>>,
) -> (u32, Option<TaskError>) {
    let mut expected = 0;
    let mut last = None;
    while let Some(item) = next().await {
        assert_eq!(last, None, "an error comes last");
        match item {
            Ok(n) => {
                assert_eq!(n, expected);
                expected += 1;
            }
            Err(error) => last = Some(error),
        }
    }
    (expected, last)
}

async fn count(up_to: u32, to: Sender<u32>) -> u32 {
    for n in 0..up_to {
        if n % 4 == 3 {
            sleep(SECOND).await;
        }
        let _ = to.send(n).await;
    }
    up_to
}

async fn streams_results() {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return;
    };
    for credits in [1, 2, 5] {
        let mut numbers = runner.stream_with(credits, count, 10);
        let (came, error) = read(async || numbers.next().await).await;
        match numbers.finish().await {
            Ok(value) => assert_eq!((came, value, error), (10, 10, None)),
            Err(failed) => assert_eq!(error, Some(failed)),
        }
        // One that is given up.
        let mut numbers = runner.stream_with(credits, count, 10);
        numbers.next().await;
    }
    let _ = runner.close().await;
}

#[test]
fn every_stream_of_results_ends() {
    holds(streams_results, true);
}

async fn send_on((up_to, to): (u32, Sender<u32>)) {
    count(up_to, to).await;
}

/// Hands its sender on to a runner of its own.
async fn hand_on(to: Sender<u32>) {
    // One that is not linked would outlive an isolate that dies.
    if let Ok(runner) = IsolateRunner::builder().linked(true).spawn().await {
        let _ = runner.run_async(send_on, (6, to)).await;
    }
}

async fn channels() {
    let Ok(balancer) = LoadBalancer::spawn(2).await else {
        return;
    };
    let (sender, mut numbers) = channel::<u32>(2);
    let jobs: Vec<_> = (0..2)
        .map(|_| balancer.run_async(send_on, (6, sender.clone())))
        .collect();
    let handed = balancer.run_async(hand_on, sender);
    let (mut came, mut error) = (0, None);
    while let Some(item) = numbers.next().await {
        match item {
            Ok(_) => came += 1,
            Err(last) => error = Some(last),
        }
    }
    let mut done = handed.await.is_ok();
    for job in jobs {
        done &= job.await.is_ok();
    }
    // Without an error every item of every sender has come.
    assert!(
        error.is_some() || !done || came >= 12,
        "{came} came, and no error"
    );
    let _ = balancer.close().await;
}

#[test]
fn every_channel_ends() {
    holds(channels, true);
}

/// Gives a sender away and receives for a while.
async fn receive(to: SendPort<Sender<u32>>) {
    let (sender, mut numbers) = channel::<u32>(2);
    let _ = to.send(sender);
    for _ in 0..5 {
        numbers.next().await;
    }
}

async fn sends_to_a_runner() {
    let Ok(runner) = IsolateRunner::spawn().await else {
        return;
    };
    let mut ready = ReceivePort::<Sender<u32>>::new();
    let receiving = runner.run_async(receive, ready.send_port());
    let over = async {
        let _ = receiving.await;
        sleep(SECOND).await;
        None
    };
    let Some(sender) = first(ready.next(), over).await else {
        return;
    };
    let mut sent = 0;
    while sender.send(sent).await.is_ok() {
        sent += 1;
    }
    let _ = runner.close().await;
}

#[test]
fn every_sender_ends() {
    holds(sends_to_a_runner, true);
}
