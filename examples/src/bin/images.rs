//! Shrinks pictures on a pool, with a bar of how many are ready.
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::io::{IsTerminal, Write};

use insula_examples::images::{self, COUNT};

fn main() {
    insula::main(app);
}

async fn app() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", images::run(show).await?);
    Ok(())
}

/// Draws the bar anew, where somebody can see it.
fn show(ready: u64) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let (done, rest) = (
            "#".repeat(ready as usize),
            ".".repeat((COUNT - ready) as usize),
        );
        let end = if ready == COUNT { "\n" } else { "" };
        // A bar that can't be drawn harms nothing.
        let _ = write!(terminal, "\r[{done}{rest}] {ready} of {COUNT}{end}")
            .and_then(|()| terminal.flush());
    }
}
