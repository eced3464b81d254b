//! Destructors at the end of a host thread, when its loop goes with it.

mod alone;

use std::{cell::Cell, future::pending, thread, time::Duration};

use alone::alone;
use insula_native::{
    Error, Isolate, Native, RawReceivePort, ReceivePort, Timer, block_on, main, schedule_microtask,
    sleep, spawn_local,
};

insula_core::isolate_local! {
    Native;
    static COUNT: Cell<u32> = Cell::new(7);
}

const SECOND: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(1);

/// Uses in its destructor what belongs to a loop.
struct UsesItsLoop {
    timer: Timer,
    port: RawReceivePort<u32>,
}

impl UsesItsLoop {
    fn new() -> Self {
        Self {
            timer: Timer::periodic(SECOND, || {}),
            port: RawReceivePort::silent(),
        }
    }
}

impl Drop for UsesItsLoop {
    fn drop(&mut self) {
        assert_eq!(Isolate::current().debug_name(), Some("main"));
        self.timer.cancel();
        assert!(!self.timer.is_active());
        self.port.set_handler(|_| {});
        self.port.set_keep_isolate_alive(false);
        let _ = self.port.keep_isolate_alive();
        self.port.close();
        Timer::new(SECOND, || {}).cancel();
        let _ = RawReceivePort::new(|_: u32| {}).send_port().send(1);
        drop(ReceivePort::<u32>::new());
        assert_eq!(COUNT.with(Cell::get), 7);
        spawn_local(async {});
        schedule_microtask(|| {});
        drop(sleep(SECOND));
        Isolate::checkpoint();
    }
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("a destructor");
    }
}

fn hold<T: 'static>(held: T) {
    spawn_local(async move {
        let _held = held;
        pending::<()>().await;
    });
}

#[test]
fn destructors_use_their_loop_at_the_end_of_main() {
    alone("destructors_use_their_loop_at_the_end_of_main", || {
        main(async || {
            hold(UsesItsLoop::new());
            let held = UsesItsLoop::new();
            Timer::new(SECOND, move || drop(held));
            sleep(MOMENT).await;
            Ok::<(), Error>(())
        });
    });
}

#[test]
fn destructors_use_their_loop_at_the_end_of_a_thread() {
    alone("destructors_use_their_loop_at_the_end_of_a_thread", || {
        let ended = thread::spawn(|| {
            let held = UsesItsLoop::new();
            let port = RawReceivePort::new(move |_: u32| {
                let _held = &held;
            });
            port.detach();
            block_on(async {
                hold(UsesItsLoop::new());
                sleep(MOMENT).await;
            });
        });
        ended.join().expect("it does not panic");
    });
}

/// Where a value of the thread itself is torn down, before or after the loop.
#[test]
fn thread_locals_use_a_loop() {
    thread_local! {
        static FIRST: Cell<Option<UsesItsLoop>> = const { Cell::new(None) };
    }
    alone("thread_locals_use_a_loop", || {
        for before in [true, false] {
            let ended = thread::spawn(move || {
                if before {
                    block_on(sleep(MOMENT));
                }
                FIRST.set(Some(UsesItsLoop::new()));
                block_on(sleep(MOMENT));
            });
            ended.join().expect("it does not panic");
        }
    });
}

#[test]
fn destructors_may_panic_at_the_end_of_a_thread() {
    alone("destructors_may_panic_at_the_end_of_a_thread", || {
        let ended = thread::spawn(|| {
            block_on(async {
                hold(PanicsInDrop);
                hold(PanicsInDrop);
                let held = PanicsInDrop;
                Timer::new(SECOND, move || drop(held));
                let (first, second) = (PanicsInDrop, PanicsInDrop);
                RawReceivePort::new(move |(): ()| {
                    let _held = &first;
                })
                .detach();
                RawReceivePort::new(move |(): ()| {
                    let _held = &second;
                })
                .detach();
                sleep(MOMENT).await;
            });
        });
        ended.join().expect("it does not panic");
    });
}
