//! What a malformed document and a panic look like to the caller.

use insula::{IsolateRunner, TaskError};
use insula_examples::photos::{decode, decode_carelessly};

use crate::{
    js::Fault,
    page::{Outcome, thousands},
    pieces::Pieces,
    way,
};

/// How much of the document an isolate gets to panic over.
const SAMPLE_BYTES: u32 = 100_000;

/// Has a worker decode a document that is broken in its middle.
pub(crate) async fn malformed(document: &Pieces, outcome: &Outcome) -> Result<(), Fault> {
    let spoilt = document
        .spoilt()
        .ok_or_else(|| Fault::new("the document has no title to spoil"))?;
    let runner = IsolateRunner::builder()
        .debug_name("photos")
        .spawn()
        .await?;
    let error = match runner.run(decode, spoilt.document).await? {
        Ok(photos) => {
            return Err(Fault::new(format!(
                "{} photos came out of a malformed document",
                photos.len()
            )));
        }
        Err(error) => error,
    };
    outcome.say(&format!(
        "ParseError: {} at line {}, column {}",
        error.message, error.line, error.column
    ))?;
    outcome.source(&spoilt.line, error.column)
}

/// Has a pool panic, then decode.
pub(crate) async fn panic(document: &Pieces, outcome: &Outcome) -> Result<(), Fault> {
    let size = way::pool_size();
    let pool = way::pool("photos").await?;
    let places = document.cut(SAMPLE_BYTES);
    let sample = || document.part(&places[0]);
    match pool.run(decode_carelessly, sample()).await {
        Ok(_) => return Err(Fault::new("the function did not panic")),
        Err(TaskError::Panicked(error)) => {
            outcome.say("TaskError::Panicked: the worker lives on")?;
            outcome.quote(&format!("{error}\n{}", error.stack_trace()))?;
        }
        Err(lost @ TaskError::IsolateLost { .. }) => {
            outcome.say("TaskError::IsolateLost: the worker is gone")?;
            outcome.quote(&lost.to_string())?;
        }
        Err(other) => return Err(other.into()),
    }
    // As many jobs as isolates, so that the place of the lost one gets its share.
    let tasks: Vec<_> = (0..size).map(|_| pool.run(decode, sample())).collect();
    let mut decoded = 0;
    for task in tasks {
        decoded += task.await??.len();
    }
    outcome.say(&format!(
        "The pool went on: after that it decoded {} photos.",
        thousands(decoded)
    ))
}
