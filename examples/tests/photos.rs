//! photos, natively: the same results everywhere, and what happens when something is wrong.

use std::time::Duration;

use insula::{
    IsolateRunner, LoadBalancer, Priority, TaskError, TransferableTypedData, block_on, compute,
};
use insula_examples::photos::{Photo, checksum, decode, decode_carelessly, document, spoil};

fn data(document: &[u8]) -> TransferableTypedData {
    TransferableTypedData::from_slices(&[document])
}

#[test]
fn an_isolate_decodes_what_the_caller_would() {
    let document = document(1000, 1);
    let here = decode(data(&document)).unwrap();
    let there = block_on(compute(decode, data(&document))).unwrap().unwrap();
    assert_eq!(here.len(), 1000);
    assert_eq!(here, there);
    assert_eq!(checksum(&here), checksum(&there));
}

#[test]
fn the_checksum_is_known() {
    // Written down once, so that no platform can agree with itself on another.
    let photos = decode(data(&document(1000, 1))).unwrap();
    assert_eq!(format!("{:016x}", checksum(&photos)), "bf2b5322cb6439a6");
}

#[test]
fn the_checksum_sees_every_field() {
    let photos = decode(data(&document(3, 1))).unwrap();
    let changes: [fn(&mut Photo); 5] = [
        |photo| photo.album_id += 1,
        |photo| photo.id += 1,
        |photo| photo.title.push('x'),
        |photo| photo.url.push('x'),
        |photo| photo.thumbnail_url.push('x'),
    ];
    for change in changes {
        let mut changed = photos.clone();
        change(&mut changed[1]);
        assert_ne!(checksum(&changed), checksum(&photos));
    }
    let mut shifted = photos.clone();
    let last = shifted[0].title.pop().unwrap();
    shifted[0].url.insert(0, last);
    assert_ne!(checksum(&shifted), checksum(&photos));
}

#[test]
fn malformed_json_comes_back_as_the_programs_own_error() {
    let mut document = document(1000, 1);
    let middle = document.len() / 2;
    let spoilt = middle + spoil(&mut document[middle..]).unwrap();
    let line = document[..spoilt]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1;
    let line_start = document[..spoilt]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap()
        + 1;
    let error = block_on(compute(decode, data(&document)))
        .unwrap()
        .unwrap_err();
    assert_eq!((error.line, error.column), (line, spoilt - line_start + 1));
    assert_eq!(
        error.to_string(),
        format!("expected `:` at line {line} column {}", error.column)
    );
}

#[test]
fn a_panic_comes_back_with_message_and_location() {
    let error = block_on(compute(decode_carelessly, data(&document(10, 1)))).unwrap_err();
    let TaskError::Panicked(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.description(), "none of 10 photos is without a title");
    assert!(
        error.stack_trace().contains("examples/src/photos.rs:"),
        "{}",
        error.stack_trace()
    );
}

#[test]
fn data_is_decoded_once() {
    let data = data(&document(1, 1));
    assert!(decode(data.clone()).is_ok());
    let error = decode(data).unwrap_err();
    assert_eq!(error.line, 0);
}

#[test]
fn a_runner_outlives_a_panic() {
    block_on(async {
        let runner = IsolateRunner::spawn().await.unwrap();
        let failed = runner.run(decode_carelessly, data(&document(10, 1))).await;
        assert!(matches!(failed, Err(TaskError::Panicked(_))), "{failed:?}");
        assert_eq!(
            runner
                .run(decode, data(&document(10, 1)))
                .await
                .unwrap()
                .unwrap()
                .len(),
            10
        );
        runner.close().await.unwrap();
    });
}

#[test]
fn a_balancer_replaces_a_runner_that_died() {
    block_on(async {
        let runner = IsolateRunner::spawn().await.unwrap();
        let balancer = LoadBalancer::of([runner.clone()]);
        assert_eq!(
            balancer
                .run(decode, data(&document(10, 1)))
                .await
                .unwrap()
                .unwrap()
                .len(),
            10
        );
        runner.isolate().kill(Priority::Immediate);
        while !runner.is_lost() {
            insula::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(
            balancer
                .run(decode, data(&document(20, 1)))
                .await
                .unwrap()
                .unwrap()
                .len(),
            20
        );
        assert_eq!(balancer.len(), 1);
        balancer.close().await.unwrap();
    });
}
