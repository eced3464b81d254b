//! images, anywhere.

use insula_examples::{
    documents::Unreadable,
    images::{COUNT, SIZE, describe, picture, shrink},
    programs::Outcome,
};

use crate::way::Place;

/// A picture is made where it is shrunk.
fn make_and_shrink(seed: u64) -> Result<Vec<u8>, Unreadable> {
    shrink(picture((SIZE.0, SIZE.1, seed))?)
}

pub(super) async fn program(on: &Place) -> Outcome {
    let jobs: Vec<_> = (0..COUNT)
        .map(|seed| on.run(make_and_shrink, seed))
        .collect();
    let (mut ready, mut bytes) = (0, 0);
    for job in jobs {
        bytes += job.await??.len();
        ready += 1;
    }
    Ok(describe(ready, bytes))
}
