//! Two workers that talk to each other, with a channel of their own where ports are direct: in Blink and Gecko.

use std::{future::Future, time::Duration};

use insula_tests::within;
use insula_web::{
    Isolate, IsolateRunner, Message, Priority, ReceivePort, SendPort, Task, Web, sleep,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{block, in_time, javascript, no_worker_is_left, now_ms, runner, workers_are};

/// As long as it takes until two workers that have talked have a channel, on a busy machine.
const SETTLED: Duration = Duration::from_millis(300);

#[derive(Serialize, Deserialize)]
struct Ball {
    number: u32,
    back: SendPort<u32>,
}

/// Returns every ball.
async fn wall(ready: SendPort<SendPort<Ball>>) {
    let mut balls = ReceivePort::new();
    let _ = ready.send(balls.send_port());
    while let Some(Ball { number, back }) = balls.next().await {
        let _ = back.send(number);
    }
}

/// Plays so many balls, one after the other. Returns when it was done.
async fn play((wall, count): (SendPort<Ball>, u32)) -> f64 {
    let mut back = ReceivePort::new();
    for number in 0..count {
        let ball = Ball {
            number,
            back: back.send_port(),
        };
        wall.send(ball).expect("it can be sent");
        assert_eq!(back.next().await, Some(number));
    }
    now_ms()
}

/// A runner that is a wall, and where to throw.
async fn a_wall() -> (IsolateRunner, SendPort<Ball>) {
    let mut ready = ReceivePort::new();
    let runner = runner().await;
    drop(runner.run_async(wall, ready.send_port()));
    let balls = in_time("the wall", ready.next()).await.expect("open");
    (runner, balls)
}

/// A wall waits for balls as long as it stands.
async fn tear_down(wall: IsolateRunner) {
    wall.isolate().kill(Priority::Immediate);
    no_worker_is_left().await;
}

fn is_webkit() -> bool {
    let is_webkit = "!/Chrome|Firefox|Deno|Bun/.test(navigator.userAgent)";
    javascript(is_webkit).is_truthy()
}

#[wasm_bindgen_test]
async fn a_busy_page_holds_up_nobody() {
    let (wall, balls) = a_wall().await;
    let player = runner().await;
    let mut went_on = false;
    // On a machine that is busy too they may have no channel yet, or have no turn while the page is busy.
    for _ in 0..5 {
        let first = player.run_async(play, (balls.clone(), 10));
        in_time("the first balls", first)
            .await
            .expect("both are there");
        sleep(SETTLED).await;
        let game = player.run_async(play, (balls.clone(), 200));
        block(Duration::from_secs(2));
        let free_ms = now_ms();
        let done_ms = in_time("the game", game).await.expect("both are there");
        went_on |= done_ms < free_ms;
        if went_on {
            break;
        }
    }
    // In WebKit ports pass the page, so there are no channels.
    assert_eq!(went_on, !is_webkit());
    drop(player);
    tear_down(wall).await;
}

/// From the first message, which passes the page, to the last, which does not.
#[wasm_bindgen_test]
async fn messages_keep_their_order_while_a_channel_is_made() {
    async fn count(to: SendPort<Vec<u32>>) {
        for number in 0..3_000 {
            // Some are large, and so transferred.
            let length = if number % 7 == 0 { 10_000 } else { 1 };
            let _ = to.send(vec![number; length]);
            if number % 5 == 0 {
                sleep(Duration::ZERO).await;
            }
        }
    }
    async fn check(ready: SendPort<SendPort<Vec<u32>>>) -> u32 {
        let mut numbers = ReceivePort::new();
        let _ = ready.send(numbers.send_port());
        for number in 0..3_000 {
            assert_eq!(numbers.next().await.expect("open")[0], number);
        }
        3_000
    }
    let (sender, receiver) = (runner().await, runner().await);
    let mut ready = ReceivePort::new();
    let checked = receiver.run_async(check, ready.send_port());
    let to = in_time("the receiver", ready.next()).await.expect("open");
    let counted = sender.run_async(count, to);
    for _ in 0..20 {
        block(Duration::from_millis(10));
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(in_time("the check", checked).await, Ok(3_000));
    assert_eq!(in_time("the count", counted).await, Ok(()));
    drop((sender, receiver));
    no_worker_is_left().await;
}

#[derive(Serialize, Deserialize)]
struct Paused {
    wall: Isolate,
    balls: SendPort<Ball>,
}

/// A pause passes the page, and the ball behind it does not overtake it.
#[wasm_bindgen_test]
async fn events_do_not_overtake_control() {
    async fn pause_and_throw(Paused { wall, balls }: Paused) -> u32 {
        let mut back = ReceivePort::new();
        let mut early = 0;
        for number in 0..60 {
            let pause = wall.pause();
            balls
                .send(Ball {
                    number,
                    back: back.send_port(),
                })
                .expect("it can be sent");
            let soon = Duration::from_millis(4);
            early += u32::from(within::<Web, _>(soon, back.next()).await.is_some());
            wall.resume(pause);
            if early == 0 {
                assert_eq!(back.next().await, Some(number));
            }
        }
        early
    }
    let (wall, balls) = a_wall().await;
    let player = runner().await;
    let settle = player.run_async(play, (balls.clone(), 10));
    in_time("the first balls", settle)
        .await
        .expect("both are there");
    sleep(SETTLED).await;
    let game = player.run_async(
        pause_and_throw,
        Paused {
            wall: wall.isolate().clone(),
            balls,
        },
    );
    // The page is slow.
    let slow = async {
        loop {
            block(Duration::from_millis(8));
            sleep(Duration::from_millis(1)).await;
        }
    };
    within::<Web, _>(Duration::from_millis(700), slow).await;
    assert_eq!(in_time("the game", game).await, Ok(0));
    drop(player);
    tear_down(wall).await;
}

#[derive(Serialize, Deserialize)]
struct Watched {
    whom: Isolate,
    ready: SendPort<SendPort<u32>>,
}

/// Lets one isolate watch another, and tells where it listens.
async fn watching<R: Message, F: Future<Output = R> + 'static>(
    watcher: &IsolateRunner,
    whom: &IsolateRunner,
    watch: fn(Watched) -> F,
) -> (Task<R>, SendPort<u32>) {
    let mut ready = ReceivePort::new();
    let watched = Watched {
        whom: whom.isolate().clone(),
        ready: ready.send_port(),
    };
    let seen = watcher.run_async(watch, watched);
    let to = in_time("the watcher", ready.next()).await.expect("open");
    (seen, to)
}

/// Counts what comes before the end of `whom`, which is told as `END`, and what comes after it.
async fn watch(Watched { whom, ready }: Watched) -> (u32, u32) {
    let mut numbers = ReceivePort::<u32>::new();
    whom.add_exit_listener(&numbers.send_port(), END)
        .expect("a number can be sent");
    let _ = ready.send(numbers.send_port());
    let mut before = 0;
    while numbers.next().await.expect("open") != END {
        before += 1;
    }
    let mut after = 0;
    let quiet = Duration::from_millis(300);
    while within::<Web, _>(quiet, numbers.next()).await.is_some() {
        after += 1;
    }
    (before, after)
}

const END: u32 = u32::MAX;

async fn say_much(to: SendPort<u32>) {
    for number in 0..10 {
        let _ = to.send(number);
    }
    // By now they have a channel.
    sleep(SETTLED).await;
    for number in 10..2_000 {
        let _ = to.send(number);
    }
    Isolate::current().kill(Priority::BeforeNextEvent);
}

/// The last messages go by the channel, the end is told by the root.
#[wasm_bindgen_test]
async fn the_end_comes_after_the_last_message() {
    for _ in 0..3 {
        let (speaker, watcher) = (runner().await, runner().await);
        let (count, to) = watching(&watcher, &speaker, watch).await;
        drop(speaker.run_async(say_much, to));
        assert_eq!(in_time("the count", count).await, Ok((2_000, 0)));
        drop((speaker, watcher));
        no_worker_is_left().await;
    }
}

/// Nothing comes after the end of one that was stopped in the middle of a word.
#[wasm_bindgen_test]
async fn nothing_comes_after_the_end_by_a_kill() {
    async fn say_for_ever((to, page): (SendPort<u32>, SendPort<()>)) {
        for number in 0.. {
            let _ = to.send(number % 1_000);
            if number % 50 == 0 {
                sleep(Duration::from_millis(1)).await;
            }
            if number == 500 {
                let _ = page.send(());
            }
        }
    }
    let (speaker, watcher) = (runner().await, runner().await);
    let (count, to) = watching(&watcher, &speaker, watch).await;
    let mut speaks = ReceivePort::new();
    drop(speaker.run_async(say_for_ever, (to, speaks.send_port())));
    in_time("many words", speaks.next()).await;
    sleep(SETTLED).await;
    speaker.isolate().kill(Priority::Immediate);
    let (before, after) = in_time("the count", count).await.expect("it is there");
    // The last of them on a channel.
    assert!(before >= 400, "{before}");
    assert_eq!(after, 0);
    drop((speaker, watcher));
    no_worker_is_left().await;
}

/// The pong is the root's to send, after what the pinged isolate had sent on the channel.
#[wasm_bindgen_test]
async fn a_pong_comes_after_what_was_sent_before() {
    async fn chatter(to: SendPort<u32>) {
        for number in 0..600 {
            for _ in 0..20 {
                let _ = to.send(number);
            }
            sleep(Duration::from_millis(1)).await;
            if to.send(number).is_err() {
                return;
            }
        }
    }
    /// Each number comes 21 times; a ping is answered between two events, so never in the middle of twenty.
    async fn ping(Watched { whom, ready }: Watched) -> u32 {
        let mut numbers = ReceivePort::<u32>::new();
        let _ = ready.send(numbers.send_port());
        let mut counts = [0_u32; 600];
        let mut pongs = 0;
        while counts[599] < 21 {
            let number = numbers.next().await.expect("open");
            if number == END {
                pongs += 1;
                let torn = counts.iter().find(|count| !matches!(count, 0 | 20 | 21));
                assert_eq!(torn, None, "after {pongs} pongs");
            } else {
                counts[number as usize] += 1;
            }
            if counts[number.min(599) as usize] == 3 {
                whom.ping(&numbers.send_port(), END, Priority::Immediate)
                    .expect("a number can be sent");
            }
        }
        pongs
    }
    let (speaker, pinger) = (runner().await, runner().await);
    let (pongs, to) = watching(&pinger, &speaker, ping).await;
    drop(speaker.run_async(chatter, to));
    let pongs = in_time("the pongs", pongs).await.expect("it is there");
    assert!(pongs > 100, "{pongs}");
    drop((speaker, pinger));
    no_worker_is_left().await;
}

/// Who talks with many, one after the other, keeps none of their channels.
#[wasm_bindgen_test]
async fn channels_are_closed_with_either_end() {
    fn count_channels(_: ()) {
        javascript(
            "self.channels = 0;
             const set = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage').set;
             Object.defineProperty(MessagePort.prototype, 'onmessage', { set(handler) {
               if (handler) self.channels += 1;
               set.call(this, handler);
             }});
             const close = MessagePort.prototype.close;
             MessagePort.prototype.close = function () { self.channels -= 1; close.call(this); };
             self.most = 0;
             setInterval(() => { self.most = Math.max(self.most, self.channels); }, 1);",
        );
    }
    fn channels(_: ()) -> (f64, f64) {
        let number = |name| javascript(name).as_f64().expect("a number");
        (number("self.channels"), number("self.most"))
    }
    let (wall, balls) = a_wall().await;
    in_time("the counter", wall.run(count_channels, ()))
        .await
        .expect("it is there");
    for round in 0..10 {
        let player = runner().await;
        in_time("the balls", player.run_async(play, (balls.clone(), 10)))
            .await
            .expect("both are there");
        sleep(Duration::from_millis(50)).await;
        if round % 2 == 0 {
            player.isolate().kill(Priority::Immediate);
        }
        drop(player);
        workers_are(1).await;
    }
    sleep(SETTLED).await;
    let (left, most) = in_time("the channels", wall.run(channels, ()))
        .await
        .expect("it is there");
    assert_eq!(left, 0.0);
    assert_eq!(most > 0.0, !is_webkit(), "{most}");
    tear_down(wall).await;
}
