//! images, anywhere; it gives each picture away as it is ready.

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

pub(super) async fn program(on: &Place, mut show: impl FnMut(&[u8])) -> Outcome {
    let jobs: Vec<_> = (0..COUNT)
        .map(|seed| on.run(make_and_shrink, seed))
        .collect();
    let (mut ready, mut bytes) = (0, 0);
    for job in jobs {
        let jpeg = job.await??;
        bytes += jpeg.len();
        ready += 1;
        show(&jpeg);
    }
    Ok(describe(ready, bytes))
}
