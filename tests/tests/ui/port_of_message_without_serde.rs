//! The same is said of a port for such messages.

struct Plain {
    number: u32,
}

fn main() {
    let port = insula::ReceivePort::<Plain>::new();
    port.send_port().send(Plain { number: 1 }).unwrap();
}
