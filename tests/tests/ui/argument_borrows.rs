//! A message owns its data: a job takes a `String` and not a `&str`.

fn count(text: &str) -> usize {
    text.len()
}

fn main() {
    let _task = insula::compute(count, "three blind mice");
}
