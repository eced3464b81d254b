//! restart, on isolates that die.

use insula::WorkerPool;
use insula_examples::{
    programs::Outcome,
    restart::{describe, jobs, supervise},
};

use crate::way::Place;

pub(super) async fn program(on: &Place) -> Outcome {
    let pool = match on {
        Place::Pool(pool) => pool.clone(),
        _ => WorkerPool::builder().max(1).build(), // whose isolate is replaced
    };
    Ok(describe(&supervise(&pool, jobs(10, 50_000)).await?))
}
