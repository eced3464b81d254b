//! A thread that waits for a message is told why none came.

use std::{thread, time::Duration};

use insula_native::{
    Error, ReceivePort,
    error::{RecvError, RecvTimeoutError, TryRecvError},
};

/// How long a wait may last that is to end at once.
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn recv_of_a_closed_port_gives_the_buffer_first() {
    let mut port = ReceivePort::new();
    port.send_port().send(1).expect("a number encodes");
    // On the host a message to itself has arrived when it is sent.
    port.close();
    assert_eq!(port.recv(), Ok(1));
    assert_eq!(port.recv(), Err(RecvError));
    assert_eq!(port.recv_timeout(LIMIT), Err(RecvTimeoutError::Closed));
    assert_eq!(port.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn recv_timeout_tells_a_late_message_from_a_closed_port() {
    let mut port = ReceivePort::new();
    let late = port.recv_timeout(Duration::from_millis(1));
    assert_eq!(late, Err(RecvTimeoutError::TimedOut));
    let to = port.send_port();
    let sender = thread::spawn(move || to.send(2).is_ok());
    assert_eq!(port.recv_timeout(LIMIT), Ok(2));
    assert!(sender.join().expect("it does not panic"));
}

/// As those of std and crossbeam do.
#[test]
fn receive_errors_become_each_other() {
    assert_eq!(TryRecvError::from(RecvError), TryRecvError::Closed);
    assert_eq!(RecvTimeoutError::from(RecvError), RecvTimeoutError::Closed);
    let closed = [
        Error::from(RecvError),
        Error::from(TryRecvError::Closed),
        Error::from(RecvTimeoutError::Closed),
    ];
    assert_eq!(closed, [const { Error::Closed }; 3]);
    assert_eq!(Error::from(TryRecvError::Empty), Error::Empty);
    assert_eq!(Error::from(RecvTimeoutError::TimedOut), Error::TimedOut);
    assert_eq!(Error::Closed.to_string(), RecvError.to_string());
}
