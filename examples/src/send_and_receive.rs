//! send_and_receive: one isolate a document, which sends back how many keys it has.

use insula::{TaskError, compute};

use crate::{
    documents::{Unreadable, count_keys, describe, documents},
    programs::Outcome,
};

/// Reads each document in an isolate of its own, all at once; the counts come in their order.
///
/// # Errors
/// An isolate did not start. A document that can't be read is a result of its own.
pub async fn count_each(
    documents: Vec<String>,
) -> Result<Vec<Result<usize, Unreadable>>, TaskError> {
    let tasks: Vec<_> = documents
        .into_iter()
        .map(|document| compute(count_keys, document))
        .collect();
    let mut counts = Vec::new();
    for task in tasks {
        counts.push(task.await?);
    }
    Ok(counts)
}

/// The program, on made-up documents.
///
/// # Errors
/// As [`count_each`].
pub async fn program() -> Outcome {
    Ok(describe(count_each(documents().await?).await?)?)
}
