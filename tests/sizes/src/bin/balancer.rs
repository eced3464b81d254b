//! `hello.rs` with a balancer instead of the runner.

use insula::{Error, LoadBalancer, compute};

fn greet(name: String) -> String {
    ["Hello, ", &name].concat()
}

async fn app() -> Result<(), Error> {
    let here = compute(greet, "page".to_owned()).await?;
    let balancer = LoadBalancer::spawn(2).await?;
    let there = balancer.run(greet, "worker".to_owned()).await?;
    if here.len() + there.len() == 24 {
        Ok(())
    } else {
        Err(Error::Closed)
    }
}

fn main() {
    insula::main(app);
}
