//! A message has a serde form, or it could not reach a Web Worker.

struct Plain {
    number: u32,
}

fn main() {
    let _task = insula::compute(|plain: Plain| plain.number, Plain { number: 1 });
}
