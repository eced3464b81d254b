//! `TransferableTypedData`: bytes that change their owner once.

use insula_core::{
    AlreadyMaterialized, Message, Platform, ReceivePort, SendPort, Start, TransferableTypedData,
};

use crate::{differences::Refusing, messages::round_trips, starting::start};

fn data<P: Platform>(bytes: &[u8]) -> TransferableTypedData<P> {
    TransferableTypedData::from_slices(&[bytes])
}

/// Sends a value to the own isolate.
async fn to_self<P: Platform, T: Message>(value: T) -> T {
    let mut port = ReceivePort::<P, T>::new();
    port.send_port().send(value).unwrap();
    port.next().await.unwrap()
}

/// The bytes arrive in another isolate and come back.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_bytes_arrive_and_return<P: Platform>() {
    let back = round_trips::<P, _>(vec![data::<P>(&[1, 2, 3])])
        .await
        .remove(0);
    assert_eq!(back.materialize().unwrap(), [1, 2, 3]);
}

/// They are materialized there.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_is_materialized_elsewhere<P: Platform>() {
    async fn sum<P: Platform>(start: Start<(TransferableTypedData<P>, SendPort<P, u32>)>) {
        let (data, port) = start.message;
        port.send(data.materialize().unwrap().into_iter().map(u32::from).sum())
            .unwrap();
    }
    let mut port = ReceivePort::<P, u32>::new();
    start::<P, _, _>(sum::<P>, (data(&[1, 2, 250]), port.send_port())).await;
    assert_eq!(port.next().await, Some(253));
}

/// Several slices become one buffer, and stay usable.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_joins_its_slices<P: Platform>() {
    let slices: [&[u8]; 4] = [&[1, 2], &[], &[3], &[4, 5, 6]];
    let data = TransferableTypedData::<P>::from_slices(&slices);
    assert_eq!(
        to_self::<P, _>(data).await.materialize().unwrap(),
        slices.concat()
    );
}

/// No bytes at all can be sent too.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_can_be_empty<P: Platform>() {
    let there_and_back = to_self::<P, _>(data::<P>(&[])).await;
    assert_eq!(there_and_back.materialize(), Ok(Vec::new()));
    let of_no_slice = TransferableTypedData::<P>::from_slices(&[]);
    assert_eq!(of_no_slice.materialize(), Ok(Vec::new()));
}

/// Two in one message both arrive, each with its own bytes.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferables_of_one_message_stay_apart<P: Platform>() {
    let (first, second) = to_self::<P, _>((data::<P>(&[1]), data::<P>(&[2]))).await;
    assert_eq!(
        (first.materialize().unwrap(), second.materialize().unwrap()),
        (vec![1], vec![2])
    );
}

/// They arrive wherever they stand in a message.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_arrives_anywhere_in_a_message<P: Platform>() {
    let list: Vec<_> = (0..5).map(|n| Some((n, data::<P>(&[n; 3])))).collect();
    for (index, entry) in to_self::<P, _>(list).await.into_iter().enumerate() {
        let (number, data) = entry.unwrap();
        assert_eq!(
            (usize::from(number), data.materialize().unwrap()),
            (index, vec![number; 3])
        );
    }
}

/// Without being sent they can be materialized once; a clone has nothing left.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_is_materialized_once<P: Platform>() {
    let data = data::<P>(&[1]);
    let clone = data.clone();
    assert_eq!(data.materialize().unwrap(), [1]);
    assert!(matches!(
        clone.materialize(),
        Err(AlreadyMaterialized { .. })
    ));
}

/// Of two handles to one buffer in a message the first that is materialized wins.
async fn same_twice<P: Platform>(first: usize) {
    let data = data::<P>(&[1]);
    let mut handles: Vec<_> = to_self::<P, _>(vec![data.clone(), data]).await;
    assert_eq!(handles.remove(first).materialize().unwrap(), [1]);
    assert!(handles.remove(0).materialize().is_err());
}

/// One buffer twice in a message: the first handle gets it, if asked first.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_sent_twice_gives_the_first_its_bytes<P: Platform>() {
    same_twice::<P>(0).await;
}

/// One buffer twice in a message: the second handle gets it, if asked first.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_sent_twice_gives_the_second_its_bytes<P: Platform>() {
    same_twice::<P>(1).await;
}

/// The sender of the bytes has them no longer.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_is_gone_for_its_sender<P: Platform>() {
    let data = data::<P>(&[1]);
    let kept = data.clone();
    let back = round_trips::<P, _>(vec![data]).await.remove(0);
    assert!(kept.materialize().is_err());
    assert_eq!(back.materialize().unwrap(), [1]);
}

/// Asserts that a send that fails leaves the bytes in the message.
async fn failed_send<P: Platform, T: Message>(message: T, take: fn(T) -> TransferableTypedData<P>) {
    let port = ReceivePort::<P, T>::new();
    let error = port.send_port().send(message).unwrap_err();
    assert_eq!(take(error.message).materialize().unwrap(), [1, 2]);
}

/// A send that fails after the data consumes nothing.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_failed_to_send_test`.
pub async fn transferable_survives_a_failure_behind_it<P: Platform>() {
    failed_send::<P, _>((data(&[1, 2]), Refusing), |(data, _)| data).await;
}

/// A send that fails before the data consumes nothing.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_failed_to_send_test`.
pub async fn transferable_survives_a_failure_before_it<P: Platform>() {
    failed_send::<P, _>((Refusing, data(&[1, 2])), |(_, data)| data).await;
}

/// A handle whose bytes were materialized can still be sent, and gives no bytes there.
///
/// Source: dart-sdk `tests/lib/isolate/transferable_test`.
pub async fn transferable_without_bytes_can_be_sent<P: Platform>() {
    let data = data::<P>(&[1]);
    let clone = data.clone();
    data.materialize().unwrap();
    assert!(to_self::<P, _>(clone).await.materialize().is_err());
}
