//! Nor can one that captures and awaits.

fn main() {
    let factor = std::env::args().count();
    let _task = insula::compute_async(|number: usize| async move { number * factor }, 2);
}
