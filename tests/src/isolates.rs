//! Isolates that start each other and hand on ports.

use std::collections::HashMap;

use insula_core::{Isolate, IsolateRunner, Platform, ReceivePort, SendPort, Start, ask, logs};
use serde::{Deserialize, Serialize};

use crate::{
    starting::{start, start_with},
    support::ok,
};

async fn send_to<P: Platform>(start: Start<SendPort<P, u32>>) {
    start.message.send(100).unwrap();
}

async fn pass_on<P: Platform>(start: Start<(SendPort<P, SendPort<P, u32>>, SendPort<P, u32>)>) {
    let (hello, result) = start.message;
    let mut port = ReceivePort::new();
    hello.send(port.send_port()).unwrap();
    result.send(port.next().await.unwrap()).unwrap();
}

/// One isolate sends to another by a port that it got from the main one.
///
/// Source: dart-sdk `tests/lib/isolate/cross_isolate_message_test`.
pub async fn isolate_sends_to_another_by_its_port<P: Platform>() {
    let (mut hello, mut result) = (ReceivePort::new(), ReceivePort::new());
    start::<P, _, _>(pass_on::<P>, (hello.send_port(), result.send_port())).await;
    start::<P, _, _>(send_to::<P>, hello.next().await.unwrap()).await;
    assert_eq!(result.next().await, Some(100));
}

/// A program started by a program reaches the host.
///
/// Source: dart-sdk `tests/lib/isolate/nested_spawn_test`.
pub async fn nested_isolate_reaches_the_host<P: Platform>() {
    async fn outer<P: Platform>(start: Start<SendPort<P, u32>>) {
        crate::starting::start::<P, _, _>(send_to::<P>, start.message).await;
    }
    let mut port = ReceivePort::<P, u32>::new();
    start::<P, _, _>(outer::<P>, port.send_port()).await;
    assert_eq!(port.next().await, Some(100));
}

type Talk<P> = SendPort<P, (u32, SendPort<P, u32>)>;

/// A program talks on after the one that started it has ended.
///
/// Source: dart-sdk `tests/lib/isolate/nested_spawn2_test`.
pub async fn nested_isolate_outlives_its_parent<P: Platform>() {
    async fn inner<P: Platform>(start: Start<SendPort<P, Talk<P>>>) {
        let mut talk = ReceivePort::<P, (u32, SendPort<P, u32>)>::new();
        start.message.send(talk.send_port()).unwrap();
        while let Some((number, reply)) = talk.next().await {
            reply.send(number + 1).unwrap();
            if number == 0 {
                break;
            }
        }
    }
    async fn outer<P: Platform>(start: Start<SendPort<P, Talk<P>>>) {
        crate::starting::start::<P, _, _>(inner::<P>, start.message).await;
    }
    let (mut hello, mut ended) = (
        ReceivePort::<P, Talk<P>>::new(),
        ReceivePort::<P, ()>::new(),
    );
    start_with(
        Isolate::builder().on_exit(ended.send_port()),
        outer::<P>,
        hello.send_port(),
    )
    .await;
    let talk = hello.next().await.unwrap();
    ended.next().await;
    for number in [5, 3, 0] {
        assert_eq!(ok(ask(&talk, |reply| (number, reply))).await, number + 1);
    }
}

/// The message of a link of the chain: the port of the next link, and a port for its own.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct Link<P: Platform> {
    name: String,
    next: SendPort<P, String>,
    hello: SendPort<P, SendPort<P, String>>,
}

async fn link<P: Platform>(start: Start<Link<P>>) {
    let Link { name, next, hello } = start.message;
    let mut port = ReceivePort::<P, String>::new();
    hello.send(port.send_port()).unwrap();
    let heard = port.next().await.unwrap();
    next.send(format!("{heard} {name}")).unwrap();
}

