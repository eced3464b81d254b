//! N2, N2-ask, N3: messages between two isolates, and between two threads through the channels of others.
//!
//! A woken thread often lands on its waker's core. So every contestant talks on one core, on two, and where the system puts
//! it, and is judged against the better of the reference's.

use std::{sync::mpsc, thread};

use insula::{Isolate, ReceivePort, SendPort};
use serde::{Deserialize, Serialize};

use crate::{
    contest::{Contestant, Row, Target, Unit, timed},
    machine::Places,
};

pub(crate) fn round_trips(id: &'static str) -> Row {
    let row = Row::new(id).measure(Unit::Time, "a number to another isolate, and back");
    with_all_places(
        row,
        Target::ratio(1.5),
        Target::ratio(1.5),
        ours_round_trips,
        Talk::RoundTrips,
    )
}

pub(crate) fn one_way(id: &'static str) -> Row {
    let row = Row::new(id).measure(Unit::Time, "one of many numbers to another isolate");
    with_all_places(
        row,
        Target::ratio(1.0),
        Target::ratio(1.43),
        ours_one_way,
        Talk::OneWay,
    )
}

pub(crate) fn ask(id: &'static str) -> Row {
    let row = Row::new(id).measure(
        Unit::Time,
        "a request with a port of its own for the answer",
    );
    with_all_places(row, Target::NONE, Target::NONE, ours_asking, Talk::Asking)
}

fn with_all_places(
    mut row: Row,
    on_two: Target,
    on_one: Target,
    ours: fn(Places) -> Contestant,
    talk: Talk,
) -> Row {
    for places in Places::ALL {
        let target = match places {
            Places::TwoCores => on_two,
            Places::OneCore => on_one,
            Places::Anywhere => Target::NONE,
        };
        let named = |name: &str| format!("{name}, {}", places.name());
        row = row
            .ours(named("insula"), &[target], move || ours(places))
            .reference(named("crossbeam"), move || talk.by::<Crossbeam>(places))
            .peer(named("flume"), move || talk.by::<Flume>(places))
            .peer(named("kanal"), move || talk.by::<Kanal>(places));
    }
    row
}

/// An isolate that does what `body` says each time that it is told a count, and a contestant that tells it.
fn told<F: Future<Output = ()> + 'static>(
    body: impl FnOnce(ReceivePort<u32>, SendPort<()>) -> F + Send + 'static,
) -> Contestant {
    let (mut ready, mut done) = (ReceivePort::new(), ReceivePort::new());
    let (to_ready, to_done) = (ready.send_port(), done.send_port());
    let entry = move |()| {
        let mut counts = ReceivePort::new();
        // The isolate ends with the contestant.
        to_ready
            .send(counts.only_send_port())
            .expect("the host listens");
        body(counts, to_done)
    };
    Isolate::spawn_async(entry, ())
        .wait()
        .expect("an isolate starts");
    let counts = ready.recv().expect("the isolate has told its port");
    timed(move |count| {
        counts.send(count).expect("the isolate lives");
        done.recv().expect("the isolate answers");
    })
}

/// The ports of two isolates: what the second one listens to is told by `ready`.
type Ends = (SendPort<SendPort<u64>>, SendPort<u64>, Places);

async fn send_back((ready, back, places): Ends) {
    places.pin(1);
    let mut numbers = ReceivePort::new();
    ready
        .send(numbers.send_port())
        .expect("the other one listens");
    while let Some(number) = numbers.next().await {
        back.send(number).expect("a number can be sent");
    }
}

fn ours_round_trips(places: Places) -> Contestant {
    told(move |mut counts, done| async move {
        places.pin(0);
        let (mut ready, mut back) = (ReceivePort::new(), ReceivePort::new());
        let ends: Ends = (ready.send_port(), back.send_port(), places);
        // Linked: it ends with this one.
        let spawned = Isolate::builder()
            .linked(true)
            .spawn_async(send_back, ends)
            .await;
        spawned.expect("an isolate starts");
        let there = ready.next().await.expect("it tells its port");
        while let Some(count) = counts.next().await {
            for number in 0..u64::from(count) {
                there.send(number).expect("a number can be sent");
                assert_eq!(back.next().await, Some(number));
            }
            done.send(()).expect("the host listens");
        }
    })
}

/// Tells when the last number has come: the one that is 0.
async fn count_down((ready, back, places): Ends) {
    places.pin(1);
    let mut numbers = ReceivePort::new();
    ready
        .send(numbers.send_port())
        .expect("the other one listens");
    while let Some(number) = numbers.next().await {
        if number == 0 {
            back.send(0).expect("a number can be sent");
        }
    }
}

fn ours_one_way(places: Places) -> Contestant {
    told(move |mut counts, done| async move {
        places.pin(0);
        let (mut ready, mut back) = (ReceivePort::new(), ReceivePort::new());
        let ends: Ends = (ready.send_port(), back.send_port(), places);
        let spawned = Isolate::builder()
            .linked(true)
            .spawn_async(count_down, ends)
            .await;
        spawned.expect("an isolate starts");
        let there = ready.next().await.expect("it tells its port");
        while let Some(count) = counts.next().await {
            for number in (0..u64::from(count)).rev() {
                there.send(number).expect("a number can be sent");
            }
            back.next().await.expect("it has counted down");
            done.send(()).expect("the host listens");
        }
    })
}

