//! What goes to another isolate may outlive the caller: a closure owns what it captures.

fn main() {
    let text = String::from("three blind mice");
    let _task = insula::Isolate::run(|| text.len());
}
