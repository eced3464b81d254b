//! A `Capability` equals itself and nothing else.

use std::collections::HashSet;

use insula_core::{Capability, Platform, ReceivePort, SendPort, Start};

use crate::starting::start;

/// Two capabilities differ; a copy is the same, with the same hash.
///
/// Source: co19 `Capability/Capability_class_A01_t01`.
pub async fn capability_equals_only_itself<P: Platform>() {
    let (one, other) = (Capability::<P>::new(), Capability::<P>::new());
    let copy = one;
    assert_eq!(one, copy);
    assert_ne!(one, other);
    assert_eq!(HashSet::from([one, copy, other]).len(), 2);
}

/// A program that sends back the value it was given, and a capability of its own.
async fn send_back<P: Platform, T: insula_core::Message>(
    start: Start<(T, SendPort<P, (T, Capability<P>)>)>,
) {
    let (given, port) = start.message;
    port.send((given, Capability::<P>::new())).unwrap();
}

async fn round_trip<P: Platform, T: insula_core::Message>(value: T) -> (T, Capability<P>) {
    let mut port = ReceivePort::new();
    start::<P, _, _>(send_back::<P, T>, (value, port.send_port())).await;
    port.next().await.unwrap()
}

/// A capability that went to another isolate and back is the one it was; one made there is another.
///
/// Source: co19 `Capability/Capability_class_A01_t02`.
pub async fn capability_stays_the_same_on_a_journey<P: Platform>() {
    let own = Capability::<P>::new();
    let (back, theirs) = round_trip::<P, _>(own).await;
    assert_eq!(back, own);
    assert_ne!(theirs, own);
    assert_eq!(HashSet::from([own, back, theirs]).len(), 2);
}

/// Capabilities, and send ports of ports that are closed, equal themselves after a journey.
///
/// Source: dart-sdk `tests/lib/isolate/capability_test`.
pub async fn capability_and_closed_port_stay_equal<P: Platform>() {
    let closed = ReceivePort::<P, u32>::new().send_port();
    let (one, other) = (Capability::<P>::new(), Capability::<P>::new());
    let ((first, second, port), _) = round_trip::<P, _>((one, other, closed.clone())).await;
    assert_eq!((first, second), (one, other));
    assert_ne!(first, second);
    assert_eq!(port, closed);
}

/// The text of `Debug` is too short to guess a capability from it.
pub async fn capability_debug_is_short<P: Platform>() {
    let shown = format!("{:?}", Capability::<P>::new());
    assert!(
        shown.starts_with("Capability(")
            && shown.chars().filter(char::is_ascii_hexdigit).count() < 16,
        "{shown}"
    );
}
