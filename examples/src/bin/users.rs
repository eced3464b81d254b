//! Decodes users and persons through a balancer, with loads 3 and 1.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula::Error;
use insula_examples::users::{decode_all, users_json};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Error> {
    let lists = (0..20).map(|seed| users_json(2_000, seed)).collect();
    let (users, persons) = decode_all(insula::cores(), lists).await?;
    println!("{users} users, {persons} persons");
    Ok(())
}
