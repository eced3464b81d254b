//! Foreign executors run our futures, and our isolates run foreign ones.
#![cfg(not(loom))]

use std::{thread, time::Duration};

use insula_core::Platform;
use insula_native::{
    ExitReason, Isolate, IsolateRunner, Native, ReceivePort, SendPort, Task, ask, compute,
    spawn_local,
};
use serde::{Deserialize, Serialize};

#[path = "../examples/calloop.rs"]
#[expect(dead_code, reason = "its `main`")]
mod calloop_example;

fn double(number: u32) -> u32 {
    number * 2
}

#[derive(Serialize, Deserialize)]
struct Question {
    number: u32,
    reply: SendPort<u32>,
}

/// Answers until no sender is left.
async fn answer(ready: SendPort<SendPort<Question>>) {
    let mut questions = ReceivePort::with_debug_name("questions");
    let _ = ready.send(questions.send_port());
    while let Some(Question { number, reply }) = questions.next().await {
        let _ = reply.send(double(number));
        if number == 0 {
            break;
        }
    }
}

/// What an application does with isolates, on whichever executor.
async fn application() -> u32 {
    let computed = compute(double, 1).await.expect("it returns");
    let runner = IsolateRunner::spawn().await.expect("a thread starts");
    let mut ready = ReceivePort::new();
    let answering: Task<()> = runner.run_async(answer, ready.send_port());
    let questions = ready.next().await.expect("it says where to ask");
    let asked = ask(&questions, |reply| Question {
        number: computed,
        reply,
    });
    let asked = asked.await.expect("it answers");
    let last = ask(&questions, |reply| Question { number: 0, reply }).await;
    assert_eq!(last, Ok(0));
    answering.await.expect("it has returned");
    runner.close().await.expect("it closes");
    Isolate::run_async(move || async move { asked * 2 })
        .await
        .expect("it returns")
}

mod tokio_runs {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn our_futures_on_its_threads() {
        let tasks = (0..8).map(|_| tokio::spawn(application()));
        for task in tasks.collect::<Vec<_>>() {
            assert_eq!(task.await.expect("it does not panic"), 8);
        }
    }

    #[tokio::test]
    async fn our_futures_on_one_thread() {
        assert_eq!(application().await, 8);
    }

    /// A port of the host's goes from thread to thread.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_port_that_moves() {
        let mut port = ReceivePort::<u32>::new();
        let send_port = port.send_port();
        let sum = tokio::spawn(async move {
            let mut sum = 0;
            while sum < 45 {
                sum += port.next().await.expect("the port is open");
                tokio::task::yield_now().await;
            }
            sum
        });
        Isolate::run(move || {
            (0..10)
                .try_for_each(|number| send_port.send(number))
                .is_ok()
        })
        .await
        .expect("it returns");
        assert_eq!(sum.await.expect("it does not panic"), 45);
    }

    /// Its timers and channels are awaited in an isolate, and wake it.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn its_futures_in_an_isolate() {
        let (send, receive) = tokio::sync::oneshot::channel();
        let runtime = tokio::runtime::Handle::current();
        let answer = Isolate::run_async(move || async move {
            let timer = {
                let _entered = runtime.enter();
                tokio::time::sleep(Duration::from_millis(1))
            };
            timer.await;
            runtime.spawn(async { 1 }).await.expect("it does not panic")
                + receive.await.expect("it was sent")
        });
        send.send(41).expect("the isolate waits");
        assert_eq!(answer.await, Ok(42));
    }
}

mod smol_runs {
    use super::*;

    #[test]
    fn our_futures() {
        assert_eq!(smol::block_on(application()), 8);
        let tasks: Vec<_> = (0..8).map(|_| smol::spawn(application())).collect();
        for task in tasks {
            assert_eq!(smol::block_on(task), 8);
        }
    }

    #[test]
    fn its_futures_in_an_isolate() {
        let answer = Isolate::run_async(|| async {
            smol::Timer::after(Duration::from_millis(1)).await;
            let (send, receive) = smol::channel::bounded(1);
            // A future that is not `Send` beside one of the executor's.
            let local = std::rc::Rc::new(send);
            spawn_local(async move {
                let number = smol::spawn(async { 42 }).await;
                local.send(number).await.expect("somebody receives");
            });
            receive.recv().await.expect("it was sent")
        });
        assert_eq!(answer.wait(), Ok(42));
    }
}

/// A window goes on being drawn while an isolate computes for it.
#[test]
fn calloop_runs_the_host() {
    let window = calloop_example::run(20_000).expect("the system has an event loop");
    assert_eq!(window.primes, Some(Ok(2262)));
    assert!(window.frames > 0);
}

/// The host's `sleep` keeps its own time where another executor runs it.
#[tokio::test]
async fn sleep_on_another_executor() {
    let begin = Native::now();
    insula_native::sleep(Duration::from_millis(20)).await;
    assert!(Native::now() - begin >= Duration::from_millis(20));
    drop(insula_native::sleep(Duration::from_secs(3600)));
}

/// A `sleep` may go to another thread, and be dropped there: its isolate does not wait for it.
#[test]
fn sleep_on_another_thread() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let spawned = runtime.spawn(insula_native::sleep(Duration::from_millis(5)));
    runtime.block_on(spawned).unwrap();

    let isolate = Isolate::builder().paused(true).spawn(
        |()| {
            let slept = insula_native::sleep(Duration::from_secs(3600));
            thread::spawn(move || drop(slept)).join().unwrap();
        },
        (),
    );
    let isolate = isolate.wait().unwrap();
    let ended = isolate.on_exit();
    isolate.resume(isolate.pause_capability().unwrap());
    let reason = ended.wait_timeout(Duration::from_secs(10));
    assert_eq!(reason.unwrap(), Ok(ExitReason::Finished));
}

/// An executor that holds up its isolate is told so, and does not wait for ever.
#[test]
fn another_executor_inside_an_isolate_is_told() {
    fn tokio_waits(future: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("it is built").block_on(future);
    }
    let waits: [fn(); 4] = [
        || tokio_waits(async { drop(compute(double, 1).await) }),
        || tokio_waits(async { assert_eq!(ReceivePort::<u32>::new().next().await, None) }),
        || tokio_waits(insula_native::sleep(Duration::from_secs(3600))),
        || tokio_waits(async { drop(IsolateRunner::spawn().await) }),
    ];
    for wait in waits {
        let error = Isolate::run(wait).wait().expect_err("it is told");
        assert!(
            error.to_string().contains("another executor awaits this"),
            "{error}"
        );
    }
    // A look is no wait.
    let looked = Isolate::run(|| {
        let mut task = std::pin::pin!(compute(double, 1));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        task.as_mut().poll(&mut context).is_pending()
    });
    assert!(looked.wait().is_ok());
}
