//! 10,000 isolates, spawned, paused, resumed, pinged, asked and ended at random while messages fly, with thousands
//! alive at once. In the end nothing is left over and everybody who waits has been answered.
//!
//! The seed is printed; `INSULA_STRESS_SEED=…` takes the same decisions again, though threads will interleave anew.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::use_self,
    reason = "tests; serde's derive"
)]

use std::{fs, sync::mpsc, thread, time::Duration};

use insula_core::Platform;
use insula_native::{
    Capability, Isolate, Native, Priority, RawReceivePort, ReceivePort, RemoteError, SendPort,
    Task, TaskError, ask, error::TryRecvError,
};
use serde::{Deserialize, Serialize};

const ISOLATES: usize = 10_000;
/// How many are alive at once, at most.
const ALIVE: usize = 3_000;
/// How often something is done to an isolate, for each isolate that is spawned.
const ACTS: usize = 6;
/// How long anything may take that is waited for in the end.
const LIMIT: Duration = Duration::from_secs(10);

#[derive(Serialize, Deserialize)]
enum Request {
    /// Answers with the number after this one.
    Next(u64, SendPort<u64>),
    /// Sends the request on: another isolate may answer it, or none.
    Relay(SendPort<Request>, Box<Request>),
    Ignore(Vec<u8>),
    Panic,
    Exit(SendPort<u64>),
    Return,
}

/// Handles a request; false when it was the last.
fn handle(request: Request) -> bool {
    match request {
        Request::Next(number, reply) => reply.send(number + 1).unwrap(),
        Request::Relay(to, request) => to.send(*request).unwrap(),
        Request::Ignore(bytes) => drop(bytes),
        Request::Panic => panic!("asked to"),
        Request::Exit(port) => {
            let Err(error) = Isolate::exit(&port, 0);
            panic!("{error}");
        }
        Request::Return => return false,
    }
    true
}

/// Takes requests by a handler, as an isolate does whose loop is free in between.
fn by_handler((id, ready): (usize, SendPort<(usize, SendPort<Request>)>)) {
    let port = std::rc::Rc::new(std::cell::RefCell::new(None));
    let own = port.clone();
    let raw = RawReceivePort::new(move |request| {
        if !handle(request) {
            drop(own.take());
        }
    });
    ready.send((id, raw.send_port())).unwrap();
    *port.borrow_mut() = Some(raw);
}

/// Takes requests in a future.
async fn by_future((id, ready): (usize, SendPort<(usize, SendPort<Request>)>)) {
    let mut port = ReceivePort::new();
    ready.send((id, port.send_port())).unwrap();
    while let Some(request) = port.next().await {
        if !handle(request) {
            return;
        }
    }
}

/// Takes requests without ever returning to its loop.
fn by_waiting((id, ready): (usize, SendPort<(usize, SendPort<Request>)>)) {
    let mut port = ReceivePort::new();
    ready.send((id, port.send_port())).unwrap();
    while let Ok(request) = port.recv() {
        if !handle(request) {
            return;
        }
    }
}

