//! A receive port stays where it was opened; its send port is what travels.

fn hear(mut port: insula::ReceivePort<u32>) -> Option<u32> {
    port.try_recv().ok()
}

fn main() {
    let _task = insula::compute(hear, insula::ReceivePort::<u32>::new());
}
