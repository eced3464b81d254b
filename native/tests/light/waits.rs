//! Blocking waits of light isolates end, whatever else waits on their threads.

use std::thread;

use insula_core::Platform;
use insula_native::{Native, ReceivePort, SendPort, TaskError};

use super::{MOMENT, Question, alone::ended, answer, light, next, run, server};

fn fibonacci(n: u32) -> u64 {
    if n < 2 {
        return 1;
    }
    let (one, two) = (run(move || fibonacci(n - 1)), run(move || fibonacci(n - 2)));
    one.wait().unwrap() + two.wait().unwrap()
}

/// Each waits for those that it has started, which mostly are of its thread.
#[test]
fn waits_for_what_it_has_started() {
    assert_eq!(fibonacci(16), 1_597);
}

/// A chain of waits is as deep as there is room for stacks.
#[test]
fn a_thousand_wait_for_each_other() {
    fn down(left: u32) -> u32 {
        if left == 0 {
            return 0;
        }
        run(move || down(left - 1)).wait().unwrap() + 1
    }
    assert_eq!(down(1_000), 1_000);
}

/// Which one is ready, and where it listens.
type Ready = (usize, SendPort<()>);

/// Waits need not end in the order in which they began, or in its reverse.
#[test]
fn waits_end_in_any_order() {
    let count = 100;
    let mut ready = ReceivePort::new();
    let mut done = ReceivePort::new();
    for n in 0..count {
        let entry = |(n, ready, done): (usize, SendPort<Ready>, SendPort<usize>)| {
            let mut port = ReceivePort::new();
            ready.send((n, port.send_port())).unwrap();
            port.recv().unwrap();
            done.send(n).unwrap();
        };
        light(entry, (n, ready.send_port(), done.send_port()));
    }
    let mut ports: Vec<_> = (0..count).map(|_| next(&mut ready)).collect();
    ports.sort_by_key(|(n, _)| *n);
    for of in [0, 1, 2] {
        for (n, port) in ports.iter().filter(|(n, _)| n % 3 == of) {
            port.send(()).unwrap();
            assert_eq!(next(&mut done), *n);
        }
    }
}

/// Two of a thread wait for each other in turn: each answers in the midst of its own wait's end.
#[test]
fn neighbours_ask_each_other() {
    let asked: Vec<_> = (0..50)
        .map(|n| {
            run(move || {
                let (_, server) = server();
                (0..10).fold(n, |n, _| answer(&server, n).wait().unwrap())
            })
        })
        .collect();
    for (n, asked) in (0..).zip(asked) {
        assert_eq!(asked.wait(), Ok(n + 10));
    }
}

/// A limit ends a wait in time, whatever waits on the same thread.
#[test]
fn a_wait_ends_at_its_limit() {
    let mut done = ReceivePort::new();
    for n in [4_u32, 2, 3, 1] {
        let entry = |(n, done): (u32, SendPort<u32>)| {
            let begin = Native::now();
            let mut never = ReceivePort::<()>::new();
            never.recv_timeout(10 * n * MOMENT).unwrap_err();
            assert!(Native::now() - begin >= 10 * n * MOMENT);
            done.send(n).unwrap();
        };
        light(entry, (n, done.send_port()));
    }
    let mut ended: Vec<_> = (0..4).map(|_| next(&mut done)).collect();
    ended.sort_unstable();
    assert_eq!(ended, [1, 2, 3, 4]);
}

/// One waits in a destructor while its panic unwinds, and others panic meanwhile.
#[test]
fn panics_meet_in_destructors() {
    struct Waits(SendPort<Question>);
    impl Drop for Waits {
        fn drop(&mut self) {
            assert!(thread::panicking());
            assert_eq!(answer(&self.0, 1).wait(), Ok(2));
        }
    }
    let failing: Vec<_> = (0..20)
        .map(|n| {
            run(move || {
                let (_, server) = server();
                let _waits = Waits(server);
                if n % 2 == 0 {
                    ReceivePort::<()>::new().recv_timeout(MOMENT).unwrap_err();
                }
                panic!("{n}")
            })
        })
        .collect();
    for (n, failing) in failing.into_iter().enumerate() {
        let error: Result<(), _> = failing.wait();
        let Err(TaskError::Panicked(error)) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.description(), n.to_string());
        assert!(
            error.stack_trace().contains("waits.rs"),
            "{}",
            error.stack_trace()
        );
    }
    assert!(!thread::panicking());
    assert_eq!(run(thread::panicking).wait(), Ok(false));
}

/// So many waits that the system has no more stacks are an error of the one that would wait, and of no other.
#[test]
fn too_many_waits_are_an_error() {
    let name = "waits::too_many_waits_are_an_error";
    let ended = ended(name, &[], || {
        fn down(left: u32) -> Result<u32, String> {
            if left == 0 {
                return Ok(0);
            }
            match run(move || down(left - 1)).wait() {
                Ok(depth) => Ok(depth? + 1),
                Err(error) => Err(error.to_string()),
            }
        }
        let (_, neighbour) = server();
        let error = down(1_000_000).unwrap_err();
        assert!(
            error.contains("as many stacks as this system bears"),
            "{error}"
        );
        assert_eq!(answer(&neighbour, 1).wait(), Ok(2));
        assert_eq!(down(10), Ok(10));
    });
    if let Some(ended) = ended {
        assert!(ended.passed, "{}", ended.said);
    }
}
