//! `compute`, on the page's own event loop.

use insula::{Error, compute};

fn greet(name: String) -> String {
    ["Hello, ", &name].concat()
}

async fn app() -> Result<(), Error> {
    let greeting = compute(greet, "page".to_owned()).await?;
    if greeting.len() == 11 {
        Ok(())
    } else {
        Err(Error::Closed)
    }
}

fn main() {
    insula::main(app);
}
