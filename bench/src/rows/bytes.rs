//! N7: bytes to an isolate and back. They are moved, so their number does not matter.

use std::hint::black_box;

use insula::IsolateRunner;

use crate::{
    contest::{Contestant, Row, Target, Unit, timed, timed_by},
    effort,
};

pub(crate) fn row(id: &'static str) -> Row {
    let large = effort::either(100_000_000, 1_000_000);
    Row::new(id)
        .measure(Unit::Time, "a vector of bytes to an isolate, and back")
        .rounds(15)
        .reference("insula, 1 KB", || round_trips(1_000))
        .ours("insula, 1 MB", &[Target::ratio(1.5)], || {
            round_trips(1_000_000)
        })
        .ours("insula, 100 MB", &[Target::ratio(1.5)], move || {
            round_trips(large)
        })
        .peer("a copy of 1 MB", || copies(1_000_000, 50))
        .peer("a copy of 100 MB", move || copies(large, 1))
}

fn round_trips(size: usize) -> Contestant {
    let runner = IsolateRunner::spawn().wait().expect("a runner starts");
    let mut bytes = Some(vec![7_u8; size]);
    timed(move |count| {
        for _ in 0..count {
            let there = bytes.take().expect("they have come back");
            let back = runner.run(|bytes: Vec<u8>| bytes, there).wait();
            bytes = Some(back.expect("the runner lives"));
        }
    })
}

fn copies(size: usize, count: u32) -> Contestant {
    let from = vec![7_u8; size];
    let mut to = vec![0_u8; size];
    timed_by(count, move |count| {
        for _ in 0..count {
            to.copy_from_slice(black_box(&from));
            black_box(&to);
        }
    })
}
