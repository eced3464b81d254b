//! What a runner is given can't capture either: the argument carries what it needs.

use insula::IsolateRunner;

fn double(runner: &IsolateRunner, factor: u32) {
    let _task = runner.run(|number: u32| number * factor, 2);
}

fn main() {}
