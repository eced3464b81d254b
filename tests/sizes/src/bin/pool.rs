//! `compute` on a pool of workers.

use insula::{ComputePool, Error, compute};

fn greet(name: String) -> String {
    ["Hello, ", &name].concat()
}

async fn app() -> Result<(), Error> {
    let pool = ComputePool::install(2).await?;
    let there = compute(greet, "worker".to_owned()).await?;
    drop(pool);
    if there.len() == 13 {
        Ok(())
    } else {
        Err(Error::Closed)
    }
}

fn main() {
    insula::main(app);
}
