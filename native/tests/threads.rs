//! No thread is left behind: every isolate of the suite ends, and its thread with it.

use std::{fs, thread, time::Duration};

use insula_native::{Native, block_on, ports::single_response};
use insula_tests::differences;

/// How long threads may take to end after the last test.
const LIMIT: Duration = Duration::from_secs(10);
/// How often they are counted meanwhile.
const STEP: Duration = Duration::from_millis(10);

/// The names of this process's threads; none where the system does not list them.
fn threads() -> Option<Vec<String>> {
    let tasks = fs::read_dir("/proc/self/task").ok()?;
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    Some(names.map(|name| name.trim_end().to_owned()).collect())
}

fn run<F: Future<Output = ()> + 'static>(name: &'static str, test: fn() -> F) {
    if differences::not_applicable::<Native>(name).is_none() {
        insula_tests::programs::<Native>();
        thread::scope(|scope| {
            // Whether it passes is the suite's concern; what it leaves behind is this one's.
            let _ = scope.spawn(|| block_on(test())).join();
        });
    }
}

macro_rules! tests {
    ($($module:ident: $($name:ident)+;)+) => {
        fn run_all() {
            $($(run(stringify!($name), insula_tests::$module::$name::<Native>);)+)+
        }
    };
}

insula_tests::suite!(tests);

/// After the whole suite the process has the threads it had before.
#[test]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the thread of a test has no event loop that a timer could run on; what is not counted is told"
)]
fn no_thread_is_left() {
    // The thread that keeps the host's time stays.
    let late = single_response::<u32>(|_| {}).timeout(STEP).wait();
    late.expect_err("nobody answers");
    let Some(before) = threads() else {
        println!("this system does not list threads: not counted");
        return;
    };
    run_all();
    let mut left = threads().unwrap_or_default();
    for _ in 0..LIMIT.as_millis() / STEP.as_millis() {
        if left.len() <= before.len() {
            return;
        }
        thread::sleep(STEP);
        left = threads().unwrap_or_default();
    }
    panic!(
        "{} threads before, {} after: {left:?}",
        before.len(),
        left.len()
    );
}
