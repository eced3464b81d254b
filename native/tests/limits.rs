//! What a process has not enough of: threads, stacks, memory. And that a task can be shared by threads.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod alone;

use std::{fs, time::Duration};

use alone::{alone, ended};
use insula_core::Platform;
use insula_native::{
    Capability, Compute, Isolate, IsolateRunner, LoadBalancer, Native, Priority, ReceivePort,
    SendPort, SpawnError, Task, TaskError, ask,
    ports::single_response,
    registry::{Registry, RegistryManager, RegistryRequest},
};
use serde::{Deserialize, Serialize};

/// No thread that does not say how large its stack is can start.
const NO_THREADS: &[(&str, &str)] = &[("RUST_MIN_STACK", "140737488355328")];
const SMALL: usize = 1 << 20;
const MOMENT: Duration = Duration::from_millis(20);

/// A limit that nothing can keep fails its task at once, and no wait lasts for ever.
#[test]
fn a_limit_without_threads_fails() {
    let name = "a_limit_without_threads_fails";
    let ended = ended(name, NO_THREADS, || {
        let refused = Isolate::run(|| ()).wait();
        assert!(
            matches!(refused, Err(TaskError::Spawn(SpawnError::Failed(_)))),
            "{refused:?}"
        );
        let never = single_response::<u32>(|_| {}).timeout(MOMENT).wait();
        assert!(matches!(never, Err(TaskError::Spawn(_))), "{never:?}");

        let runner = IsolateRunner::builder()
            .stack_size(SMALL)
            .spawn()
            .wait()
            .unwrap();
        let busy: Task<()> = runner.run(
            |(): ()| loop {
                Isolate::checkpoint();
            },
            (),
        );
        let killed = runner.shutdown(MOMENT).wait();
        assert!(matches!(killed, Err(TaskError::Spawn(_))), "{killed:?}");
        assert_eq!(runner.shutdown(Duration::ZERO).wait(), Ok(()));
        assert!(busy.wait().is_err());

        let manager = RegistryManager::<u32>::with_timeout(MOMENT);
        let registry = manager.registry();
        manager.close();
        assert!(registry.lookup(&[], None).wait().is_err());
        let failed = LoadBalancer::spawn(3).wait();
        assert!(matches!(failed, Err(SpawnError::Failed(_))), "{failed:?}");
    });
    if let Some(ended) = ended {
        assert!(ended.passed, "{}", ended.said);
    }
}

/// One isolate keeps all limits of the host.
#[test]
fn limits_share_one_thread() {
    alone("limits_share_one_thread", || {
        let first = single_response::<u32>(|_| {}).timeout(MOMENT);
        let before = fs::read_dir("/proc/self/task").map(Iterator::count);
        let never: Vec<_> = (0..1_000)
            .map(|_| single_response::<u32>(|_| {}).timeout(MOMENT))
            .collect();
        let after = fs::read_dir("/proc/self/task").map(Iterator::count);
        if let (Ok(before), Ok(after)) = (before, after) {
            assert!(after <= before, "{before} threads before, {after} after");
        }
        assert_eq!(first.wait(), Err(TaskError::TimedOut));
        for never in never {
            assert_eq!(never.wait(), Err(TaskError::TimedOut));
        }
    });
}

/// Uses a kilobyte for each level.
fn deep(level: u64) -> u64 {
    let room = [level; 128];
    if level == 0 {
        0
    } else {
        std::hint::black_box(room)[3] + deep(level - 1)
    }
}

/// An isolate has the stack that it was asked to have.
#[test]
fn a_stack_is_as_large_as_asked() {
    const LARGE: usize = 256 << 20;
    alone("a_stack_is_as_large_as_asked", || {
        let levels = 20_000;
        let mut done = ReceivePort::new();
        let to = done.send_port();
        let entry = move |levels| to.send(deep(levels)).unwrap();
        Isolate::builder()
            .stack_size(LARGE)
            .spawn(entry, levels)
            .wait()
            .unwrap();
        let sum = levels * (levels + 1) / 2;
        assert_eq!(done.recv(), Ok(sum));
        assert_eq!(
            Compute::new().stack_size(LARGE).run(deep, levels).wait(),
            Ok(sum)
        );
        let runner = IsolateRunner::builder()
            .stack_size(LARGE)
            .spawn()
            .wait()
            .unwrap();
        assert_eq!(runner.run(deep, levels).wait(), Ok(sum));
    });
}

/// So many isolates that the system can bear no more are an error, and not the end of the process.
#[test]
fn too_many_isolates_are_an_error() {
    alone("too_many_isolates_are_an_error", || {
        let mut isolates = Vec::new();
        let error = loop {
            let entry = |()| ReceivePort::<()>::new().detach();
            match Isolate::builder()
                .stack_size(1 << 17)
                .spawn(entry, ())
                .wait()
            {
                Ok(isolate) => isolates.push(isolate),
                Err(error) => break error,
            }
            assert!(isolates.len() < 100_000, "there is no limit here");
        };
        assert!(matches!(error, SpawnError::Failed(_)), "{error:?}");
        for isolate in isolates {
            isolate.kill(Priority::Immediate);
        }
    });
}

