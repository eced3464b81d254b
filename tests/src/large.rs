//! Large messages arrive whole.

use std::fmt::Debug;

use insula_core::{Message, Platform, ReceivePort, TransferableTypedData};

use crate::{differences::Refusing, messages::round_trips};

/// So many bytes of numbers arrive equal.
async fn arrives<P: Platform, T: Message + Clone + PartialEq + Debug>(
    bytes: usize,
    make: impl Fn(usize) -> T,
) {
    let values: Vec<T> = (0..bytes / size_of::<T>()).map(make).collect();
    assert!(
        round_trips::<P, _>(vec![values.clone()]).await == [values],
        "numbers of {} bytes differ",
        size_of::<T>()
    );
}

/// Two mebibytes of bytes, and a good part of one of each other kind of number, arrive equal, with their type.
///
/// Source: dart-sdk `tests/lib/isolate/large_byte_data_test`.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "any pattern of bits will do"
)]
pub async fn megabytes_arrive_with_their_type<P: Platform>() {
    /// Each number is encoded by itself, which takes its time in a build without optimization.
    const OTHERS: usize = 256 << 10;
    arrives::<P, _>(2 << 20, |n| n as u8).await;
    arrives::<P, _>(OTHERS, |n| n as i8).await;
    arrives::<P, _>(OTHERS, |n| n as u16).await;
    arrives::<P, _>(OTHERS, |n| n as i16).await;
    arrives::<P, _>(OTHERS, |n| n as u32).await;
    arrives::<P, _>(OTHERS, |n| n as i32).await;
    arrives::<P, _>(OTHERS, |n| n as u64).await;
    arrives::<P, _>(OTHERS, |n| n as i64).await;
    arrives::<P, _>(OTHERS, |n| n as f32).await;
    arrives::<P, _>(OTHERS, |n| n as f64).await;
}

/// A gibibyte arrives whole.
///
/// Source: dart-sdk `tests/lib/isolate/int32_length_overflow_test`.
pub async fn gibibyte_arrives_whole<P: Platform>() {
    const LENGTH: usize = 1 << 30;
    let mut data = vec![0_u8; LENGTH];
    data[LENGTH - 1] = 7;
    let mut port = ReceivePort::<P, TransferableTypedData<P>>::new();
    port.send_port()
        .send(TransferableTypedData::from_slices(&[&data]))
        .unwrap();
    drop(data);
    let data = port.next().await.unwrap().materialize().unwrap();
    assert_eq!((data.len(), data[0], data[LENGTH - 1]), (LENGTH, 0, 7));
}

/// A message that can't be sent comes back with its large buffers, and they can be sent afterwards.
///
/// Source: dart-sdk `tests/lib/isolate/large_byte_data_leak_test`.
pub async fn failed_send_leaves_large_buffers_usable<P: Platform>() {
    let mut port = ReceivePort::<P, (Vec<u8>, Option<Refusing>, Vec<u8>)>::new();
    let error = port
        .send_port()
        .send((vec![1; 10_000], Some(Refusing), vec![2; 10_000]))
        .unwrap_err();
    let (first, _, second) = error.message;
    assert_eq!((first.len(), second.len()), (10_000, 10_000));
    port.send_port().send((first, None, second)).unwrap();
    let (first, refusing, second) = port.next().await.unwrap();
    assert!(refusing.is_none() && first == [1; 10_000] && second == [2; 10_000]);
}
