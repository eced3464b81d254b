//! `SendPort` as a value: equality, hash, `Debug`, and the way through other isolates.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use insula_core::{Isolate, Platform, RawReceivePort, ReceivePort, SendPort, Start};

use crate::starting::start;

fn open<P: Platform>() -> ReceivePort<P, u32> {
    ReceivePort::new()
}

/// Send ports of one open port are equal, with equal hashes; those of two are not.
///
/// Source: co19 `SendPort/SendPort_class_A01_t01`.
pub async fn send_ports_of_one_port_are_equal<P: Platform>() {
    let (one, other) = (open::<P>(), open::<P>());
    assert_eq!(one.send_port(), one.send_port());
    assert_ne!(one.send_port(), other.send_port());
    assert_eq!(
        HashSet::from([one.send_port(), one.send_port(), other.send_port()]).len(),
        2
    );
}

/// The same holds after the ports were closed.
///
/// Source: co19 `SendPort/SendPort_class_A01_t02`.
pub async fn send_ports_stay_equal_after_closing<P: Platform>() {
    let (mut one, mut other) = (open::<P>(), open::<P>());
    let before = one.send_port();
    one.close();
    other.close();
    assert_eq!(one.send_port(), before);
    assert_ne!(one.send_port(), other.send_port());
    assert_eq!(
        HashSet::from([before, one.send_port(), other.send_port()]).len(),
        2
    );
}

async fn send_ports<P: Platform>(
    start: Start<(SendPort<P, u32>, SendPort<P, [SendPort<P, u32>; 4]>)>,
) {
    let (given, port) = start.message;
    let (own, other) = (open::<P>(), open::<P>());
    port.send([given, own.send_port(), own.send_port(), other.send_port()])
        .unwrap();
}

/// Send ports that came from another isolate compare as they did there.
///
/// Source: co19 `SendPort/SendPort_class_A01_t03`.
pub async fn send_ports_from_elsewhere_compare_the_same<P: Platform>() {
    let (own, mut answer) = (open::<P>(), ReceivePort::new());
    start::<P, _, _>(send_ports::<P>, (own.send_port(), answer.send_port())).await;
    let [back, first, second, other] = answer.next().await.unwrap();
    assert_eq!(back, own.send_port());
    assert_eq!(first, second);
    assert_ne!(first, other);
    assert_ne!(first, back);
}

/// Equal ports have equal hashes, before and after closing.
///
/// Source: co19 `SendPort/hashCode_A01_t01`.
pub async fn send_ports_that_are_equal_hash_equal<P: Platform>() {
    let state = RandomState::new();
    let mut port = open::<P>();
    let (first, second) = (port.send_port(), port.send_port());
    assert_eq!(state.hash_one(&first), state.hash_one(&second));
    port.close();
    assert_eq!(state.hash_one(&first), state.hash_one(port.send_port()));
}

/// Two send ports are equal when they lead to the same port, and only then.
///
/// Source: co19 `SendPort/operator_equality_A01_t01`.
pub async fn send_ports_of_different_ports_differ<P: Platform>() {
    let mut ports = [(); 3].map(|()| open::<P>());
    let before: Vec<_> = ports.iter().map(ReceivePort::send_port).collect();
    ports.iter_mut().for_each(ReceivePort::close);
    for (i, one) in before.iter().enumerate() {
        for (j, other) in ports.iter().enumerate() {
            assert_eq!(*one == other.send_port(), i == j);
        }
    }
}

/// A send port is a key of maps.
///
/// Source: dart-sdk `tests/lib/isolate/port_test`.
pub async fn send_port_is_a_key_of_maps<P: Platform>() {
    let (one, other) = (open::<P>(), open::<P>());
    let mut names = HashMap::from([(one.send_port(), "one"), (other.send_port(), "other")]);
    assert_eq!(names.insert(one.send_port(), "still one"), Some("one"));
    assert_eq!(
        (names[&one.send_port()], names[&other.send_port()]),
        ("still one", "other")
    );
}

