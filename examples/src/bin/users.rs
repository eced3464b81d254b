//! Decodes users and persons through a pool, persons first.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula_examples::users;

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", users::program().await?);
    Ok(())
}
