//! Many small messages in a row go together, and none of them is late or lost.

use std::time::Duration;

use insula_web::{Isolate, IsolateRunner, Priority, ReceivePort, SendPort, Task, TaskError, sleep};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{block, in_time, javascript, no_worker_is_left, now_ms, runner};

const MANY: u32 = 1_000;

const WORK: Duration = Duration::from_millis(1_500);

fn burst(to: &SendPort<u32>) {
    for number in 0..MANY {
        let _ = to.send(number);
    }
}

/// # Panics
/// When they do not come, each once and in order.
async fn all_come(numbers: &mut ReceivePort<u32>, count: u32) {
    for number in 0..count {
        assert_eq!(in_time("a number", numbers.next()).await, Some(number));
    }
}

/// The job sends so many numbers, and then works; it returns when it was done.
///
/// # Panics
/// When they do not come before that.
async fn come_before_the_end_of_the_work(
    count: u32,
    work: impl FnOnce(&IsolateRunner, SendPort<u32>) -> Task<f64>,
) {
    let runner = runner().await;
    let mut numbers = ReceivePort::new();
    let worked = work(&runner, numbers.send_port());
    all_come(&mut numbers, count).await;
    let came_ms = now_ms();
    let done_ms = in_time("the work", worked).await.expect("it is done");
    assert!(came_ms < done_ms, "{came_ms} {done_ms}");
    drop(runner);
    no_worker_is_left().await;
}

/// Counts what is posted to workers, until `posts`.
fn count_posts() {
    javascript(
        "globalThis.posts = 0; globalThis.kept = Worker.prototype.postMessage;
         Worker.prototype.postMessage = function (...rest) {
           globalThis.posts += 1;
           return kept.apply(this, rest);
         }",
    );
}

fn posts() -> u32 {
    let posts = javascript("Worker.prototype.postMessage = kept; delete globalThis.kept; posts");
    posts.as_f64().expect("a number") as u32
}

async fn sum(ready: SendPort<SendPort<u32>>) -> u32 {
    let mut numbers = ReceivePort::new();
    let _ = ready.send(numbers.send_port());
    let mut sum = 0;
    for number in 0..MANY {
        assert_eq!(numbers.next().await, Some(number));
        sum += number;
    }
    sum
}

#[wasm_bindgen_test]
async fn a_burst_is_posted_in_few_messages() {
    let runner = runner().await;
    let mut ready = ReceivePort::new();
    let sum = runner.run_async(sum, ready.send_port());
    let numbers = in_time("the port", ready.next()).await.expect("open");
    count_posts();
    burst(&numbers);
    assert_eq!(in_time("the sum", sum).await, Ok(499_500));
    // On a machine so busy that a millisecond passes between two of them, a burst may fall apart.
    let expected = if cfg!(panic = "unwind") {
        MANY..MANY + 10
    } else {
        1..MANY / 4
    };
    let posts = posts();
    assert!(expected.contains(&posts), "{posts}");
    drop(runner);
    no_worker_is_left().await;
}

/// Jobs are functions too, which travel beside the bytes.
#[wasm_bindgen_test]
async fn jobs_of_a_burst_keep_their_functions() {
    fn double(number: u32) -> u32 {
        2 * number
    }
    fn negate(number: i64) -> i64 {
        -number
    }
    let runner = runner().await;
    let jobs: Vec<_> = (0..200)
        .map(|number| {
            (
                runner.run(double, number),
                runner.run(negate, i64::from(number)),
            )
        })
        .collect();
    for (number, (double, negated)) in (0..).zip(jobs) {
        assert_eq!(in_time("a job", double).await, Ok(2 * number));
        assert_eq!(in_time("a job", negated).await, Ok(-i64::from(number)));
    }
    drop(runner);
    no_worker_is_left().await;
}

/// Small ones do not wait for large ones, nor overtake them.
#[wasm_bindgen_test]
async fn sizes_do_not_change_the_order() {
    fn say(to: SendPort<Vec<u32>>) {
        for number in 0..MANY {
            let length = if number % 97 == 0 { 20_000 } else { 1 };
            let _ = to.send(vec![number; length]);
        }
    }
    let runner = runner().await;
    let mut numbers = ReceivePort::<Vec<u32>>::new();
    let said = runner.run(say, numbers.send_port());
    for number in 0..MANY {
        let message = in_time("a message", numbers.next()).await.expect("open");
        assert_eq!(message[0], number);
    }
    assert_eq!(in_time("the job", said).await, Ok(()));
    drop(runner);
    no_worker_is_left().await;
}

