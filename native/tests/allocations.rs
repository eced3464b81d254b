//! How often the library allocates for a message, a job and a `run`, and how much memory a light isolate has, counted in this
//! process.
//!
//! A block of a queue has room for many messages, so a message counts for less than one.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a test an unwrap is an assertion; what was counted is told"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use insula_native::{
    Isolate, IsolateRunner, LoadBalancer, Message, Priority, ReceivePort, SendPort, WorkerPool,
};

/// The system's allocator, with a count of what all threads ask of it, and of the bytes that they have.
struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: each call goes on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: as this function's own.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as this function's own.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Relaxed);
        BYTES.fetch_add(size, Relaxed);
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as this function's own.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TIMES: usize = 10_000;
/// How many light isolates are alive at once. Tables that grow with their number have at most twice the room that they need.
const ALIVE: usize = 1 << 13;
/// A `run` starts a thread.
const RUNS: usize = 500;

/// One test counts at a time. It asks for its turn on its own thread: a light isolate that waited for it would hold up those of
/// the test that has it.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asserts that `code`, which does something so many times, allocates at most so often for each. It is run once before.
#[track_caller]
fn at_most(limit: f64, what: &str, times: usize, mut code: impl FnMut(usize)) {
    code(times);
    let before = COUNT.load(Relaxed);
    code(times);
    let each = (COUNT.load(Relaxed) - before) as f64 / times as f64;
    if std::env::var_os("INSULA_ENCODE").is_some() {
        println!("messages are encoded: not counted");
        return;
    }
    assert!(each <= limit, "{what}: {each} allocations, not {limit}");
    println!("{what}: {each} allocations");
}

/// Where a message goes, and where it is sent back to.
type Ends<M> = (SendPort<SendPort<M>>, SendPort<M>);

async fn send_back<M: Message>((ready, back): Ends<M>) {
    let mut port = ReceivePort::new();
    ready.send(port.send_port()).unwrap();
    while let Some(message) = port.next().await {
        back.send(message).unwrap();
    }
}

/// Counts messages that an isolate sends to another, and gets back.
fn messages<M: Message + Copy>(limit: f64, what: &'static str, message: M) {
    let counted = Isolate::run(move || {
        let (mut ready, mut back) = (ReceivePort::new(), ReceivePort::new());
        let ends = (ready.send_port(), back.send_port());
        let echo = Isolate::spawn_async(send_back::<M>, ends).wait().unwrap();
        let there = ready.recv().unwrap();
        at_most(limit, what, TIMES, |times| {
            for _ in 0..times / 2 {
                there.send(message).unwrap();
            }
            for _ in 0..times / 2 {
                back.recv().unwrap();
            }
        });
        echo.kill(Priority::Immediate);
    });
    counted.wait().unwrap();
}

#[test]
fn a_small_message_needs_no_allocation() {
    let _turn = turn();
    messages(0.1, "a message of 8 bytes", 7_u64);
    messages(0.1, "a message of 32 bytes", [7_u64; 4]);
}

#[test]
fn a_large_message_needs_one_allocation() {
    let _turn = turn();
    messages(1.1, "a message of 40 bytes", [7_u64; 5]);
}

#[test]
fn a_job_of_a_runner_needs_one_allocation() {
    let _turn = turn();
    let runner = IsolateRunner::spawn().wait().unwrap();
    at_most(1.1, "a job of a runner", TIMES, |times| {
        for n in 0..times {
            assert_eq!(runner.run(|n: usize| n + 1, n).wait(), Ok(n + 1));
        }
    });
}

#[test]
fn a_job_of_a_balancer_needs_one_allocation() {
    let _turn = turn();
    let balancer = LoadBalancer::spawn(2).wait().unwrap();
    at_most(1.1, "a job of a balancer", TIMES, |times| {
        for n in 0..times {
            assert_eq!(balancer.run(|n: usize| n + 1, n).wait(), Ok(n + 1));
        }
    });
}

#[test]
fn a_job_of_a_pool_needs_two_allocations() {
    let _turn = turn();
    let pool = WorkerPool::builder().max(2).build();
    at_most(2.1, "a job of a pool", TIMES, |times| {
        for n in 0..times {
            assert_eq!(pool.run(|n: usize| n + 1, n).wait(), Ok(n + 1));
        }
    });
}

#[test]
fn a_run_needs_few_allocations() {
    let _turn = turn();
    // The list of isolates grows now and then.
    at_most(32.1, "a `run`", RUNS, |times| {
        for n in 0..times {
            assert_eq!(Isolate::run(move || n).wait(), Ok(n));
        }
    });
}

/// Waits for the ends of isolates, which are not for the next test to count.
#[expect(
    clippy::disallowed_methods,
    reason = "the thread of a test has no event loop that a timer could run on"
)]
fn nothing_is_counted() {
    let mut before = 0;
    while before != COUNT.load(Relaxed) {
        before = COUNT.load(Relaxed);
        thread::sleep(Duration::from_millis(100));
    }
}

/// What the benchmark's row `light` counts a million of, without what the system's allocator adds.
#[test]
fn a_light_isolate_that_waits_has_at_most_1720_bytes() {
    let _turn = turn();
    let listen = async |ready: SendPort<SendPort<u64>>| {
        let mut numbers = ReceivePort::new();
        ready.send(numbers.send_port()).unwrap();
        numbers.next().await;
    };
    let mut ready = ReceivePort::new();
    let mut start = |count: usize| -> Vec<_> {
        let to = (0..count).map(|_| {
            let light = Isolate::builder().light();
            let started = light.spawn_async(listen, ready.send_port()).wait();
            drop(started.unwrap());
            ready.recv().unwrap()
        });
        to.collect()
    };
    // The first ones start the threads.
    let first = start(64);
    let before = BYTES.load(Relaxed);
    let to = start(ALIVE);
    let each = (BYTES.load(Relaxed) - before) as f64 / ALIVE as f64;
    for to in first.into_iter().chain(to) {
        to.send(0).unwrap();
    }
    nothing_is_counted();
    if std::env::var_os("INSULA_ENCODE").is_some() || !cfg!(target_pointer_width = "64") {
        println!("not counted: messages are encoded, or pointers are short");
        return;
    }
    assert!(each <= 1_720.0, "a light isolate has {each} bytes");
    println!("a light isolate has {each} bytes");
}
