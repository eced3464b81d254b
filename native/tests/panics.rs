//! The panic hook: what it does with one that was there before it, and with one that comes after it.
//!
//! A hook belongs to the process and ours is installed once, so each test runs in a process of its own.

mod alone;

use std::{
    panic,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use alone::{alone, ended};
use insula_native::{Isolate, RemoteError, TaskError, block_on, schedule_microtask, sleep};

/// What the user's hook has seen.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn hook(&self) -> impl Fn(&panic::PanicHookInfo<'_>) + Send + Sync + 'static {
        let seen = self.0.clone();
        move |info| {
            let text = info.payload().downcast_ref::<&str>();
            let text = text.expect("the tests panic with literals");
            seen.lock()
                .expect("no test panics here")
                .push((*text).to_owned());
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no test panics here"))
    }
}

fn panic_inside() -> RemoteError {
    match Isolate::run(|| panic!("inside")).wait() {
        Ok(()) => unreachable!("it panicked"),
        Err(TaskError::Panicked(error)) => error,
        Err(error) => panic!("{error}"),
    }
}

fn panic_outside() {
    let panicked = thread::spawn(|| panic!("outside")).join();
    panicked.expect_err("it panicked");
}

/// An earlier hook sees what panics outside isolates, as before, and nothing that panics inside.
#[test]
fn an_earlier_hook_is_kept() {
    alone("an_earlier_hook_is_kept", || {
        let seen = Seen::default();
        panic::set_hook(Box::new(seen.hook()));
        let error = panic_inside();
        assert_eq!(error.description(), "inside");
        assert!(error.stack_trace().contains("panics.rs"), "{error:?}");
        assert_eq!(seen.take(), Vec::<String>::new());

        panic_outside();
        assert_eq!(seen.take(), ["outside"]);
        let host = thread::spawn(|| block_on(async { panic!("the host's future") }));
        host.join().expect_err("it panicked");
        assert_eq!(seen.take(), ["the host's future"]);

        // What runs on the host's loop besides is reported, as in an isolate.
        block_on(async {
            schedule_microtask(|| panic!("the host's microtask"));
            sleep(Duration::ZERO).await;
        });
        assert_eq!(seen.take(), Vec::<String>::new());
    });
}

/// A later hook that does not call the one it finds sees everything; errors have no place then.
#[test]
fn a_later_hook_replaces_ours() {
    alone("a_later_hook_replaces_ours", || {
        assert!(panic_inside().stack_trace().contains("panics.rs"));
        let seen = Seen::default();
        panic::set_hook(Box::new(seen.hook()));
        assert_eq!(panic_inside(), RemoteError::new("inside", ""));
        assert_eq!(seen.take(), ["inside"]);
        panic_outside();
        assert_eq!(seen.take(), ["outside"]);
    });
}

/// A later hook that calls the one it finds sees everything, and errors keep their place.
#[test]
fn a_later_hook_can_chain_to_ours() {
    alone("a_later_hook_can_chain_to_ours", || {
        assert!(panic_inside().stack_trace().contains("panics.rs"));
        let seen = Seen::default();
        let (own, ours) = (seen.hook(), panic::take_hook());
        panic::set_hook(Box::new(move |info| {
            own(info);
            ours(info);
        }));
        assert!(panic_inside().stack_trace().contains("panics.rs"));
        assert_eq!(seen.take(), ["inside"]);
    });
}

/// Where the first use of isolates is in a destructor, while a panic unwinds.
#[test]
fn a_panicking_thread_may_be_the_first() {
    struct First;
    impl Drop for First {
        fn drop(&mut self) {
            assert!(thread::panicking());
            assert_eq!(Isolate::current().debug_name(), Some("main"));
        }
    }
    alone("a_panicking_thread_may_be_the_first", || {
        let panicked = thread::spawn(|| {
            let _first = First;
            panic!("outside");
        });
        panicked.join().expect_err("it panicked");
        assert!(panic_inside().stack_trace().contains("panics.rs"));
    });
}

struct PanicsInDrop(&'static str);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

/// A destructor that panics while a panic unwinds ends the process, as everywhere in Rust; both are told.
#[test]
fn a_panic_during_a_panic_is_told() {
    let ended = ended("a_panic_during_a_panic_is_told", &[], || {
        let _ = Isolate::run(|| {
            let _held = PanicsInDrop("the second");
            panic!("the first")
        })
        .wait();
    });
    if let Some(ended) = ended {
        assert!(
            !ended.passed && ended.said.contains("the second"),
            "{}",
            ended.said
        );
    }
}

/// The same while a kill unwinds, which no hook sees.
#[test]
fn a_panic_during_a_kill_is_told() {
    let ended = ended("a_panic_during_a_kill_is_told", &[], || {
        let _ = Isolate::run(|| {
            let _held = PanicsInDrop("in the way");
            let _ = Isolate::exit_silently();
        })
        .wait();
    });
    if let Some(ended) = ended {
        assert!(
            !ended.passed && ended.said.contains("in the way"),
            "{}",
            ended.said
        );
    }
}

/// The report of an uncaught error names the runner as its user does.
#[test]
fn an_uncaught_error_names_its_runner() {
    let ended = ended("an_uncaught_error_names_its_runner", &[], || {
        let runner = insula_native::IsolateRunner::builder().debug_name("parser");
        let runner = runner.spawn().wait().expect("it starts");
        let panic_later = |(): ()| schedule_microtask(|| panic!("boom"));
        runner.run(panic_later, ()).wait().expect("the job is done");
        runner
            .shutdown(Duration::from_secs(5))
            .wait()
            .expect("it ends");
    });
    if let Some(ended) = ended {
        assert!(
            ended.passed && ended.said.contains("in isolate `parser`"),
            "{}",
            ended.said
        );
    }
}