/// Steele, Lea and Flood's SplitMix64: a few lines, and good enough to play dice.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut roll = self.0;
        roll = (roll ^ (roll >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        roll = (roll ^ (roll >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        roll ^= roll >> 31;
        usize::try_from(roll % end as u64).expect("it is below a usize")
    }

    fn priority(&mut self) -> Priority {
        if self.below(2) == 0 {
            Priority::Immediate
        } else {
            Priority::BeforeNextEvent
        }
    }
}

/// What the host knows of an isolate that it has not ended.
struct Alive {
    id: usize,
    isolate: Isolate,
    /// Where it takes requests, once it has said so.
    port: Option<SendPort<Request>>,
    pauses: Vec<Capability>,
    /// Whether its loop ever gets to what comes before the next event.
    returns: bool,
}

struct Host {
    dice: Dice,
    alive: Vec<Alive>,
    spawned: usize,
    alive_max: usize,
    ready: ReceivePort<(usize, SendPort<Request>)>,
    exits: ReceivePort<usize>,
    errors: ReceivePort<RemoteError>,
    pongs: ReceivePort<usize>,
    /// How often each isolate's exit was told.
    ended: Vec<u32>,
    /// Who waits, for what.
    asked: Vec<(u64, Task<u64>)>,
    pings: usize,
}

impl Host {
    fn spawn(&mut self) {
        let (id, message) = (self.spawned, (self.spawned, self.ready.send_port()));
        let builder = Isolate::builder()
            .debug_name(format!("stress {id}"))
            .on_error(self.errors.send_port())
            .paused(self.dice.below(8) == 0);
        let kind = self.dice.below(3);
        let spawned = match kind {
            0 => builder.spawn(by_handler, message),
            1 => builder.spawn_async(by_future, message),
            _ => builder.spawn(by_waiting, message),
        };
        let isolate = spawned.wait().expect("the system gives a thread");
        isolate
            .add_exit_listener(&self.exits.send_port(), id)
            .unwrap();
        let pauses = isolate.pause_capability().into_iter().collect();
        self.alive.push(Alive {
            id,
            isolate,
            port: None,
            pauses,
            returns: kind < 2,
        });
        self.spawned += 1;
        self.alive_max = self.alive_max.max(self.alive.len());
    }

    /// Does something to an isolate.
    fn act(&mut self) {
        if self.alive.is_empty() {
            return;
        }
        let (at, other) = (
            self.dice.below(self.alive.len()),
            self.dice.below(self.alive.len()),
        );
        let other = self.alive[other].port.clone();
        let chosen = &mut self.alive[at];
        match self.dice.below(32) {
            0..=3 => chosen.pauses.push(chosen.isolate.pause()),
            4..=9 => {
                if let Some(resume) = chosen.pauses.pop() {
                    chosen.isolate.resume(resume);
                }
            }
            10..=14 => {
                self.pings += 1;
                let priority = self.dice.priority();
                chosen
                    .isolate
                    .ping(&self.pongs.send_port(), chosen.id, priority)
                    .unwrap();
            }
            15..=21 => {
                if let Some(port) = &chosen.port {
                    let number = self.dice.below(1000) as u64;
                    let task = ask(port, |reply| match other {
                        Some(other) if number.is_multiple_of(2) => {
                            Request::Relay(other, Box::new(Request::Next(number, reply)))
                        }
                        _ => Request::Next(number, reply),
                    });
                    self.asked.push((number, task));
                }
            }
            22..=30 => {
                if let Some(port) = &chosen.port {
                    port.send(Request::Ignore(vec![0; self.dice.below(500)]))
                        .unwrap();
                }
            }
            _ => self.end(at),
        }
    }

    /// Ends an isolate one way or another, for good only if it is killed: a request it may not get to read.
    fn end(&mut self, at: usize) {
        let request = match self.dice.below(16) {
            0 => Request::Panic,
            1..=4 => Request::Exit(ReceivePort::new().send_port()),
            5..=8 => Request::Return,
            _ => return self.kill(at),
        };
        match &self.alive[at].port {
            Some(port) => port.send(request).unwrap(),
            None => self.kill(at),
        }
    }

    fn kill(&mut self, at: usize) {
        let chosen = self.alive.swap_remove(at);
        chosen.isolate.kill(if chosen.returns {
            self.dice.priority()
        } else {
            Priority::Immediate
        });
    }

    /// Takes note of what has arrived.
    fn note(&mut self) {
        while let Ok((id, port)) = self.ready.try_recv() {
            if let Some(alive) = self.alive.iter_mut().find(|alive| alive.id == id) {
                alive.port = Some(port);
            }
        }
        while let Ok(id) = self.exits.try_recv() {
            self.exited(id);
        }
    }

    fn exited(&mut self, id: usize) {
        self.ended[id] += 1;
        self.alive.retain(|alive| alive.id != id);
    }
}

/// How many threads this process has; none where the system does not list them.
fn threads() -> Option<usize> {
    fs::read_dir("/proc/self/task").ok().map(Iterator::count)
}

#[test]
fn ten_thousand_isolates() {
    let seed = std::env::var("INSULA_STRESS_SEED").ok();
    let seed = seed.map_or_else(
        || Native::random() as u64,
        |seed| seed.parse().expect("a seed is a number"),
    );
    println!("INSULA_STRESS_SEED={seed}");
    let (before, started) = (threads(), Native::now());
    let mut host = Host {
        dice: Dice(seed),
        alive: Vec::new(),
        spawned: 0,
        alive_max: 0,
        ready: ReceivePort::new(),
        exits: ReceivePort::new(),
        errors: ReceivePort::new(),
        pongs: ReceivePort::new(),
        ended: vec![0; ISOLATES],
        asked: Vec::new(),
        pings: 0,
    };
    while host.spawned < ISOLATES {
        host.spawn();
        if host.alive.len() == ALIVE {
            for _ in 0..host.dice.below(ALIVE) {
                let at = host.dice.below(host.alive.len());
                host.end(at);
            }
        }
        for _ in 0..ACTS {
            host.act();
        }
        host.note();
    }
    while !host.alive.is_empty() {
        host.kill(0);
    }
    let mut exits = host.ended.iter().sum::<u32>() as usize;
    while exits < ISOLATES {
        let id = host.exits.recv_timeout(LIMIT);
        host.exited(
            id.unwrap_or_else(|_| {
                panic!("{} isolates did not tell of their end", ISOLATES - exits)
            }),
        );
        exits += 1;
    }
    let (mut answered, mut lost) = (0, 0);
    for (number, task) in host.asked.drain(..) {
        match task
            .wait_timeout(LIMIT)
            .expect("who waits is answered, whatever became of the isolate")
        {
            Ok(next) => {
                assert_eq!(next, number + 1);
                answered += 1;
            }
            Err(TaskError::IsolateLost { .. }) => lost += 1,
            Err(error) => panic!("{error}"),
        }
    }
    let mut pongs = 0;
    while host.pongs.try_recv().is_ok() {
        pongs += 1;
    }
    let mut errors = 0;
    while host.errors.try_recv().is_ok() {
        errors += 1;
    }
    nobody_is_left(before);
    assert_eq!(host.exits.try_recv(), Err(TryRecvError::Empty));
    assert!(
        host.ended.iter().all(|times| *times == 1),
        "an exit was told twice"
    );
    assert!(pongs <= host.pings);
    println!(
        "{ISOLATES} isolates, up to {} alive, {answered} answers and {lost} losses, {pongs} of {} pings, {errors} errors, {:?}",
        host.alive_max,
        host.pings,
        Native::now() - started
    );
}

/// A request that arrives within the last event is answered on the thread that ends: it may not unwind there.
#[test]
fn everybody_is_told_who_asks_while_an_isolate_ends() {
    let (mut exits, mut ready) = (ReceivePort::new(), ReceivePort::new());
    let (end, ending) = mpsc::channel();
    let builder = Isolate::builder().on_exit(exits.send_port());
    let spawned = builder.spawn(
        move |ready: SendPort<SendPort<SendPort<u8>>>| {
            ready.send(ReceivePort::new().send_port()).unwrap();
            // Waits without looking at control, and leaves what has arrived to be answered by the end.
            ending.recv().unwrap();
            Isolate::exit(&ready, ReceivePort::new().send_port()).unwrap();
        },
        ready.send_port(),
    );
    let _isolate = spawned.wait().unwrap();
    let requests = ready.recv().unwrap();
    let asked = [(); 3].map(|()| ask(&requests, |reply| reply));
    end.send(()).unwrap();
    for task in asked {
        let outcome = task.wait_timeout(LIMIT).expect("who waits is answered");
        assert!(
            matches!(outcome, Err(TaskError::IsolateLost { .. })),
            "{outcome:?}"
        );
    }
    assert_eq!(exits.recv_timeout(LIMIT), Ok(()));
}

/// Waits, not for long, until the threads are as many as before.
#[expect(
    clippy::disallowed_methods,
    reason = "the thread of a test has no event loop that a timer could run on"
)]
fn nobody_is_left(before: Option<usize>) {
    let Some(before) = before else {
        println!("this system does not list threads: not counted");
        return;
    };
    let deadline = Native::now() + LIMIT;
    while threads() > Some(before) {
        assert!(
            Native::now() < deadline,
            "{before} threads before, {:?} after",
            threads()
        );
        thread::sleep(Duration::from_millis(10));
    }
}
