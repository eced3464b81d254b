//! digest, anywhere.

use insula_examples::{
    digest::{digest, piece},
    programs::Outcome,
    report::thousands,
};

use crate::way::Place;

/// A piece is made where its digest is.
fn digest_of(number: u64) -> [u8; 16] {
    digest(("a grain of salt".to_owned(), piece(number, 16 << 10)))
}

pub(super) async fn program(on: &Place) -> Outcome {
    let jobs: Vec<_> = (0..1000).map(|n| on.run(digest_of, n)).collect();
    let mut sums = Vec::new();
    for job in jobs {
        sums.push(job.await?);
    }
    let whole = digest((String::new(), sums.concat()));
    let whole: String = whole.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{} digests, {whole}", thousands(sums.len())))
}