/// A send port that went through another isolate leads where it led.
pub async fn send_port_leads_home_after_a_journey<P: Platform>() {
    let (mut own, mut answer) = (open::<P>(), ReceivePort::new());
    start::<P, _, _>(send_ports::<P>, (own.send_port(), answer.send_port())).await;
    let [back, ..] = answer.next().await.unwrap();
    back.send(7).unwrap();
    assert_eq!(own.next().await, Some(7));
}

/// `Debug` tells ports apart and shows equal ones equal.
pub async fn send_port_debug_tells_ports_apart<P: Platform>() {
    let (one, other) = (open::<P>(), open::<P>());
    let show = |port: &ReceivePort<P, u32>| format!("{:?}", port.send_port());
    assert!(show(&one).starts_with("SendPort("), "{}", show(&one));
    assert_eq!(show(&one), show(&one));
    assert_ne!(show(&one), show(&other));
}

/// A port's name shows wherever its send ports come.
pub async fn port_name_travels_with_its_send_ports<P: Platform>() {
    async fn show<P: Platform>(start: Start<(SendPort<P, u32>, SendPort<P, String>)>) {
        let (port, shown) = start.message;
        shown.send(format!("{port:?}")).unwrap();
    }
    let named = ReceivePort::<P, u32>::with_debug_name("jobs");
    let shows_its_name = |shown: &str, kind: &str| {
        assert!(shown.starts_with(kind), "{shown}");
        assert!(shown.ends_with("\"jobs\")"), "{shown}");
    };
    shows_its_name(&format!("{named:?}"), "ReceivePort(");
    let mut shown = ReceivePort::<P, String>::new();
    start::<P, _, _>(show::<P>, (named.send_port(), shown.send_port())).await;
    shows_its_name(&shown.next().await.unwrap(), "SendPort(");
    let raw = RawReceivePort::<P, u32>::with_debug_name("jobs", |_| {});
    shows_its_name(&format!("{:?}", raw.send_port()), "SendPort(");
    assert_ne!(raw.send_port(), named.send_port(), "a name is no identity");
    shows_its_name(&format!("{:?}", ReceivePort::from_raw(raw)), "ReceivePort(");
}

async fn who<P: Platform>(start: Start<SendPort<P, Isolate<P>>>) {
    start.message.send(Isolate::current()).unwrap();
}

/// `current` inside an isolate is the handle that its spawner got, part by part; the host has one too.
///
/// Source: dart-sdk `tests/lib/isolate/isolate_current_test`.
pub async fn current_handle_is_the_one_that_spawn_gave<P: Platform>() {
    let mut port = ReceivePort::new();
    let spawned = start::<P, _, _>(who::<P>, port.send_port()).await;
    let current = port.next().await.unwrap();
    assert_eq!(current.control_port(), spawned.control_port());
    assert_eq!(current.pause_capability(), spawned.pause_capability());
    assert_eq!(
        current.terminate_capability(),
        spawned.terminate_capability()
    );
    assert_eq!(current.debug_name(), spawned.debug_name());
    assert_ne!(current, Isolate::current());
}

/// The host's own handle stays the same.
///
/// Source: co19 `Isolate/current_A01_t01`.
pub async fn current_handle_of_the_host_stays_the_same<P: Platform>() {
    assert_eq!(Isolate::<P>::current(), Isolate::<P>::current());
    assert_eq!(Isolate::<P>::current().debug_name(), Some("main"));
}

/// An isolate has a handle of its own, with its capabilities.
///
/// Source: co19 `Isolate/current_A01_t02`.
pub async fn current_handle_of_an_isolate_has_capabilities<P: Platform>() {
    let mut port = ReceivePort::<P, _>::new();
    start::<P, _, _>(who::<P>, port.send_port()).await;
    let current: Isolate<P> = port.next().await.unwrap();
    assert!(current.pause_capability().is_some() && current.terminate_capability().is_some());
}
