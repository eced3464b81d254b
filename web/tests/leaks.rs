//! What is left behind by workers that have come and gone: nothing that grows.
#![cfg(target_arch = "wasm32")]

mod common;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use common::{
    Patient, for_ever, in_time, javascript, no_worker_is_left, resolved, runner, workers,
};
use insula_core::Platform;
use insula_web::{
    Isolate, LoadBalancer, Priority, TaskError, TransferableTypedData, Web, sleep, web,
};
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// The system's allocator, which counts.
struct Counting;

/// Bytes of this instance that are in use.
static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is the one that is asked for.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a page holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// Locks that are held or waited for.
    locks: u32,
    /// JavaScript values that this instance refers to.
    values: u32,
    /// Bytes of memory in use.
    bytes: usize,
}

impl Held {
    async fn now() -> Self {
        let count =
            "navigator.locks.query().then(({ held, pending }) => held.length + pending.length)";
        let locks = resolved(javascript(count)).await;
        Self {
            locks: locks.as_f64().expect("a number") as u32,
            values: wasm_bindgen::externref_heap_live_count(),
            bytes: BYTES.load(Ordering::Relaxed),
        }
    }

    /// What is held when all workers are gone. An engine may take a while to free their locks.
    async fn at_rest() -> Self {
        no_worker_is_left().await;
        for _ in 0..500 {
            let held = Self::now().await;
            if held.locks == 0 {
                return held;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?}", Self::now().await);
    }

    /// Whether there is more than before, but for what the test runner keeps of the lines that it prints.
    fn is_more_than(self, before: Self) -> bool {
        self.values > before.values + 2 || self.bytes > before.bytes + 1024
    }
}

/// Asserts that a round leaves nothing.
///
/// Tables keep the room that they had once, and how much they need at most is up to the engine's order
/// of events. So not each round has to, but what is lost with each worker would be so in all of them.
async fn assert_flat(round: impl AsyncFn()) {
    let mut before = Held::at_rest().await;
    for _ in 0..4 {
        round().await;
        let after = Held::at_rest().await;
        console_log!("leaks: {before:?}, then {after:?}");
        if !after.is_more_than(before) {
            return;
        }
        before = after;
    }
    panic!("more with each round, the last time {before:?}");
}

async fn spawn_and_kill(times: u32) {
    for _ in 0..times {
        let patient = Patient::new().await;
        let waiting = patient.runner.run_async(for_ever, ());
        patient.runner.isolate().kill(Priority::Immediate);
        let answer = in_time("the job", waiting).await;
        assert!(
            matches!(answer, Err(TaskError::IsolateLost { .. })),
            "{answer:?}"
        );
    }
}

#[wasm_bindgen_test]
async fn spawns_and_kills_leave_nothing() {
    spawn_and_kill(20).await;
    assert_flat(async || spawn_and_kill(200).await).await;
}

fn double(number: u32) -> u32 {
    2 * number
}

/// Starts so many workers at once; each answers.
async fn crowd(size: u32) {
    // All at once, on a busy machine, so each may wait for all others.
    web::configure(web::Options::new().start_timeout(Duration::from_secs(90)));
    let mut starting = Vec::new();
    for _ in 0..size {
        starting.push(insula_web::IsolateRunner::spawn());
    }
    let mut runners = Vec::new();
    for runner in starting {
        runners.push(in_time("a spawn", runner).await.expect("a runner starts"));
    }
    web::configure(web::Options::new());
    assert_eq!(workers(), size as usize);
    let mut answers = Vec::new();
    for (runner, number) in runners.iter().zip(0..) {
        answers.push(runner.run(double, number));
    }
    for (answer, number) in answers.into_iter().zip(0..) {
        assert_eq!(in_time("an answer", answer).await, Ok(2 * number));
    }
}

#[wasm_bindgen_test]
async fn a_crowd_leaves_nothing() {
    // V8 has addresses for 124 workers' memories, and those of workers that are gone go late.
    let is_blink = javascript("/Chrome/.test(navigator.userAgent)").is_truthy();
    let size = if is_blink { 96 } else { 128 };
    crowd(size).await;
    assert_flat(async || crowd(size).await).await;
}

fn leave(_: ()) {
    Isolate::current().kill(Priority::Immediate);
}

async fn replace(times: u32) {
    let balancer = LoadBalancer::spawn(2).await.expect("the runners start");
    for number in 0..times {
        assert!(in_time("the job", balancer.run(leave, ())).await.is_err());
        assert_eq!(
            in_time("an answer", balancer.run(double, number)).await,
            Ok(2 * number)
        );
        assert!(workers() <= 2);
    }
    in_time("the close", balancer.close())
        .await
        .expect("the runners close");
}

#[wasm_bindgen_test]
async fn a_balancer_that_is_replaced_again_and_again_leaves_nothing() {
    replace(10).await;
    assert_flat(async || replace(100).await).await;
}

fn length(data: TransferableTypedData) -> usize {
    data.materialize().map_or(0, |bytes| bytes.len())
}

async fn send_much(times: usize) {
    let runner = runner().await;
    for _ in 0..times {
        let data = TransferableTypedData::from_slices(&[&[1; 100_000]]);
        let length = in_time("an answer", runner.run(length, data)).await;
        assert_eq!(length, Ok(100_000));
        let data = TransferableTypedData::from_slices(&[&[1; 100_000]]);
        drop(data);
        let text = in_time(
            "an answer",
            runner.run(|text: String| text, "x".repeat(50_000)),
        )
        .await;
        assert_eq!(text.map(|text| text.len()), Ok(50_000));
    }
}

#[wasm_bindgen_test]
async fn messages_leave_nothing() {
    send_much(10).await;
    assert_flat(async || send_much(200).await).await;
}

/// The URLs by which busy workers look for control are revoked with them.
#[wasm_bindgen_test]
async fn control_signals_are_revoked() {
    /// How many control signals it has made.
    fn work(_: ()) -> f64 {
        javascript(
            "self.made = 0; const { createObjectURL } = URL;
             URL.createObjectURL = (blob) => { self.made++; return createObjectURL.call(URL, blob); }",
        );
        let end = Web::now() + Duration::from_millis(60);
        let mut checkpoints = 0;
        // On a busy machine the time may pass without a checkpoint; some of these look whatever it is.
        while Web::now() < end || checkpoints < 1_000 {
            Isolate::checkpoint();
            checkpoints += 1;
        }
        javascript("self.made").as_f64().expect("a number")
    }
    async fn work_and_kill(times: u32) -> f64 {
        let mut made = 0.0;
        for _ in 0..times {
            let runner = runner().await;
            made += in_time("the job", runner.run(work, ()))
                .await
                .expect("it works");
            runner.isolate().kill(Priority::Immediate);
            no_worker_is_left().await;
        }
        made
    }
    javascript(
        "globalThis.revoked = 0; const { revokeObjectURL } = URL;
         URL.revokeObjectURL = (url) => { globalThis.revoked++; revokeObjectURL.call(URL, url); }",
    );
    let made = Cell::new(work_and_kill(5).await);
    assert_flat(async || {
        let more = work_and_kill(20).await;
        made.set(made.get() + more);
    })
    .await;
    let revoked = javascript("globalThis.revoked").as_f64().expect("a number");
    assert_eq!(revoked, made.get());
    assert!(made.get() > 0.0, "no worker was busy for long enough");
}
