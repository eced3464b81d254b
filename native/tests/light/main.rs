//! Light isolates: they do what others do, many at once, and none waits for another in vain.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]
#![allow(
    clippy::mutable_key_type,
    reason = "the hash of an isolate is that of its address, which stays"
)]

#[path = "../alone/mod.rs"]
mod alone;
mod waits;

use std::{
    cell::Cell,
    collections::HashSet,
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use alone::alone;
use insula_core::Platform;
use insula_native::{
    ExitReason, Isolate, IsolateRunner, Message, Native, Priority, ReceivePort, SendPort, Task,
    TaskError, Timer, ask, sleep,
};

insula_core::isolate_local! {
    Native;
    static COUNT: Cell<u32> = Cell::new(0);
}

/// Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = Duration::from_secs(30);
const MOMENT: Duration = Duration::from_millis(5);

fn light<M: Send + 'static>(entry: impl FnOnce(M) + Send + 'static, message: M) -> Isolate {
    Isolate::builder()
        .light()
        .spawn(entry, message)
        .wait()
        .unwrap()
}

fn run<R: Send + 'static>(computation: impl FnOnce() -> R + Send + 'static) -> Task<R> {
    Isolate::builder().light().run(computation)
}

fn next<M: Message>(port: &mut ReceivePort<M>) -> M {
    port.recv_timeout(LIMIT).unwrap()
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Waits until there are no more threads than `before`.
fn expect_threads(before: usize) {
    let begin = Native::now();
    while threads() > before {
        let left = threads();
        assert!(
            Native::now() - begin < LIMIT,
            "{before} threads before, {left} after"
        );
        let _ = ReceivePort::<()>::new().recv_timeout(MOMENT);
    }
}

/// A question with the place for its answer.
type Question = (SendPort<u32>, u32);

/// Answers questions until nobody can ask any more.
async fn add_one(ready: SendPort<SendPort<Question>>) {
    let mut questions = ReceivePort::<Question>::new();
    ready.send(questions.only_send_port()).unwrap();
    while let Some((reply, number)) = questions.next().await {
        let _ = reply.send(number + 1);
    }
}

fn server() -> (Isolate, SendPort<Question>) {
    let mut ready = ReceivePort::new();
    let isolate = Isolate::builder()
        .light()
        .debug_name("server")
        .spawn_async(add_one, ready.send_port())
        .wait()
        .unwrap();
    (isolate, next(&mut ready))
}

fn answer(server: &SendPort<Question>, number: u32) -> Task<u32> {
    ask(server, move |reply| (reply, number))
}

/// As many as there are cores carry them all, and none when they have ended.
#[test]
fn ten_thousand_share_a_few_threads() {
    alone("ten_thousand_share_a_few_threads", || {
        let before = threads();
        let servers: Vec<_> = (0..10_000).map(|_| server()).collect();
        assert!(threads() <= before + Native::cores(), "{}", threads());
        let asked: Vec<_> = (0..)
            .zip(&servers)
            .map(|(n, (_, server))| answer(server, n))
            .collect();
        for (n, asked) in (0..).zip(asked) {
            assert_eq!(asked.wait(), Ok(n + 1));
        }
        let ended: Vec<_> = servers
            .iter()
            .map(|(isolate, _)| isolate.on_exit())
            .collect();
        drop(servers);
        for ended in ended {
            assert_eq!(ended.wait(), Ok(ExitReason::Finished));
        }
        expect_threads(before);
    });
}

/// Those that live at the same time have different identities, and each sees its own.
#[test]
fn each_has_its_own_identity_and_state() {
    let (mut ready, mut go_on) = (ReceivePort::new(), Vec::new());
    let entry = async |ready: SendPort<(Isolate, u32, SendPort<()>)>| {
        COUNT.with(|count| count.set(count.get() + 1));
        let mut port = ReceivePort::new();
        let count = COUNT.with(Cell::get);
        ready
            .send((Isolate::current(), count, port.send_port()))
            .unwrap();
        port.next().await;
        assert_eq!(COUNT.with(Cell::get), 1);
        let again = (Isolate::current(), COUNT.with(Cell::get), port.send_port());
        ready.send(again).unwrap();
    };
    let spawned: HashSet<_> = (0..100)
        .map(|_| {
            Isolate::builder()
                .light()
                .spawn_async(entry, ready.send_port())
                .wait()
                .unwrap()
        })
        .collect();
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let (isolate, count, port) = next(&mut ready);
        assert_eq!(count, 1);
        seen.insert(isolate);
        go_on.push(port);
    }
    assert_eq!(seen, spawned);
    for port in go_on {
        port.send(()).unwrap();
    }
    let again: HashSet<_> = (0..100).map(|_| next(&mut ready).0).collect();
    assert_eq!(again, spawned);
}

