//! Ports for one message: callbacks, responses, results.

use insula_core::{
    Isolate, Platform, ReceivePort, RemoteError, SendPort, Start, TaskError,
    ports::{
        RemoteResult, SingleResponseChannel, send_result, single_callback_port,
        single_callback_port_with_timeout, single_response, single_result,
    },
};

use crate::{
    starting::{start, start_with},
    support::{drain, ms, ok, within},
};

/// The callback gets the first message, and no other.
pub async fn single_callback_port_takes_one_message<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let heard = port.send_port();
    let to = single_callback_port::<P, u32>(move |number| heard.send(number).unwrap());
    to.send(1).unwrap();
    to.send(2).unwrap();
    assert_eq!(port.next().await, Some(1));
    insula_core::sleep::<P>(ms(20)).await;
    assert!(drain(&mut port).is_empty());
}

/// A message in time goes before the value for the case that none comes.
pub async fn single_callback_port_prefers_a_message_in_time<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let heard = port.send_port();
    let to = single_callback_port_with_timeout::<P, u32>(
        move |number| heard.send(number).unwrap(),
        ms(200),
        9,
    );
    to.send(1).unwrap();
    assert_eq!(port.next().await, Some(1));
    insula_core::sleep::<P>(ms(300)).await;
    assert!(drain(&mut port).is_empty());
}

/// When no message comes in time the callback gets the value that was given for that.
pub async fn single_callback_port_gets_a_value_after_its_limit<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    let heard = port.send_port();
    let to = single_callback_port_with_timeout::<P, u32>(
        move |number| heard.send(number).unwrap(),
        ms(1),
        9,
    );
    assert_eq!(port.next().await, Some(9));
    to.send(1).unwrap();
    insula_core::sleep::<P>(ms(20)).await;
    assert!(drain(&mut port).is_empty());
}

/// Once the message has come, nothing keeps the isolate alive, not even the limit.
pub async fn single_callback_port_lets_its_isolate_end<P: Platform>() {
    async fn hear_one<P: Platform>(_: Start<()>) {
        let to = single_callback_port_with_timeout::<P, u32>(|_| {}, ms(600_000), 9);
        to.send(1).unwrap();
    }
    let mut ended = ReceivePort::<P, ()>::new();
    let isolate = start_with(
        Isolate::builder().on_exit(ended.send_port()),
        hear_one::<P>,
        (),
    )
    .await;
    let end = within::<P, _>(ms(5_000), ended.next()).await;
    isolate.kill(insula_core::Priority::Immediate);
    assert!(end.is_some(), "the timer should be gone with the message");
}

/// The first message to the port is the response.
pub async fn single_response_takes_the_first_message<P: Platform>() {
    let response = single_response::<P, u32>(|port| {
        port.send(1).unwrap();
        port.send(2).unwrap();
    });
    assert_eq!(ok(response).await, 1);
}

/// A response can come from another isolate.
pub async fn single_response_comes_from_elsewhere<P: Platform>() {
    async fn respond<P: Platform>(start: Start<SendPort<P, u32>>) {
        start.message.send(5).unwrap();
    }
    let mut port = None;
    let response = single_response::<P, u32>(|to| port = Some(to));
    start::<P, _, _>(respond::<P>, port.unwrap()).await;
    assert_eq!(ok(response).await, 5);
}

/// A response that does not come in time is an error.
pub async fn single_response_can_time_out<P: Platform>() {
    let response = single_response::<P, u32>(|_| {});
    assert!(matches!(
        response.timeout(ms(1)).await,
        Err(TaskError::TimedOut)
    ));
}

/// A value that is sent as a result arrives as that value.
pub async fn single_result_gives_the_value<P: Platform>() {
    let mut port = None;
    let result = single_result::<P, u32>(|to| port = Some(to));
    send_result::<P, u32, RemoteError>(async { Ok(5) }, port.unwrap()).await;
    assert_eq!(ok(result).await, 5);
}

/// An error that is sent as a result arrives with its text.
pub async fn single_result_gives_the_error<P: Platform>() {
    let mut port = None;
    let result = single_result::<P, u32>(|to: SendPort<P, RemoteResult<u32>>| port = Some(to));
    send_result(async { "x".parse::<u32>() }, port.unwrap()).await;
    let Err(TaskError::Failed(error)) = result.await else {
        panic!("an error was sent")
    };
    assert_eq!(error.description(), "invalid digit found in string");
}

/// A channel gives the first response.
pub async fn single_response_channel_gives_the_first<P: Platform>() {
    let channel = SingleResponseChannel::<P, u32>::new();
    let port = channel.port();
    port.send(1).unwrap();
    port.send(2).unwrap();
    assert_eq!(ok(channel.result()).await, 1);
}

/// A channel can be given its result from this side; only the first counts.
pub async fn single_response_channel_can_be_interrupted<P: Platform>() {
    let channel = SingleResponseChannel::<P, u32>::new();
    let (port, interrupt) = (channel.port(), channel.interrupter());
    interrupt.interrupt(7);
    interrupt.interrupt(8);
    port.send(1).unwrap();
    assert_eq!(ok(channel.result()).await, 7);
}