#[derive(Serialize, Deserialize)]
struct Question {
    number: u64,
    reply: SendPort<u64>,
}

async fn answer((ready, places): (SendPort<SendPort<Question>>, Places)) {
    places.pin(1);
    let mut questions = ReceivePort::new();
    ready
        .send(questions.send_port())
        .expect("the other one listens");
    while let Some(Question { number, reply }) = questions.next().await {
        reply.send(number).expect("a number can be sent");
    }
}

fn ours_asking(places: Places) -> Contestant {
    told(move |mut counts, done| async move {
        places.pin(0);
        let mut ready = ReceivePort::new();
        let ends = (ready.send_port(), places);
        let spawned = Isolate::builder()
            .linked(true)
            .spawn_async(answer, ends)
            .await;
        spawned.expect("an isolate starts");
        let there = ready.next().await.expect("it tells its port");
        while let Some(count) = counts.next().await {
            for number in 0..u64::from(count) {
                let answered = insula::ask(&there, |reply| Question { number, reply }).await;
                assert_eq!(answered, Ok(number));
            }
            done.send(()).expect("the host listens");
        }
    })
}

/// What two threads do with the channels of others.
#[derive(Clone, Copy)]
enum Talk {
    RoundTrips,
    OneWay,
    Asking,
}

impl Talk {
    fn by<C: Channel>(self, places: Places) -> Contestant {
        let (counts, told) = mpsc::channel::<u32>();
        let (done, finished) = mpsc::channel();
        // Both threads end when their channels close.
        thread::spawn(move || {
            places.pin(0);
            let mut talk: Box<dyn FnMut(u64)> = match self {
                Self::RoundTrips => peer_round_trips::<C>(places),
                Self::OneWay => peer_one_way::<C>(places),
                Self::Asking => peer_asking::<C>(places),
            };
            while let Ok(count) = told.recv() {
                talk(count.into());
                done.send(()).expect("the host listens");
            }
        });
        timed(move |count| {
            counts.send(count).expect("the thread lives");
            finished.recv().expect("the thread answers");
        })
    }
}

fn peer_round_trips<C: Channel>(places: Places) -> Box<dyn FnMut(u64)> {
    let ((there, numbers), (back, returned)) = (C::open(), C::open());
    thread::spawn(move || {
        places.pin(1);
        while let Some(number) = C::receive(&numbers) {
            C::send(&back, number);
        }
    });
    Box::new(move |count| {
        for number in 0..count {
            C::send(&there, number);
            assert_eq!(C::receive(&returned), Some(number));
        }
    })
}

fn peer_one_way<C: Channel>(places: Places) -> Box<dyn FnMut(u64)> {
    let ((there, numbers), (back, returned)) = (C::open(), C::open());
    thread::spawn(move || {
        places.pin(1);
        while let Some(number) = C::receive(&numbers) {
            if number == 0 {
                C::send(&back, 0);
            }
        }
    });
    Box::new(move |count| {
        for number in (0..count).rev() {
            C::send(&there, number);
        }
        C::receive(&returned).expect("it has counted down");
    })
}

/// With a channel for each answer, as its crate's users do.
fn peer_asking<C: Channel>(places: Places) -> Box<dyn FnMut(u64)> {
    let (there, questions) = C::open::<(u64, C::Sender<u64>)>();
    thread::spawn(move || {
        places.pin(1);
        while let Some((number, reply)) = C::receive(&questions) {
            C::send(&reply, number);
        }
    });
    Box::new(move |count| {
        for number in 0..count {
            let (reply, answered) = C::open_for_one();
            C::send(&there, (number, reply));
            assert_eq!(C::receive(&answered), Some(number));
        }
    })
}

/// The channels of a crate.
trait Channel: 'static {
    type Sender<T: Send + 'static>: Send + 'static;
    type Receiver<T: Send + 'static>: Send + 'static;

    fn open<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>);
    fn open_for_one<T: Send + 'static>() -> (Self::Sender<T>, Self::Receiver<T>);
    fn send<T: Send + 'static>(sender: &Self::Sender<T>, message: T);
    /// None when all senders are gone.
    fn receive<T: Send + 'static>(receiver: &Self::Receiver<T>) -> Option<T>;
}

macro_rules! channel {
    ($name:ident, $peer:ident) => {
        struct $name;

        impl Channel for $name {
            type Sender<T: Send + 'static> = $peer::Sender<T>;
            type Receiver<T: Send + 'static> = $peer::Receiver<T>;

            fn open<T: Send + 'static>() -> ($peer::Sender<T>, $peer::Receiver<T>) {
                $peer::unbounded()
            }

            fn open_for_one<T: Send + 'static>() -> ($peer::Sender<T>, $peer::Receiver<T>) {
                $peer::bounded(1)
            }

            fn send<T: Send + 'static>(sender: &$peer::Sender<T>, message: T) {
                assert!(sender.send(message).is_ok(), "the other thread is gone");
            }

            fn receive<T: Send + 'static>(receiver: &$peer::Receiver<T>) -> Option<T> {
                receiver.recv().ok()
            }
        }
    };
}

channel!(Crossbeam, crossbeam_channel);
channel!(Flume, flume);
channel!(Kanal, kanal);
