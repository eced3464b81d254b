//! Has lists sorted by one long-lived isolate that replies to a port in the message.
#![expect(clippy::print_stdout, reason = "a program's output")]

use insula::Error;
use insula_examples::sort::sort_all;

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Error> {
    for list in sort_all(vec![vec![3, 1, 2], vec![9, -9, 0]]).await? {
        println!("{list:?}");
    }
    Ok(())
}
