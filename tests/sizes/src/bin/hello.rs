//! `compute` and one runner: the smallest application with a worker.

use insula::{Error, IsolateRunner, compute};

fn greet(name: String) -> String {
    ["Hello, ", &name].concat()
}

async fn app() -> Result<(), Error> {
    let here = compute(greet, "page".to_owned()).await?;
    let runner = IsolateRunner::spawn().await?;
    let there = runner.run(greet, "worker".to_owned()).await?;
    if here.len() + there.len() == 24 {
        Ok(())
    } else {
        Err(Error::Closed)
    }
}

fn main() {
    insula::main(app);
}
