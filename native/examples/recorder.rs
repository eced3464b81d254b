//! What a recording costs: so many round trips of a message, with or without one.
//!
//! `cargo build --release -p insula-native --example recorder`, then for callgrind to count within one isolate
//! `valgrind --tool=callgrind target/release/examples/recorder 10000 off` or `on`, and for the CPU time of two threads
//! `time target/release/examples/recorder 100000 off threads` or `on threads`.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula_native::{
    Error, IsolateRunner, ReceivePort, block_on, compute_async, spawn_local, trace,
};

/// Questions and their answers within one isolate: so no thread waits, and two runs count the same.
async fn talk(count: u32) {
    let (mut questions, mut answers) = (ReceivePort::new(), ReceivePort::new());
    let (ask, answer) = (questions.send_port(), answers.send_port());
    spawn_local(async move {
        while let Some(number) = questions.next().await {
            let _ = answer.send(number);
        }
    });
    for number in 0..count {
        let _ = ask.send(number);
        assert_eq!(answers.next().await, Some(number));
    }
}

/// Jobs of one isolate from another.
async fn order(count: u32) {
    let runner = IsolateRunner::spawn().await.expect("a thread starts");
    for number in 0..count {
        let job = runner.run(|number: u32| number, number).await;
        assert_eq!(job, Ok(number));
    }
}

fn main() -> Result<(), Error> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let count = arguments.first().and_then(|count| count.parse().ok());
    let count = count.unwrap_or(1_000);
    let recording = has("on").then(|| trace::start(1_000));
    if has("threads") {
        block_on(compute_async(order, count))?;
    } else {
        block_on(compute_async(talk, count))?;
    }
    println!("{count} round trips, recorded: {}", recording.is_some());
    Ok(())
}
