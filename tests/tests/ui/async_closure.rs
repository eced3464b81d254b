//! An async closure is no function pointer; a closure that returns an async block is.

fn main() {
    let _task = insula::compute_async(async |number: u32| number * 2, 2);
}
