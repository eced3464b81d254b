//! A closure that captures can't travel to a worker.

fn main() {
    let factor = std::env::args().count();
    let _task = insula::compute(|number: usize| number * factor, 2);
}
