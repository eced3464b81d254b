//! N5: the 21st number of Fibonacci by recursion, with an isolate for each call: 35,421 of them.

use std::{thread, time::Instant};

use insula::{Isolate, Task};

use crate::{
    child::in_child,
    contest::{Row, Sample, Target, Unit},
    effort,
    machine::cpu_time,
};

pub(crate) fn row(id: &'static str) -> Row {
    Row::new(id)
        .measure(
            Unit::Time,
            "fib(21) by recursion, one for each of 35,421 calls",
        )
        .rounds(3)
        .ours("isolates", &[Target::value(0.5e9)], || {
            in_child("fibonacci-insula")
        })
        .ours("light isolates", &[Target::value(0.5e9)], || {
            in_child("fibonacci-light")
        })
        .reference("threads", || in_child("fibonacci-threads"))
}

fn measured(fibonacci: fn(u32) -> u64) -> Sample {
    let (number, expected) = effort::either((21, 17_711), (9, 55));
    let (cpu, began) = (cpu_time(), Instant::now());
    assert_eq!(fibonacci(number), expected);
    let took = began.elapsed().as_nanos() as f64;
    let cpu = cpu_time().saturating_sub(cpu).as_nanos() as f64;
    Sample {
        values: vec![took],
        cpu: Some(cpu),
    }
}

/// The number by two tasks that `start` starts.
fn of(n: u32, start: fn(u32) -> Task<u64>) -> u64 {
    if n < 2 {
        return 1;
    }
    let (one, two) = (start(n - 1), start(n - 2));
    one.wait().expect("an isolate starts") + two.wait().expect("an isolate starts")
}

pub(crate) fn insula() -> Sample {
    fn start(n: u32) -> Task<u64> {
        Isolate::run(move || of(n, start))
    }
    measured(|n| start(n).wait().expect("an isolate starts"))
}

pub(crate) fn light() -> Sample {
    fn start(n: u32) -> Task<u64> {
        Isolate::builder().light().run(move || of(n, start))
    }
    measured(|n| start(n).wait().expect("an isolate starts"))
}

pub(crate) fn threads() -> Sample {
    fn start(n: u32) -> thread::JoinHandle<u64> {
        thread::spawn(move || of(n))
    }
    fn of(n: u32) -> u64 {
        if n < 2 {
            return 1;
        }
        let (one, two) = (start(n - 1), start(n - 2));
        one.join().expect("a thread starts") + two.join().expect("a thread starts")
    }
    measured(|n| start(n).join().expect("a thread starts"))
}