/// Timers of many isolates of a thread are each in time, and in order.
#[test]
fn timers_run_in_order() {
    let mut told = ReceivePort::new();
    let entry = |(to, n): (SendPort<u64>, u64)| {
        drop(Timer::new(Duration::from_millis(20 * n), move || {
            let _ = to.send(n);
        }));
    };
    for n in [5, 3, 1, 4, 2] {
        light(entry, (told.send_port(), n));
    }
    // They may be of two threads, of which one is late.
    let mut order: Vec<u64> = (0..5).map(|_| next(&mut told)).collect();
    order.sort_unstable();
    assert_eq!(order, [1, 2, 3, 4, 5]);

    let mut told = ReceivePort::new();
    let to = told.send_port();
    let periodic = light(
        move |()| {
            let to = to.clone();
            drop(Timer::periodic(Duration::from_millis(2), move || {
                let _ = to.send(());
            }));
        },
        (),
    );
    for _ in 0..5 {
        next(&mut told);
    }
    periodic.kill(Priority::Immediate);
}

#[test]
fn a_paused_one_goes_on_when_resumed() {
    let (isolate, server) = server();
    assert_eq!(answer(&server, 1).wait(), Ok(2));
    let capability = isolate.pause();
    let mut pong = ReceivePort::new();
    isolate
        .ping(&pong.send_port(), 1_u32, Priority::Immediate)
        .unwrap();
    assert_eq!(next(&mut pong), 1);
    let late = answer(&server, 2);
    assert_eq!(
        answer(&server, 3).timeout(4 * MOMENT).wait(),
        Err(TaskError::TimedOut)
    );
    isolate.resume(capability);
    assert_eq!(late.wait(), Ok(3));
}

#[test]
fn errors_and_ends_are_told() {
    let (mut failed, mut ended) = (ReceivePort::new(), ReceivePort::new());
    let (_, neighbour) = server();
    let fails = Isolate::builder()
        .light()
        .on_error(failed.send_port())
        .on_exit_reason(ended.send_port())
        .spawn(|()| panic!("boom"), ());
    fails.wait().unwrap();
    assert_eq!(next(&mut failed).description(), "boom");
    let reason = next(&mut ended);
    assert!(matches!(reason, ExitReason::Failed(error) if error.description() == "boom"));

    let error = run(|| -> u32 { panic!("boom") }).wait().unwrap_err();
    assert!(matches!(error, TaskError::Panicked(_)), "{error:?}");
    assert_eq!(run(|| 7).wait(), Ok(7));
    let slept = Isolate::builder().light().run_async(async || {
        sleep(MOMENT).await;
        Isolate::current().debug_name().map(str::to_owned)
    });
    assert_eq!(slept.wait().unwrap().as_deref(), Some("run"));
    assert_eq!(answer(&neighbour, 1).wait(), Ok(2));
}

/// One that waits, one that is busy, and one that has not begun can all be killed.
#[test]
fn each_can_be_killed() {
    let mut begun = ReceivePort::new();
    let to = begun.send_port();
    let waits = light(
        move |()| {
            to.send(()).unwrap();
            let _ = ReceivePort::<()>::new().recv();
        },
        (),
    );
    next(&mut begun);
    let to = begun.send_port();
    let busy = light(
        move |()| {
            to.send(()).unwrap();
            loop {
                Isolate::checkpoint();
            }
        },
        (),
    );
    next(&mut begun);
    let paused = Isolate::builder()
        .light()
        .paused(true)
        .spawn(|()| {}, ())
        .wait()
        .unwrap();
    for isolate in [waits, busy, paused] {
        let ended = isolate.on_exit();
        isolate.kill(Priority::Immediate);
        assert_eq!(ended.timeout(LIMIT).wait(), Ok(ExitReason::Killed));
    }
}