/// A text goes from isolate to isolate by ports that the first one handed out, and home again.
///
/// Source: dart-sdk `tests/lib/isolate/unresolved_ports_test`.
pub async fn ports_carry_a_text_along_a_chain<P: Platform>() {
    let mut home = ReceivePort::<P, String>::new();
    let (mut next, mut hello) = (home.send_port(), ReceivePort::new());
    for name in ["bob", "tim", "beth"] {
        start::<P, _, _>(
            link::<P>,
            Link {
                name: name.to_owned(),
                next,
                hello: hello.send_port(),
            },
        )
        .await;
        next = hello.next().await.unwrap();
    }
    next.send("main".to_owned()).unwrap();
    assert_eq!(home.next().await.as_deref(), Some("main beth tim bob"));
}

/// An isolate that has not run its first event answers a ping, and runs that event when it is resumed.
///
/// Source: dart-sdk `tests/lib/isolate/unresolved_ports_test`.
pub async fn ping_is_answered_before_the_first_event<P: Platform>() {
    let (mut said, mut answers) = (ReceivePort::<P, u32>::new(), ReceivePort::<P, u32>::new());
    let isolate = start_with(
        Isolate::builder().paused(true),
        send_to::<P>,
        said.send_port(),
    )
    .await;
    isolate
        .ping(&answers.send_port(), 1, insula_core::Priority::Immediate)
        .unwrap();
    assert_eq!(answers.next().await, Some(1));
    isolate.resume(isolate.pause_capability().unwrap());
    assert_eq!(said.next().await, Some(100));
}

/// How many steps a point takes to leave the circle, at most 20.
fn steps(cr: f64, ci: f64) -> u32 {
    let (mut r, mut i) = (0.0, 0.0);
    for step in 0..20 {
        (r, i) = (r * r - i * i + cr, 2.0 * r * i + ci);
        if r * r + i * i > 4.0 {
            return step;
        }
    }
    20
}

/// A line of the picture.
fn row(y: u32) -> Vec<u32> {
    (0..20)
        .map(|x| steps(f64::from(x) / 8.0 - 2.0, f64::from(y) / 8.0 - 1.25))
        .collect()
}

async fn draw<P: Platform>(start: Start<SendPort<P, (Vec<u32>, SendPort<P, Option<u32>>)>>) {
    let mut lines = ReceivePort::<P, Option<u32>>::new();
    let mut done = Vec::new();
    loop {
        start.message.send((done, lines.send_port())).unwrap();
        match lines.next().await.flatten() {
            Some(y) => done = [vec![y], row(y)].concat(),
            None => return,
        }
    }
}

/// Several isolates draw the lines of a picture as they become free; every line arrives once.
///
/// Source: dart-sdk `tests/lib/isolate/mandel_isolate_test`.
pub async fn workers_draw_every_line_once<P: Platform>() {
    const LINES: u32 = 20;
    const WORKERS: u32 = 5;
    let mut port = ReceivePort::<P, (Vec<u32>, SendPort<P, Option<u32>>)>::new();
    for _ in 0..WORKERS {
        start::<P, _, _>(draw::<P>, port.send_port()).await;
    }
    let (mut next, mut picture) = (0, HashMap::new());
    // Each worker says hello, and one message a line; it leaves when there is no line left.
    for _ in 0..LINES + WORKERS {
        let (done, worker) = port.next().await.unwrap();
        if let Some((y, points)) = done.split_first() {
            assert!(
                picture.insert(*y, points.to_vec()).is_none(),
                "line {y} came twice"
            );
        }
        worker.send((next < LINES).then_some(next)).unwrap();
        next += 1;
    }
    assert!((0..LINES).all(|y| picture[&y] == row(y)));
}

/// A request to a bank. Ports identify purses, as nothing can guess a port.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
enum Bank<P: Platform> {
    Mint {
        amount: u32,
        reply: SendPort<P, SendPort<P, ()>>,
    },
    Balance {
        purse: SendPort<P, ()>,
        reply: SendPort<P, Option<u32>>,
    },
    Move {
        from: SendPort<P, ()>,
        to: SendPort<P, ()>,
        amount: u32,
        reply: SendPort<P, bool>,
    },
}

