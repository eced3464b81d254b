//! `hello.rs` with four more types of jobs.

use insula::{Error, IsolateRunner, compute};

fn greet(name: String) -> String {
    ["Hello, ", &name].concat()
}

fn sum(numbers: Vec<u32>) -> u64 {
    numbers.into_iter().map(u64::from).sum()
}

fn half(number: f64) -> f32 {
    (number / 2.0) as f32
}

fn is_short((text, limit): (String, u16)) -> bool {
    text.len() < usize::from(limit)
}

fn items(number: Option<i64>) -> Vec<i8> {
    number.map(|number| number as i8).into_iter().collect()
}

async fn app() -> Result<(), Error> {
    let here = compute(greet, "page".to_owned()).await?;
    let runner = IsolateRunner::spawn().await?;
    let there = runner.run(greet, "worker".to_owned()).await?;
    let sum = runner.run(sum, vec![1, 2, 3]).await?;
    let half = runner.run(half, 3.0).await?;
    let is_short = runner.run(is_short, ("mice".to_owned(), 9)).await?;
    let items = runner.run(items, Some(7)).await?;
    if here.len() + there.len() == 24 && sum == 6 && half > 1.0 && is_short && items.len() == 1 {
        Ok(())
    } else {
        Err(Error::Closed)
    }
}

fn main() {
    insula::main(app);
}
