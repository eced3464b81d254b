//! Destructors that panic, wait, or use the isolate that they belong to, at its end.

use std::{cell::Cell, future::pending};

use insula_core::{
    Isolate, IsolateLocal, Platform, Priority, RawReceivePort, ReceivePort, SendPort, Start, Timer,
    sleep, spawn_local,
};
use serde::{Deserialize, Serialize};

use crate::{
    starting::start_with,
    support::{ms, within},
};

/// Nothing hangs, so this is an error and no measure of speed.
pub(crate) const LIMIT: std::time::Duration = ms(10_000);

/// Its destructor panics.
#[derive(Serialize, Deserialize)]
pub(crate) struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("a destructor");
    }
}

/// Starts `entry`, waits for its word, kills it, and expects its exit message.
pub(crate) async fn ends<P: Platform, F: Future<Output = ()> + 'static>(
    entry: fn(Start<SendPort<P, ()>>) -> F,
) {
    let (mut ready, mut ended) = (ReceivePort::<P, ()>::new(), ReceivePort::<P, ()>::new());
    let options = Isolate::builder().on_exit(ended.send_port());
    let isolate = start_with::<P, _, _>(options, entry, ready.send_port()).await;
    assert_eq!(ready.next().await, Some(()));
    isolate.kill(Priority::Immediate);
    let told = within::<P, _>(LIMIT, ended.next()).await;
    assert_eq!(told, Some(Some(())), "the exit message comes");
}

/// Two futures whose destructors panic are dropped one by one.
pub async fn futures_are_dropped_one_by_one<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, ()>>) {
        for _ in 0..2 {
            spawn_local::<P>(async {
                let _held = PanicsInDrop;
                sleep::<P>(ms(3_600_000)).await;
            });
        }
        sleep::<P>(ms(1)).await;
        start.message.send(()).unwrap();
        sleep::<P>(ms(3_600_000)).await;
    }
    ends(entry::<P>).await;
}

/// Two timers whose destructors panic are dropped one by one.
pub async fn timers_are_dropped_one_by_one<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, ()>>) {
        for _ in 0..2 {
            let held = PanicsInDrop;
            Timer::<P>::new(ms(3_600_000), move || drop(held));
        }
        start.message.send(()).unwrap();
    }
    ends(entry::<P>).await;
}

/// Two handlers whose destructors panic are dropped one by one.
pub async fn handlers_are_dropped_one_by_one<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, ()>>) {
        for _ in 0..2 {
            let held = PanicsInDrop;
            let port = RawReceivePort::<P, ()>::new(move |()| {
                let _held = &held;
            });
            port.detach();
        }
        start.message.send(()).unwrap();
    }
    ends(entry::<P>).await;
}

// Generic statics: what `isolate_local!` declares, for any platform.
#[inline(never)]
fn first<P: Platform>() -> &'static IsolateLocal<P, (PanicsInDrop, Cell<u8>)> {
    const { &IsolateLocal::new(|| (PanicsInDrop, Cell::new(1))) }
}

#[inline(never)]
fn second<P: Platform>() -> &'static IsolateLocal<P, (PanicsInDrop, Cell<u16>)> {
    const { &IsolateLocal::new(|| (PanicsInDrop, Cell::new(2))) }
}

/// Two values of an isolate whose destructors panic are dropped one by one.
pub async fn locals_are_dropped_one_by_one<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, ()>>) {
        first::<P>().with(|(_, cell)| cell.set(3));
        second::<P>().with(|(_, cell)| cell.set(4));
        start.message.send(()).unwrap();
        sleep::<P>(ms(3_600_000)).await;
    }
    ends(entry::<P>).await;
}

/// Two messages that were not read are dropped one by one, also when their destructors panic.
pub async fn messages_are_dropped_one_by_one<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, ()>>) {
        let port = RawReceivePort::<P, PanicsInDrop>::new(|_| {});
        let to = port.send_port();
        port.detach();
        for _ in 0..2 {
            let _ = to.send(PanicsInDrop);
        }
        start.message.send(()).unwrap();
        // The messages wait behind this event, and the kill comes before them.
        Isolate::<P>::current().kill(Priority::BeforeNextEvent);
    }
    ends(entry::<P>).await;
}

