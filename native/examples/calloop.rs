//! An event loop that is not insula's, such as a GUI's, runs the host's futures, ports and timers
//! between its own work. `cargo run -p insula-native --example calloop`

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use calloop::{
    EventLoop,
    ping::make_ping,
    timer::{TimeoutAction, Timer},
};
use insula_native::{
    TaskError, compute,
    platform::{Embedded, Turn},
    sleep, spawn_local,
};

/// What a window shows.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// How often it was drawn.
    pub(crate) frames: u32,
    /// What a computation elsewhere came to.
    pub(crate) primes: Option<Result<usize, TaskError>>,
}

fn primes_below(limit: u32) -> usize {
    let is_prime = |&number: &u32| {
        (2..number)
            .take_while(|d| d * d <= number)
            .all(|d| number % d != 0)
    };
    (2..limit).filter(is_prime).count()
}

/// Draws at 60 Hz until the computation is done.
///
/// # Errors
/// The system has no event loop to give.
pub(crate) fn run(limit: u32) -> calloop::Result<Window> {
    let mut gui = EventLoop::<Rc<RefCell<Window>>>::try_new()?;
    let window = Rc::new(RefCell::new(Window::default()));

    // The window's own work.
    let frame = Duration::from_micros(16_667);
    let draw = move |at: Instant, (): &mut (), window: &mut Rc<RefCell<Window>>| {
        window.borrow_mut().frames += 1;
        TimeoutAction::ToInstant(at + frame)
    };
    gui.handle().insert_source(Timer::immediate(), draw)?;

    // Insula's: whatever arrives for this thread, from whichever thread, wakes the window's loop.
    let insula = Embedded::host();
    let (wake, woken) = make_ping()?;
    gui.handle().insert_source(woken, |(), (), _| {})?;
    insula.on_event(move || wake.ping());

    let shown = window.clone();
    spawn_local(async move {
        let primes = compute(primes_below, limit).await;
        sleep(Duration::from_millis(50)).await;
        shown.borrow_mut().primes = Some(primes);
    });

    let mut data = window.clone();
    while window.borrow().primes.is_none() {
        let until = match insula.run_until_idle() {
            Turn::Idle { deadline } => deadline.map(Embedded::time_until),
            Turn::Worked | Turn::Ended => Some(Duration::ZERO),
        };
        gui.dispatch(until, &mut data)?;
    }
    drop((gui, data));
    Ok(Rc::into_inner(window)
        .map(RefCell::into_inner)
        .unwrap_or_default())
}

#[expect(clippy::print_stdout, reason = "a program's output")]
fn main() -> calloop::Result<()> {
    let window = run(300_000)?;
    println!(
        "{} frames were drawn while it counted: {:?}",
        window.frames, window.primes
    );
    Ok(())
}
