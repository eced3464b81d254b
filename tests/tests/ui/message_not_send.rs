//! What is bound to its thread can't be moved to another isolate.

use std::rc::Rc;

fn main() {
    let shared = Rc::new(5);
    let _task = insula::Isolate::spawn(move |number: u32| drop((shared, number)), 1);
}
