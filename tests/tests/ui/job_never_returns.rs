//! A job that never returns has no result that could be sent.

fn main() {
    let _task = insula::compute(|()| loop {}, ());
}