async fn bank<P: Platform>(start: Start<SendPort<P, SendPort<P, Bank<P>>>>) {
    let mut requests = ReceivePort::<P, Bank<P>>::new();
    start.message.send(requests.send_port()).unwrap();
    let (mut balances, mut ports) = (HashMap::new(), Vec::new());
    while let Some(request) = requests.next().await {
        match request {
            Bank::Mint { amount, reply } => {
                let port = ReceivePort::<P, ()>::new();
                balances.insert(port.send_port(), amount);
                reply.send(port.send_port()).unwrap();
                ports.push(port);
            }
            Bank::Balance { purse, reply } => reply.send(balances.get(&purse).copied()).unwrap(),
            Bank::Move {
                from,
                to,
                amount,
                reply,
            } => {
                let covered = balances.contains_key(&to)
                    && balances
                        .get(&from)
                        .is_some_and(|balance| *balance >= amount);
                if covered {
                    *balances.get_mut(&from).unwrap() -= amount;
                    *balances.get_mut(&to).unwrap() += amount;
                }
                reply.send(covered).unwrap();
            }
        }
    }
}

/// Ports are capabilities. A bank finds its own purses by their ports, and no purse by another port.
///
/// Source: dart-sdk `tests/lib/isolate/mint_maker_test`.
pub async fn bank_knows_purses_by_their_ports<P: Platform>() {
    let mut hello = ReceivePort::<P, SendPort<P, Bank<P>>>::new();
    let isolate = start::<P, _, _>(bank::<P>, hello.send_port()).await;
    let bank = &hello.next().await.unwrap();
    let mint = |amount| ok(ask(bank, move |reply| Bank::Mint { amount, reply }));
    let balance = |purse: &SendPort<P, ()>| {
        ok(ask(bank, |reply| Bank::Balance {
            purse: purse.clone(),
            reply,
        }))
    };
    let (alice, bob) = (mint(10).await, mint(0).await);
    let transfer = |amount| {
        ok(ask(bank, |reply| Bank::Move {
            from: alice.clone(),
            to: bob.clone(),
            amount,
            reply,
        }))
    };
    assert!(transfer(4).await);
    assert!(!transfer(7).await);
    assert_eq!(
        (balance(&alice).await, balance(&bob).await),
        (Some(6), Some(4))
    );
    assert_eq!(
        balance(&ReceivePort::<P, ()>::new().send_port()).await,
        None
    );
    isolate.kill(insula_core::Priority::Immediate);
}

async fn spawn_uri_multi<P: Platform>(start: Start<(u32, SendPort<P, u32>)>) {
    let (number, port) = start.message;
    port.send(number).unwrap();
}

/// The same program can run many times at once.
///
/// Source: dart-sdk `tests/lib/isolate/spawn_uri_multi_test`.
pub async fn program_runs_many_times_at_once<P: Platform>() {
    let mut port = ReceivePort::<P, u32>::new();
    for number in 0..5 {
        start::<P, _, _>(spawn_uri_multi::<P>, (number, port.send_port())).await;
    }
    let mut numbers = crate::support::take(&mut port, 5).await;
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2, 3, 4]);
}

/// A logger can ask which isolate has written what it handles. Code outside isolates has no name there.
pub async fn logger_is_told_who_writes<P: Platform>() {
    assert_eq!(logs::isolate::<P>(), None);
    let runner = IsolateRunner::<P>::builder().debug_name("writer").spawn();
    let runner = runner.await.unwrap();
    let told = runner.run(|()| logs::isolate::<P>(), ()).await;
    assert_eq!(told, Ok(Some("writer".to_owned())));
    // A record of another isolate is handled here, and the one who handles it goes on.
    logs::written_by("elsewhere", || {
        assert_eq!(logs::isolate::<P>().as_deref(), Some("elsewhere"));
    });
    assert_eq!(logs::isolate::<P>(), None);
}
