//! Exit listeners: which ports are told of an isolate's end, in which order, and with which response.

use insula_core::{Isolate, Message, Platform, Priority, RawReceivePort, ReceivePort};

use crate::{
    support::{drain, expect_quiet, take},
    worker::{Order, Worker},
};

/// A worker, and a port that is not its listener yet.
async fn start<P: Platform, R: Message>() -> (Worker<P>, ReceivePort<P, R>) {
    (Worker::start().await, ReceivePort::new())
}

/// A listener without a response is told of the end.
///
/// Source: co19 `Isolate/addOnExitListener_A01_t01`.
pub async fn exit_listener_is_told_of_the_end<P: Platform>() {
    let (mut worker, mut port) = start::<P, ()>().await;
    worker
        .isolate
        .add_exit_listener(&port.send_port(), ())
        .unwrap();
    worker.dismiss().await;
    assert_eq!(port.next().await, Some(()));
}

/// A listener gets the response that it asked for.
///
/// Source: co19 `Isolate/addOnExitListener_A01_t02`.
pub async fn exit_listener_gets_its_response<P: Platform>() {
    let (mut worker, mut port) = start::<P, Vec<String>>().await;
    worker
        .isolate
        .add_exit_listener(&port.send_port(), vec!["bye".to_owned()])
        .unwrap();
    worker.dismiss().await;
    assert_eq!(port.next().await, Some(vec!["bye".to_owned()]));
}

/// Each of several listeners gets its own response.
///
/// Source: co19 `Isolate/addOnExitListener_A01_t05`.
pub async fn exit_listeners_get_their_own_responses<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let mut ports = [(); 3].map(|()| ReceivePort::<P, usize>::new());
    for (response, port) in ports.iter().enumerate() {
        worker
            .isolate
            .add_exit_listener(&port.send_port(), response)
            .unwrap();
    }
    worker.dismiss().await;
    for (response, port) in ports.iter_mut().enumerate() {
        assert_eq!(port.next().await, Some(response));
    }
}

/// Waits until a listener that was added after `port` is told of the end, and gives the messages of `port`.
async fn told<P: Platform>(worker: &mut Worker<P>, port: &mut ReceivePort<P, u32>) -> Vec<u32> {
    let mut last = ReceivePort::<P, ()>::new();
    worker
        .isolate
        .add_exit_listener(&last.send_port(), ())
        .unwrap();
    worker.order(Order::Leave);
    last.next().await;
    drain(port)
}

/// A port that is added twice with one response is told once.
///
/// Source: co19 `Isolate/addOnExitListener_A02_t02`.
pub async fn exit_listener_added_again_is_told_once<P: Platform>() {
    let (mut worker, mut port) = start::<P, u32>().await;
    for _ in 0..3 {
        worker
            .isolate
            .add_exit_listener(&port.send_port(), 1)
            .unwrap();
    }
    assert_eq!(told(&mut worker, &mut port).await, [1]);
}

/// A port that is added again with another response gets the last one, once.
///
/// Source: co19 `Isolate/addOnExitListener_A02_t03`.
pub async fn exit_listener_added_again_gets_the_last_response<P: Platform>() {
    let (mut worker, mut port) = start::<P, u32>().await;
    for response in 1..4 {
        worker
            .isolate
            .add_exit_listener(&port.send_port(), response)
            .unwrap();
    }
    assert_eq!(told(&mut worker, &mut port).await, [3]);
}

/// A listener that comes after the end is told nothing.
///
/// Source: co19 `Isolate/addOnExitListener_A03_t01`.
pub async fn exit_listener_added_after_the_end_is_not_told<P: Platform>() {
    let (mut worker, mut port) = start::<P, u32>().await;
    worker.dismiss().await;
    worker
        .isolate
        .add_exit_listener(&port.send_port(), 1)
        .unwrap();
    expect_quiet(&mut port).await;
}

