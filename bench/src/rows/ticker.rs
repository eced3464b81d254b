//! N9: a timer that ticks each millisecond on the caller's loop, while isolates decode JSON.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use insula::{Isolate, Timer, TransferableTypedData};
use insula_examples::photos;

use crate::{
    contest::{Contestant, Row, Sample, Target, Unit},
    effort,
    machine::cpu_time,
    statistics::quantile,
};

const PERIOD: Duration = Duration::from_millis(1);

pub(crate) fn idle(id: &'static str) -> Row {
    row(id, "nothing else runs", 0)
}

pub(crate) fn one_busy(id: &'static str) -> Row {
    row(id, "an isolate decodes JSON", 1)
}

pub(crate) fn two_busy(id: &'static str) -> Row {
    row(id, "two isolates decode JSON", 2)
}

fn row(id: &'static str, load: &str, busy: usize) -> Row {
    let load_of = Load::new(busy);
    let load_of_peer = load_of.clone();
    Row::new(id)
        .measure(
            Unit::Time,
            format!("how late a tick of 1 ms is, 99 of 100 less than; {load}"),
        )
        .rounds(10)
        .ours("Timer::periodic", &[Target::ratio(1.2)], move || {
            goes(load_of, timer)
        })
        .reference("thread::park_timeout", move || goes(load_of_peer, park))
}

/// Isolates that decode until the last owner is gone. They begin with the first go.
#[derive(Clone)]
struct Load(Rc<LoadState>);

struct LoadState {
    isolates: usize,
    stop: RefCell<Option<Arc<AtomicBool>>>,
}

impl Load {
    fn new(isolates: usize) -> Self {
        Self(Rc::new(LoadState {
            isolates,
            stop: RefCell::new(None),
        }))
    }

    fn begin(&self) {
        let mut begun = self.0.stop.borrow_mut();
        if begun.is_some() {
            return;
        }
        let stop = Arc::new(AtomicBool::new(false));
        for _ in 0..self.0.isolates {
            let entry = |stop: Arc<AtomicBool>| {
                let document = photos::document(20_000, photos::SEED);
                while !stop.load(Relaxed) {
                    let document = TransferableTypedData::from_buffer(document.clone());
                    photos::decode(document).expect("it is a document of photos");
                }
            };
            Isolate::spawn(entry, stop.clone())
                .wait()
                .expect("an isolate starts");
        }
        *begun = Some(stop);
    }
}

impl Drop for LoadState {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.get_mut() {
            stop.store(true, Relaxed);
        }
    }
}

/// `tick(count)` gives when its ticks came.
fn goes(load: Load, tick: fn(usize) -> Vec<Instant>) -> Contestant {
    let count = effort::either(200, 20);
    Box::new(move || {
        load.begin();
        let (cpu, began) = (cpu_time(), Instant::now());
        let mut before = began;
        let ticks = tick(count).into_iter().map(|now| {
            let gap = now - before;
            before = now;
            gap.saturating_sub(PERIOD).as_nanos() as f64
        });
        let late: Vec<_> = ticks.collect();
        let cpu = cpu_time().saturating_sub(cpu).as_nanos() as f64;
        Ok(Sample {
            values: vec![quantile(&late, 0.99).unwrap_or(f64::NAN)],
            // With what the isolates compute it would say nothing.
            cpu: (load.0.isolates == 0).then_some(cpu / count as f64),
        })
    })
}

fn timer(count: usize) -> Vec<Instant> {
    insula::block_on(async move {
        let ticks = Rc::new(RefCell::new(Vec::with_capacity(count)));
        let to = ticks.clone();
        let mut all = insula::ReceivePort::new();
        let done = all.send_port();
        let timer = Timer::periodic(PERIOD, move || {
            let mut ticks = to.borrow_mut();
            ticks.push(Instant::now());
            if ticks.len() == count {
                done.send(()).expect("the port is open");
            }
        });
        all.next().await;
        timer.cancel();
        ticks.take()
    })
}

fn park(count: usize) -> Vec<Instant> {
    let mut due = Instant::now();
    let ticks = (0..count).map(|_| {
        due += PERIOD;
        // A tick that was missed is left out, as a timer does.
        while due < Instant::now() {
            due += PERIOD;
        }
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Instant::now();
            }
            thread::park_timeout(left);
        }
    });
    ticks.collect()
}
