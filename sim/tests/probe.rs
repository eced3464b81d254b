use insula_sim::*;
use std::time::{Duration, SystemTime};
async fn pingpong(n: u32) -> u32 {
    let mut port = ReceivePort::new();
    let to = port.send_port();
    Isolate::spawn_async(|to: SendPort<(u32, SendPort<u32>)>| async move {
        let mut inbox = ReceivePort::<u32>::new();
        let mut n = 0;
        loop { to.send((n, inbox.send_port())).unwrap(); n = inbox.next().await.unwrap(); if n == 0 { break } }
    }, to).await.unwrap();
    let mut got = 0;
    for i in 1..=n { let (v, back) = port.next().await.unwrap(); got = v; back.send(if i == n { 0 } else { i }).unwrap(); }
    got
}
#[test]
fn measure() {
    for _ in 0..4 {
    let t = SystemTime::now(); let mut steps = 0;
    for seed in 0..1000 { let r = run(seed, pingpong(3)); steps += r.steps(); assert!(r.left.is_empty()); }
    println!("1000 ping-pong: {:?}, {steps} steps", t.elapsed().unwrap());
    }
    let t = SystemTime::now(); let r = run(1, pingpong(1000));
    println!("1 × 1000 round trips: {:?}, {} steps", t.elapsed().unwrap(), r.steps());
    let t = SystemTime::now();
    assert!(Sim::try_run(0, async { loop { sleep(Duration::from_millis(1)).await } }).is_err());
    println!("runaway: {:?}", t.elapsed().unwrap());
}
