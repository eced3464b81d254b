//! Isolates and hosts that stop and wait while others go on.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use std::time::Duration;

use insula_sim::{
    Isolate, IsolateRunner, ReceivePort, SendPort, check, compute, compute_async, sleep, try_run,
    web_like,
};

#[test]
fn isolates_that_block_take_turns() {
    check(0..200, || async {
        // Two loops that wait for each other in blocking calls: neither stands on the other's stack.
        let mut ready = ReceivePort::<SendPort<(u32, SendPort<u32>)>>::new();
        let to = ready.send_port();
        let echo = move |()| {
            let mut jobs = ReceivePort::<(u32, SendPort<u32>)>::new();
            to.send(jobs.send_port()).unwrap();
            while let Ok((n, reply)) = jobs.recv() {
                reply.send(n + 1).unwrap();
                if n == 9 {
                    break;
                }
            }
        };
        Isolate::spawn(echo, ()).await.unwrap();
        let echo = ready.recv().unwrap();
        let client = Isolate::run(move || {
            let mut replies = ReceivePort::new();
            let mut n = 0;
            while n < 10 {
                echo.send((n, replies.send_port())).unwrap();
                n = replies.recv().unwrap();
            }
            n
        });
        assert_eq!(client.wait(), Ok(10));
    });
}

#[test]
fn the_host_may_wait_for_what_an_isolate_may() {
    check(0..100, || async {
        assert_eq!(compute(|n: u32| n + 1, 4).wait(), Ok(5));
        let runner = IsolateRunner::spawn().wait().unwrap();
        assert_eq!(runner.run(|n: u32| n + 1, 5).wait(), Ok(6));
        runner.close().wait().unwrap();
        let mut nothing = ReceivePort::<()>::new();
        assert_eq!(
            nothing.recv_timeout(Duration::from_secs(5)),
            Err(insula_sim::error::RecvTimeoutError::TimedOut)
        );
        let asleep = compute_async(|()| sleep(Duration::from_secs(60)), ());
        let asleep = asleep
            .wait_timeout(Duration::from_secs(5))
            .expect_err("it sleeps for a minute");
        assert_eq!(asleep.wait(), Ok(()));
    });
}

#[test]
fn a_blocked_isolate_can_be_killed() {
    check(0..100, || async {
        let blocked = Isolate::run(|| ReceivePort::<u32>::new().recv());
        sleep(Duration::from_millis(1)).await;
        blocked.cancel();
        let ended = Isolate::run(|| {
            let _ = ReceivePort::<u32>::new().recv_timeout(Duration::from_millis(3));
            5
        });
        assert_eq!(ended.await, Ok(5));
    });
}

#[test]
fn a_waiting_host_takes_no_turns() {
    check(0..100, || async {
        let ticks = std::rc::Rc::new(std::cell::Cell::new(0));
        let counted = ticks.clone();
        let timer = insula_sim::Timer::periodic(Duration::from_millis(1), move || {
            counted.set(counted.get() + 1);
        });
        let _ = ReceivePort::<()>::new().recv_timeout(Duration::from_millis(10));
        assert_eq!(ticks.get(), 0);
        sleep(Duration::from_millis(10)).await;
        assert!(ticks.get() > 0);
        timer.cancel();
    });
}

#[test]
fn a_deadlock_of_blocking_calls_is_reported() {
    for seed in 0..50 {
        let failure = try_run(seed, async {
            let mut never = ReceivePort::<()>::new();
            Isolate::builder()
                .debug_name("blocked")
                .spawn(|()| while ReceivePort::<()>::new().recv().is_ok() {}, ())
                .await
                .unwrap();
            let _ = never.recv();
        })
        .unwrap_err();
        let text = failure.to_string();
        assert!(
            text.contains("#0 `main` waits in a blocking call"),
            "{text}"
        );
        assert!(
            text.contains("#1 `blocked` waits in a blocking call"),
            "{text}"
        );
    }
}

#[test]
fn a_blocking_call_that_has_to_wait_fails_like_the_web() {
    let failure = web_like::try_run(0, async {
        let _ = ReceivePort::<()>::new().recv();
    })
    .unwrap_err();
    assert!(failure.reason.starts_with("no code may block"), "{failure}");
}