/// Panics in destructors at the end are errors of the isolate: its listeners hear all of them.
pub async fn panics_in_destructors_are_heard<P: Platform>() {
    async fn entry<P: Platform>(_: Start<()>) {
        for _ in 0..3 {
            spawn_local::<P>(async {
                let _held = PanicsInDrop;
                pending::<()>().await;
            });
        }
        sleep::<P>(ms(1)).await;
        Isolate::<P>::current().kill(Priority::BeforeNextEvent);
    }
    let (mut errors, mut ended) = (ReceivePort::<P, _>::new(), ReceivePort::<P, ()>::new());
    let options = Isolate::builder()
        .on_error(errors.send_port())
        .on_exit(ended.send_port());
    start_with::<P, _, _>(options, entry::<P>, ()).await;
    for _ in 0..3 {
        let error = within::<P, _>(LIMIT, errors.next()).await.flatten();
        assert_eq!(
            error.expect("each panic is told").description(),
            "a destructor"
        );
    }
    assert_eq!(within::<P, _>(LIMIT, ended.next()).await, Some(Some(())));
}

/// The library's own streams may be held where an isolate leaves.
pub async fn errors_may_be_held_at_exit<P: Platform>() {
    async fn entry<P: Platform>(_: Start<()>) {
        let _errors = Isolate::<P>::current().errors();
        let _ = Isolate::<P>::exit_silently();
    }
    let mut ended = ReceivePort::<P, ()>::new();
    let options = Isolate::builder().on_exit(ended.send_port());
    start_with::<P, _, _>(options, entry::<P>, ()).await;
    assert_eq!(within::<P, _>(LIMIT, ended.next()).await, Some(Some(())));
}

/// Says in its destructor whether the isolate could be left there.
struct Leaves<P: Platform>(SendPort<P, String>);

impl<P: Platform> Drop for Leaves<P> {
    fn drop(&mut self) {
        let _ = self.0.send("before".to_owned());
        let left = Isolate::<P>::exit_silently();
        let _ = self.0.send(format!("refused: {}", left.is_err()));
    }
}

/// A destructor can't leave while a panic unwinds: it is told so, and the error is the first one.
pub async fn exit_while_panicking_is_refused<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, String>>) {
        let _leaves = Leaves(start.message);
        panic!("the first");
    }
    let (mut said, mut ended) = (ReceivePort::<P, String>::new(), ReceivePort::<P, ()>::new());
    let mut errors = ReceivePort::<P, _>::new();
    let options = Isolate::builder()
        .on_error(errors.send_port())
        .on_exit(ended.send_port());
    start_with::<P, _, _>(options, entry::<P>, said.send_port()).await;
    assert_eq!(within::<P, _>(LIMIT, ended.next()).await, Some(Some(())));
    assert_eq!(said.next().await.as_deref(), Some("before"));
    assert_eq!(said.next().await.as_deref(), Some("refused: true"));
    let error = errors.next().await.expect("the port is open");
    assert_eq!(error.description(), "the first");
}

/// Kills its isolate in its destructor, and says that it came back.
struct KillsInDrop<P: Platform>(SendPort<P, String>);

impl<P: Platform> Drop for KillsInDrop<P> {
    fn drop(&mut self) {
        Isolate::<P>::current().kill(Priority::Immediate);
        let _ = self.0.send("came back".to_owned());
    }
}

/// A destructor may kill its isolate while a panic unwinds.
pub async fn kill_while_panicking<P: Platform>() {
    async fn entry<P: Platform>(start: Start<SendPort<P, String>>) {
        let _kills = KillsInDrop(start.message);
        panic!("the first");
    }
    let (mut said, mut ended) = (ReceivePort::<P, String>::new(), ReceivePort::<P, ()>::new());
    let options = Isolate::builder().on_exit(ended.send_port());
    start_with::<P, _, _>(options, entry::<P>, said.send_port()).await;
    assert_eq!(within::<P, _>(LIMIT, ended.next()).await, Some(Some(())));
    assert_eq!(said.try_recv().as_deref(), Ok("came back"));
}

/// A destructor that runs when the isolate is ended may use every call on its own isolate.
pub async fn destructors_may_use_their_isolate<P: Platform>() {
    struct Uses<P: Platform>(SendPort<P, ()>);
    impl<P: Platform> Drop for Uses<P> {
        fn drop(&mut self) {
            let here = Isolate::<P>::current();
            let _errors = here.errors();
            let _ = here.add_exit_listener(&self.0, ());
            here.remove_exit_listener(&self.0);
            here.resume(here.pause());
            here.kill(Priority::Immediate);
            Isolate::<P>::checkpoint();
            Timer::<P>::new(ms(1), || {}).cancel();
            let _ = Isolate::<P>::exit_silently();
        }
    }
    async fn entry<P: Platform>(start: Start<SendPort<P, ()>>) {
        for _ in 0..2 {
            let uses = Uses(start.message.clone());
            spawn_local::<P>(async move {
                let _uses = uses;
                sleep::<P>(ms(3_600_000)).await;
            });
        }
        sleep::<P>(ms(1)).await;
        start.message.send(()).unwrap();
        sleep::<P>(ms(3_600_000)).await;
    }
    ends(entry::<P>).await;
}
