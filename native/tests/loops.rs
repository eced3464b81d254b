//! Several loops on one thread: what belongs to one acts on that one, whichever runs.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::mpsc,
    time::Duration,
};

use insula_native::{
    Isolate, RawReceivePort, ReceivePort, SendPort, Timer, block_on,
    platform::{Embedded, Turn},
    sleep,
};

const HOUR: Duration = Duration::from_secs(3600);

/// Runs `code` as an event of an embedded isolate.
fn inside(code: impl FnOnce() + 'static) -> Embedded {
    let embedded = Embedded::new("embedded", code);
    assert_eq!(embedded.handle_event(), Turn::Worked);
    embedded
}

#[test]
fn a_timer_is_cancelled_on_its_own_loop() {
    let of_host = Rc::new(Timer::new(HOUR, || {}));
    let seen = Rc::new(Cell::new((false, false)));
    let (timer, tell) = (of_host.clone(), seen.clone());
    let embedded = inside(move || {
        // They have the same number, each on its loop.
        let own = Timer::new(HOUR, || {});
        assert!(timer.is_active());
        timer.cancel();
        tell.set((own.is_active(), timer.is_active()));
    });
    assert_eq!(seen.get(), (true, false));
    assert!(!of_host.is_active());
    drop(embedded);
}

#[test]
fn a_handler_is_set_on_its_own_loop() {
    let (tell, told) = mpsc::channel();
    let of_host = Rc::new(RawReceivePort::<u32>::silent());
    let port = of_host.clone();
    let to_embedded: Rc<RefCell<Option<SendPort<u32>>>> = Rc::default();
    let place = to_embedded.clone();
    let embedded = inside(move || {
        let own_tell = tell.clone();
        let own = RawReceivePort::new(move |number: u32| own_tell.send(("own", number)).unwrap());
        *place.borrow_mut() = Some(own.send_port());
        own.detach();
        port.set_handler(move |number| tell.send(("host", number)).unwrap());
        port.set_keep_isolate_alive(false);
    });
    to_embedded.borrow().as_ref().unwrap().send(1).unwrap();
    of_host.send_port().send(2).unwrap();
    embedded.run_until_idle();
    Embedded::host().run_until_idle();
    assert_eq!(
        told.try_iter().collect::<Vec<_>>(),
        [("own", 1), ("host", 2)]
    );
}

#[test]
fn a_sleep_that_is_dropped_elsewhere_ends_its_own_timer() {
    let asleep = Cell::new(Some(Box::pin(sleep(HOUR))));
    let seen = Rc::new(Cell::new(false));
    let tell = seen.clone();
    let embedded = inside(move || {
        let own = Timer::new(HOUR, || {});
        drop(asleep.take());
        tell.set(own.is_active());
    });
    assert!(seen.get());
    drop(embedded);
}

/// A loop that is turned within one of its events says so, and loses no message.
#[test]
fn turning_within_an_event_is_refused() {
    let (tell, told) = mpsc::channel();
    let refused = Rc::new(Cell::new(0));
    let count = refused.clone();
    let port = RawReceivePort::new(move |number: u32| {
        let turned = catch_unwind(AssertUnwindSafe(|| Embedded::host().handle_event()));
        let driven = catch_unwind(AssertUnwindSafe(|| block_on(async {})));
        for error in [turned.err(), driven.err()].into_iter().flatten() {
            let text = error.downcast_ref::<&str>().copied().unwrap_or_default();
            assert!(
                text.contains("can't be turned from within one of its events"),
                "{text}"
            );
            count.set(count.get() + 1);
        }
        tell.send(number).unwrap();
    });
    for number in 1..=3 {
        port.send_port().send(number).unwrap();
    }
    Embedded::host().run_until_idle();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(refused.get(), 6);
}

/// A callback that panics when something arrives is not the sender's panic.
#[test]
fn a_panicking_callback_hurts_no_sender() {
    let place: Rc<RefCell<Option<SendPort<u32>>>> = Rc::default();
    let hand = place.clone();
    let (tell, told) = mpsc::channel();
    let embedded = inside(move || {
        let port = RawReceivePort::new(move |number: u32| tell.send(number).unwrap());
        *hand.borrow_mut() = Some(port.send_port());
        port.detach();
    });
    let armed = std::sync::atomic::AtomicBool::new(false);
    embedded.on_event(move || {
        assert!(
            !armed.swap(true, std::sync::atomic::Ordering::Relaxed),
            "a callback"
        );
    });
    let to = place.borrow_mut().take().expect("the embedded isolate ran");
    let sender = Isolate::run(move || {
        to.send(1).unwrap();
        to.send(2).unwrap();
        "unharmed"
    });
    assert_eq!(sender.wait(), Ok("unharmed"));
    embedded.run_until_idle();
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [1, 2]);
    drop(ReceivePort::<()>::new());
}
