//! Serves until Ctrl-C, then finishes what was begun.
#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::Duration;

use insula_example_server::{app, pool};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = pool();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!(
        "curl --data-binary @picture.png http://{}/pictures -o picture.jpg",
        listener.local_addr()?
    );
    axum::serve(listener, app(pool.clone()))
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    let unbegun = pool.close_within(Duration::from_secs(5)).await?;
    println!("{} pictures were not begun", unbegun.len());
    Ok(())
}
