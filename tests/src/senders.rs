//! The senders of a port: a receiver that wants to know learns that none is left.

use std::{future::pending, time::Duration};

use insula_core::{Isolate, Platform, Priority, ReceivePort, SendPort, Start};

use crate::{
    starting::{start, start_with},
    support::{expect_quiet, ms, within},
};

/// How long an end may take.
const LIMIT: Duration = ms(10_000);

/// What comes until the port ends by itself.
async fn all<P: Platform>(mut port: ReceivePort<P, u32>) -> Vec<u32> {
    let mut messages = Vec::new();
    while let Some(message) = within::<P, _>(LIMIT, port.next()).await.expect("it ends") {
        messages.push(message);
    }
    messages
}

/// A port ends when its only send port is dropped, after what that has sent.
pub async fn port_ends_without_senders<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let only = port.only_send_port();
    let copy = only.clone();
    only.send(1).unwrap();
    drop(only);
    copy.send(2).unwrap();
    port.send_port().send(3).unwrap();
    drop(copy);
    assert_eq!(all(port).await, [1, 2, 3]);
}

async fn count<P: Platform>(start: Start<SendPort<P, u32>>) {
    for number in 1..4 {
        start.message.send(number).unwrap();
    }
}

/// Each of several isolates has a copy: the port ends when the last of them has, and nothing is lost.
pub async fn port_ends_with_the_isolates_that_send<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let only = port.only_send_port();
    for _ in 0..5 {
        start::<P, _, _>(count::<P>, only.clone()).await;
    }
    drop(only);
    let messages = all(port).await;
    for number in 1..4 {
        assert_eq!(messages.iter().filter(|one| **one == number).count(), 5);
    }
}

async fn hold<P: Platform>(start: Start<SendPort<P, u32>>) {
    start.message.send(1).unwrap();
    let _life = ReceivePort::<P, ()>::new();
    pending::<()>().await;
}

/// An isolate that is killed lets go of its send ports.
pub async fn port_ends_when_its_sender_is_killed<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let isolate = start::<P, _, _>(hold::<P>, port.only_send_port()).await;
    assert_eq!(port.next().await, Some(1));
    isolate.kill(Priority::Immediate);
    assert!(all(port).await.is_empty());
}

/// A send port in a message that nobody has read is one, until the message goes with its port.
pub async fn unread_send_port_keeps_its_port_open<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let keeps = ReceivePort::<P, SendPort<P, u32>>::new();
    keeps.send_port().send(port.only_send_port()).unwrap();
    expect_quiet(&mut port).await;
    drop(keeps);
    assert!(all(port).await.is_empty());
}

async fn listen<P: Platform>(start: Start<SendPort<P, SendPort<P, u32>>>) {
    let mut port = ReceivePort::<P, u32>::new();
    start.message.send(port.only_send_port()).unwrap();
    while port.next().await.is_some() {}
}

/// An isolate that waits for messages ends when nobody can send one.
pub async fn isolate_ends_without_senders<P: Platform>() {
    let mut hello = ReceivePort::<P, SendPort<P, u32>>::new();
    let mut ended = ReceivePort::<P, ()>::new();
    let options = Isolate::builder().on_exit(ended.send_port());
    start_with::<P, _, _>(options, listen::<P>, hello.send_port()).await;
    let to = hello.next().await.unwrap();
    to.send(1).unwrap();
    drop(to);
    let told = within::<P, _>(LIMIT, ended.next()).await;
    assert_eq!(told, Some(Some(())));
}

/// A port that was not asked to end stays open without a sender, as in Dart.
pub async fn port_stays_open_by_itself<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    drop(port.send_port());
    expect_quiet(&mut port).await;
    port.send_port().send(1).unwrap();
    assert_eq!(port.next().await, Some(1));
}

/// Where send ports are not counted the port stays open.
pub async fn port_stays_open_where_nobody_counts<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    drop(port.only_send_port());
    expect_quiet(&mut port).await;
    port.send_port().send(1).unwrap();
    assert_eq!(port.next().await, Some(1));
}
