//! send_and_receive, anywhere.

use insula_examples::{
    documents::{count_keys, describe, one_of_four},
    programs::Outcome,
};

use crate::way::Place;

pub(super) async fn program(on: &Place) -> Outcome {
    let documents: Vec<_> = (0..4).map(|n| on.run(one_of_four, n)).collect();
    let mut jobs = Vec::new();
    for document in documents {
        jobs.push(on.run(count_keys, document.await?));
    }
    let mut counts = Vec::new();
    for job in jobs {
        counts.push(job.await?);
    }
    Ok(describe(counts)?)
}