/// Code that looks in at checkpoints holds up nobody, however long it takes.
#[test]
fn busy_ones_let_others_run_at_checkpoints() {
    /// Ends the busy ones, however the test ends.
    struct Stop(Arc<AtomicBool>);
    impl Drop for Stop {
        fn drop(&mut self) {
            self.0.store(true, SeqCst);
        }
    }
    let stop = Arc::new(AtomicBool::new(false));
    let stops = Stop(stop.clone());
    let begun = Arc::new(AtomicUsize::new(0));
    let busy: Vec<_> = (0..4 * Native::cores())
        .map(|_| {
            let (stop, begun) = (stop.clone(), begun.clone());
            run(move || {
                begun.fetch_add(1, SeqCst);
                while !stop.load(SeqCst) {
                    Isolate::checkpoint();
                }
            })
        })
        .collect();
    let (_, server) = server();
    for n in 0..10 {
        assert_eq!(answer(&server, n).timeout(LIMIT).wait(), Ok(n + 1));
    }
    let begin = Native::now();
    while begun.load(SeqCst) < busy.len() {
        assert_eq!(answer(&server, 0).timeout(LIMIT).wait(), Ok(1));
        assert!(
            Native::now() - begin < LIMIT,
            "{} have begun",
            begun.load(SeqCst)
        );
    }
    drop(stops);
    for busy in busy {
        busy.wait().unwrap();
    }
}

/// A stack of its own size is had on a thread of its own.
#[test]
fn a_stack_size_makes_a_thread() {
    let own = Isolate::builder()
        .light()
        .debug_name("large")
        .stack_size(64 << 20)
        .run(|| thread::current().name().map(str::to_owned));
    assert_eq!(own.wait().unwrap().as_deref(), Some("large"));
    let shared = run(|| thread::current().name().map(str::to_owned));
    assert_eq!(shared.wait().unwrap().as_deref(), Some("light isolates"));
}

#[test]
fn linked_ones_end_together() {
    let mut children = ReceivePort::new();
    let to = children.send_port();
    let parent = light(
        move |()| {
            for _ in 0..10 {
                let child = Isolate::builder()
                    .light()
                    .linked(true)
                    .spawn(|()| ReceivePort::<()>::new().detach(), ());
                to.send(child.wait().unwrap()).unwrap();
            }
            ReceivePort::<()>::new().detach();
        },
        (),
    );
    let ended: Vec<_> = (0..10).map(|_| next(&mut children).on_exit()).collect();
    parent.kill(Priority::Immediate);
    for ended in ended {
        assert_eq!(ended.timeout(LIMIT).wait(), Ok(ExitReason::Killed));
    }
}

#[test]
fn a_runner_can_be_light() {
    let runner = IsolateRunner::builder().light().spawn().wait().unwrap();
    assert_eq!(runner.run(|n: u32| n + 1, 1).wait(), Ok(2));
    runner.close().wait().unwrap();
}

/// Code that waits by other means than the library's holds up its thread, and those that have not begun begin elsewhere.
#[test]
fn those_that_have_not_begun_go_elsewhere() {
    if Native::cores() < 2 {
        return;
    }
    alone("those_that_have_not_begun_go_elsewhere", || {
        let done = run(|| {
            let (tell, told) = mpsc::channel();
            for n in 0..10 {
                let tell = tell.clone();
                run(move || tell.send(n).unwrap()).detach();
            }
            (0..10)
                .map(|_| told.recv_timeout(LIMIT).unwrap())
                .sum::<u32>()
        });
        assert_eq!(done.wait(), Ok(45));
    });
}

/// A limit outside isolates comes although the code of a light isolate holds up its thread.
#[expect(clippy::disallowed_methods, reason = "it holds up its thread")]
#[test]
fn a_limit_comes_while_a_thread_is_held_up() {
    let name = "a_limit_comes_while_a_thread_is_held_up";
    let ended = alone::ended(name, &[("INSULA_LIGHT", "1")], || {
        let stop = Arc::new(AtomicBool::new(false));
        let held: Vec<_> = (0..2 * Native::cores())
            .map(|_| {
                let stop = stop.clone();
                Isolate::run(move || {
                    while !stop.load(SeqCst) {
                        thread::sleep(MOMENT);
                    }
                })
            })
            .collect();
        for task in held {
            assert_eq!(task.timeout(MOMENT).wait(), Err(TaskError::TimedOut));
        }
        stop.store(true, SeqCst);
    });
    if let Some(ended) = ended {
        assert!(ended.passed, "{}", ended.said);
    }
}
