//! Packets that the application has put together itself: an isolate hears the bridge that it was spawned by, and the root
//! hears a worker that is ready.

use insula_web::{ReceivePort, SendPort, web::gloo::Packet};
use serde::{
    Deserialize,
    de::value::{BytesDeserializer, Error},
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::worker::{App, Input, Listeners};
use crate::common::{in_time, no_worker_is_left};

/// The packet of a plain message, by the format of packets: a list of texts and numbers.
fn packet(to: f64, texts: &[&str]) -> Packet {
    let count = u32::try_from(2 + texts.len()).expect("some");
    let mut bytes = vec![9];
    bytes.extend(count.to_le_bytes());
    let text = |text: &str, bytes: &mut Vec<u8>| {
        bytes.push(5);
        bytes.extend(u32::try_from(text.len()).expect("some").to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    text("insula", &mut bytes);
    bytes.push(4);
    bytes.extend(to.to_le_bytes());
    for value in texts {
        text(value, &mut bytes);
    }
    Packet::deserialize(BytesDeserializer::<Error>::new(&bytes)).expect("bytes are a packet")
}

/// Tells that it runs, and answers for ever.
async fn answerer(running: SendPort<SendPort<SendPort<u32>>>) {
    let mut questions = ReceivePort::<SendPort<u32>>::new();
    let _ = running.send(questions.send_port());
    while let Some(reply) = questions.next().await {
        let _ = reply.send(1);
    }
}

#[wasm_bindgen_test]
async fn an_isolate_hears_its_own_bridge_alone() {
    let mut app = App::new();
    let mut running = ReceivePort::new();
    let isolate = app.spawn(answerer, running.send_port()).await;
    let questions = in_time("its port", running.next()).await.expect("open");
    let text = format!("{questions:?}");
    let number = text.split(['#', ':']).nth(1).expect("a number");
    let number = u64::from_str_radix(number, 16).expect("in hex") as f64;
    for kind in ["kill", "channel", "on-behalf-of", "ended"] {
        app.bridge.send(Input::Isolate(packet(number, &[kind])));
        app.bridge
            .send(Input::Isolate(packet(number + 2.0, &[kind])));
    }
    app.adds().await;
    let mut answers = ReceivePort::new();
    questions.send(answers.send_port()).expect("it is sent");
    assert_eq!(in_time("an answer", answers.next()).await, Some(1));
    let listeners = Listeners::of(&isolate);
    isolate.kill(insula_web::Priority::Immediate);
    listeners.end().await;
    no_worker_is_left().await;
}