/// A listener that was removed is told nothing.
///
/// Source: co19 `Isolate/removeOnExitListener_A01_t02`.
pub async fn exit_listener_that_was_removed_is_not_told<P: Platform>() {
    let (mut worker, mut port) = start::<P, u32>().await;
    worker
        .isolate
        .add_exit_listener(&port.send_port(), 1)
        .unwrap();
    worker.isolate.remove_exit_listener(&port.send_port());
    assert!(told(&mut worker, &mut port).await.is_empty());
}

/// One removal undoes any number of additions.
pub async fn exit_listener_is_removed_by_one_call<P: Platform>() {
    let (mut worker, mut port) = start::<P, u32>().await;
    worker
        .isolate
        .add_exit_listener(&port.send_port(), 1)
        .unwrap();
    worker
        .isolate
        .add_exit_listener(&port.send_port(), 2)
        .unwrap();
    worker.isolate.remove_exit_listener(&port.send_port());
    assert!(told(&mut worker, &mut port).await.is_empty());
}

/// Removing a listener that was never added changes nothing.
pub async fn exit_listener_stays_when_another_is_removed<P: Platform>() {
    let (mut worker, mut port) = start::<P, u32>().await;
    worker
        .isolate
        .add_exit_listener(&port.send_port(), 1)
        .unwrap();
    worker
        .isolate
        .remove_exit_listener(&ReceivePort::<P, u32>::new().send_port());
    assert_eq!(told(&mut worker, &mut port).await, [1]);
}

/// Of two listeners one removes itself and comes back with another response: it gets that one.
///
/// Source: dart-sdk `tests/lib/isolate/ondone_test`.
pub async fn exit_listener_may_return_with_another_response<P: Platform>() {
    let (mut worker, mut stays) = start::<P, u32>().await;
    let (mut leaves, mut returns) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, u32>::new());
    for (port, response) in [(&stays, 1), (&leaves, 2), (&returns, 3)] {
        worker
            .isolate
            .add_exit_listener(&port.send_port(), response)
            .unwrap();
    }
    for port in [&leaves, &returns] {
        worker.isolate.remove_exit_listener(&port.send_port());
    }
    worker
        .isolate
        .add_exit_listener(&returns.send_port(), 4)
        .unwrap();
    assert_eq!(told(&mut worker, &mut stays).await, [1]);
    assert_eq!((drain(&mut leaves), drain(&mut returns)), (vec![], vec![4]));
}

/// Exit messages go out in the order in which their listeners were added.
pub async fn exit_listeners_are_told_in_order<P: Platform>() {
    let worker = Worker::<P>::start().await;
    let mut told = ReceivePort::<P, u32>::new();
    // One address is one listener, so the order shows only through ports of which each passes on.
    let ports = [1, 2, 3].map(|number| {
        let told = told.send_port();
        RawReceivePort::<P, ()>::new(move |()| told.send(number).unwrap())
    });
    for port in &ports {
        worker
            .isolate
            .add_exit_listener(&port.send_port(), ())
            .unwrap();
    }
    worker.order(Order::Leave);
    assert_eq!(take(&mut told, 3).await, [1, 2, 3]);
}

/// All messages of an isolate arrive before its exit message.
pub async fn exit_message_is_the_last<P: Platform>() {
    let mut worker = Worker::<P>::start().await;
    let said = worker.said.send_port();
    worker.isolate.add_exit_listener(&said, 100).unwrap();
    worker.say([1, 2]);
    worker.order(Order::All(vec![
        Order::Say(3),
        Order::Kill(false),
        Order::Say(4),
    ]));
    assert_eq!(take(&mut worker.said, 5).await, [1, 2, 3, 4, 100]);
}

/// A listener needs no capability.
pub async fn exit_listener_needs_no_capability<P: Platform>() {
    let (mut worker, mut port) = start::<P, u32>().await;
    let handle = Isolate::from_parts(worker.isolate.control_port().clone(), None, None);
    handle.add_exit_listener(&port.send_port(), 1).unwrap();
    worker.isolate.kill(Priority::BeforeNextEvent);
    worker.end().await;
    assert_eq!(port.next().await, Some(1));
}