/// Many that are watched, paused or asked cost no more each than a few.
#[test]
fn asks_and_pauses_cost_the_same_each() {
    const MANY: usize = 60_000;
    #[derive(Serialize, Deserialize)]
    struct Question(SendPort<u32>);
    alone("asks_and_pauses_cost_the_same_each", || {
        let begin = Native::now();
        let mut ready = ReceivePort::new();
        let to = ready.send_port();
        let answering = move |()| {
            let mut questions = ReceivePort::<Question>::new();
            to.send(questions.send_port()).unwrap();
            let waiting: Vec<_> = std::iter::from_fn(|| questions.recv().ok())
                .take(MANY)
                .collect();
            for Question(reply) in waiting {
                reply.send(1).unwrap();
            }
        };
        let isolate = Isolate::spawn(answering, ()).wait().unwrap();
        let questions = ready.recv().unwrap();
        let asked: Vec<Task<u32>> = (0..MANY).map(|_| ask(&questions, Question)).collect();
        for answer in asked {
            assert_eq!(answer.wait(), Ok(1));
        }
        drop(isolate);

        let runner = IsolateRunner::spawn().wait().unwrap();
        let reasons: Vec<_> = (0..MANY).map(|_| Capability::new()).collect();
        for reason in &reasons {
            runner.isolate().pause_with(*reason);
        }
        for reason in reasons {
            runner.isolate().resume(reason);
        }
        assert_eq!(runner.run(|n: u32| n, 1).wait(), Ok(1));
        let took = Native::now() - begin;
        assert!(
            took < Duration::from_secs(15),
            "{MANY} of each took {took:?}"
        );
    });
}

/// How much memory the process has, in bytes; 0 where the system does not tell.
fn memory() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok())
        .unwrap_or(0)
        * 4096
}

/// What is dropped leaves nothing: no ask, no stream of errors, no limit.
#[test]
fn what_is_dropped_leaves_nothing() {
    const MANY: usize = 100_000;
    #[derive(Serialize, Deserialize)]
    struct Question(SendPort<u32>);
    alone("what_is_dropped_leaves_nothing", || {
        let runner = IsolateRunner::spawn().wait().unwrap();
        let mut ready = ReceivePort::new();
        let to = ready.send_port();
        let hearing = move |()| {
            let mut questions = ReceivePort::<Question>::new();
            to.send(questions.send_port()).unwrap();
            while questions.recv().is_ok() {}
        };
        let isolate = Isolate::spawn(hearing, ()).wait().unwrap();
        let questions = ready.recv().unwrap();
        let round = |many: usize| {
            for number in 0..many {
                drop(single_response::<u32>(|_| {}));
                drop(runner.errors());
                drop(runner.on_exit());
                drop(single_response::<u32>(|_| {}).timeout(Duration::from_secs(3600)));
                drop(ask::<_, u32>(&questions, Question));
                if number % 1_000 == 0 {
                    // So that nothing waits in a queue.
                    runner.run(|n: u32| n, 1).wait().unwrap();
                    let mut pong = ReceivePort::new();
                    isolate
                        .ping(&pong.send_port(), (), Priority::Immediate)
                        .unwrap();
                    assert_eq!(pong.recv(), Ok(()));
                }
            }
        };
        round(5_000);
        let before = memory();
        round(MANY);
        let grown = memory().saturating_sub(before);
        assert!(
            grown < 8 << 20,
            "{} kB more after {MANY} of each",
            grown >> 10
        );
    });
}

/// Runners whose start was dropped, and runners whose starter is gone, end.
#[test]
fn runners_that_nobody_has_end() {
    fn threads() -> usize {
        fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
    }
    alone("runners_that_nobody_has_end", || {
        let before = threads();
        for _ in 0..50 {
            drop(IsolateRunner::spawn());
            Isolate::run(|| drop(IsolateRunner::spawn()))
                .wait()
                .unwrap();
            let left = Isolate::run(|| {
                std::mem::forget(IsolateRunner::spawn());
                let _ = Isolate::exit_silently();
            });
            assert!(left.wait().is_err());
            let awaiting = Isolate::run_async(|| async { IsolateRunner::spawn().await.is_ok() });
            awaiting.cancel();
        }
        let begin = Native::now();
        while threads() > before {
            let left = threads();
            assert!(
                Native::now() - begin < Duration::from_secs(10),
                "{before} threads before, {left} after"
            );
            let _ = ReceivePort::<()>::new().recv_timeout(Duration::from_millis(5));
        }
    });
}

#[test]
fn a_task_is_sync() {
    fn is_sync<T: Send + Sync>() {}
    is_sync::<Task<Vec<u8>>>();
    is_sync::<Task<std::sync::mpsc::Sender<u8>>>();
    is_sync::<Task<Isolate, SpawnError>>();
    is_sync::<Registry<u32>>();
    is_sync::<SendPort<RegistryRequest<u32>>>();
}
