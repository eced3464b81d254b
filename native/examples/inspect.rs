//! What a program tells of itself while it hangs. `cargo run -p insula-native --example inspect`
#![expect(clippy::print_stdout, reason = "it shows a table")]

use std::{
    hint,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use insula_native::{IsolateRunner, WorkerPool, inspect};

/// A bug: nobody sets it.
static IS_LOADED: AtomicBool = AtomicBool::new(false);

fn resize(pixels: Vec<u8>) -> usize {
    while !IS_LOADED.load(Ordering::Relaxed) {
        hint::spin_loop();
    }
    pixels.len() / 4
}

fn main() {
    inspect(); // isolates note from now on when events begin
    insula_native::main(async || {
        let mail = IsolateRunner::builder().debug_name("mail").spawn().await?;
        let resume = mail.isolate().pause(); // forgotten
        let letters: Vec<_> = (0..7).map(|n| mail.run(|n: u32| n, n)).collect();

        let pool = WorkerPool::builder().debug_name("photos").max(2).build();
        let jobs: Vec<_> = ["cat.jpg", "dog.jpg", "owl.jpg"]
            .into_iter()
            .map(|file| pool.job(resize, vec![0; 64]).label(file).start())
            .collect();

        insula_native::sleep(Duration::from_millis(2300)).await;
        println!("{}", inspect());
        drop((letters, jobs, resume));
        Ok::<(), insula_native::Error>(())
    });
}