#[wasm_bindgen_test]
async fn bursts_to_several_isolates_keep_their_order() {
    let runners = [runner().await, runner().await];
    let mut sums = Vec::new();
    let mut ports = Vec::new();
    for runner in &runners {
        let mut ready = ReceivePort::new();
        sums.push(runner.run_async(sum, ready.send_port()));
        ports.push(in_time("the port", ready.next()).await.expect("open"));
    }
    for number in 0..MANY {
        for port in &ports {
            let _ = port.send(number);
        }
    }
    for sum in sums {
        assert_eq!(in_time("the sum", sum).await, Ok(499_500));
    }
    drop(runners);
    no_worker_is_left().await;
}

/// A burst leaves with the next checkpoint, while the worker works on.
#[wasm_bindgen_test]
async fn a_burst_leaves_at_a_checkpoint() {
    fn say_and_work(to: SendPort<u32>) -> f64 {
        burst(&to);
        let end = now_ms() + WORK.as_secs_f64() * 1000.0;
        while now_ms() < end {
            Isolate::checkpoint();
        }
        now_ms()
    }
    come_before_the_end_of_the_work(MANY, |runner, to| runner.run(say_and_work, to)).await;
}

/// Those that are no burst leave at once, without a checkpoint.
#[wasm_bindgen_test]
async fn a_few_messages_leave_at_once() {
    fn say_and_work(to: SendPort<u32>) -> f64 {
        for number in 0..3 {
            let _ = to.send(number);
        }
        block(WORK);
        // Nor do these wait: they come a while after the last.
        for number in 3..6 {
            let _ = to.send(number);
        }
        block(WORK);
        now_ms()
    }
    come_before_the_end_of_the_work(6, |runner, to| runner.run(say_and_work, to)).await;
}

/// Nor do those of many events in a row, of which each sends one.
#[wasm_bindgen_test]
async fn one_message_an_event_is_no_burst() {
    async fn report_and_work(to: SendPort<u32>) -> f64 {
        let mut own = ReceivePort::new();
        for number in 0..50 {
            let _ = own.send_port().send(());
            own.next().await;
            let _ = to.send(number);
        }
        block(WORK);
        now_ms()
    }
    come_before_the_end_of_the_work(50, |runner, to| runner.run_async(report_and_work, to)).await;
}

/// What was said before the end was said, whichever the end.
#[wasm_bindgen_test]
async fn a_burst_before_the_end_is_not_lost() {
    fn say_and_panic(to: SendPort<u32>) {
        burst(&to);
        panic!("that was all");
    }
    fn say_and_trap(to: SendPort<u32>) {
        burst(&to);
        std::arch::wasm32::unreachable();
    }
    fn say_and_be_killed(to: SendPort<u32>) {
        burst(&to);
        Isolate::current().kill(Priority::Immediate);
        loop {
            Isolate::checkpoint();
        }
    }
    fn say_and_exit(to: SendPort<u32>) {
        burst(&to);
        let _ = Isolate::exit_silently();
    }
    let ends = [say_and_panic, say_and_trap, say_and_be_killed, say_and_exit];
    for end in ends {
        let runner = runner().await;
        let mut numbers = ReceivePort::new();
        let job = runner.run(end, numbers.send_port());
        all_come(&mut numbers, MANY).await;
        let answer = in_time("the job", job).await;
        if cfg!(panic = "abort") {
            assert!(
                matches!(answer, Err(TaskError::IsolateLost { .. })),
                "{answer:?}"
            );
        }
        runner.isolate().kill(Priority::Immediate);
        no_worker_is_left().await;
    }
}

/// A page that sends and does not return to its loop at once.
#[wasm_bindgen_test]
async fn a_burst_of_the_page_leaves_with_its_task() {
    let runner = runner().await;
    let mut ready = ReceivePort::new();
    let sum = runner.run_async(sum, ready.send_port());
    let numbers = in_time("the port", ready.next()).await.expect("open");
    for number in 0..MANY {
        let _ = numbers.send(number);
        if number % 100 == 50 {
            sleep(Duration::ZERO).await;
        }
    }
    assert_eq!(in_time("the sum", sum).await, Ok(499_500));
    drop(runner);
    no_worker_is_left().await;
}
