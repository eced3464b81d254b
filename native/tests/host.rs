//! All threads outside isolates are one isolate, the host; each may have an event loop of its own.

use std::{sync::mpsc, thread, time::Duration};

use insula_native::{
    Isolate, Priority, RawReceivePort, ReceivePort, RemoteError, block_on, compute, sleep,
};

/// Nothing hangs, so this is an error and no measure of speed.
const LIMIT: Duration = Duration::from_secs(30);

fn elsewhere<R: Send + 'static>(code: impl FnOnce() -> R + Send + 'static) -> R {
    thread::spawn(code).join().expect("it does not panic")
}

#[test]
fn every_thread_is_the_same_isolate() {
    let here = Isolate::current();
    let there = elsewhere(Isolate::current);
    assert_eq!(here, there);
    assert_eq!(there.debug_name(), Some("main"));
    assert!(insula_native::is_host() && elsewhere(insula_native::is_host));
    let inside = Isolate::run(|| (Isolate::current(), insula_native::is_host())).wait();
    let (inside, is_host) = inside.expect("it returns");
    assert_ne!(inside, here);
    assert!(!is_host);
}

/// No thread has to turn a loop for it.
#[test]
fn the_host_answers_pings() {
    let mut port = ReceivePort::<u32>::new();
    for (response, priority) in [(1, Priority::Immediate), (2, Priority::BeforeNextEvent)] {
        let (host, answer) = (Isolate::current(), port.send_port());
        Isolate::run(move || host.ping(&answer, response, priority).is_ok())
            .wait()
            .expect("it returns");
        assert_eq!(port.recv_timeout(LIMIT), Ok(response));
    }
}

/// An error of one thread's handler is heard by who listens to the host, wherever that is.
#[test]
fn errors_of_every_thread_are_the_hosts() {
    let mut errors = ReceivePort::<RemoteError>::new();
    Isolate::current().add_error_listener(&errors.send_port());
    elsewhere(|| {
        block_on(async {
            let port = RawReceivePort::new(|text: String| panic!("{text}"));
            port.send_port()
                .send("over here".to_owned())
                .expect("a text encodes");
            sleep(Duration::from_millis(1)).await;
        });
    });
    let error = errors.recv_timeout(LIMIT).expect("the handler panicked");
    assert_eq!(error.description(), "over here");

    Isolate::current().remove_error_listener(&errors.send_port());
    assert!(errors.try_recv().is_err());
}

/// Nothing ends or stops it.
#[test]
fn the_host_stays() {
    let host = Isolate::current();
    let resume = host.pause();
    host.kill(Priority::Immediate);
    host.kill(Priority::BeforeNextEvent);
    host.set_errors_fatal(true);
    assert_eq!(
        block_on(async { compute(|number: u32| number + 1, 1).await }),
        Ok(2)
    );
    host.resume(resume);
}

/// A thread that ends takes its loop along, and who watches a port there is told.
#[test]
fn a_thread_of_the_host_ends() {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let port = RawReceivePort::<insula_native::SendPort<u32>>::silent();
        tell.send(port.send_port()).expect("the test waits");
        port.detach();
    })
    .join()
    .expect("it does not panic");
    let gone = told.recv().expect("it was sent");
    let answer = insula_native::ask(&gone, |reply| reply).wait();
    assert!(answer.is_err(), "nobody answers any more");
}
