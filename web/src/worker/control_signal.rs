//! How a worker in the middle of its work hears that there is control for it.
//!
//! Its messages wait until it returns to the browser's loop. Without shared memory nothing else comes in, except one bit:
//! a synchronous request tells whether a blob's URL is still there. So a busy worker makes such a URL, its control
//! signal, and posts it to the root; messages do leave a busy worker at once. The root revokes the URL when it has posted
//! control. The worker's next look finds it gone, and the worker makes a new one. To the root each signal also says: this
//! isolate is at a checkpoint now. There the root answers the pings that it keeps for the worker, in the worker's name.
//!
//! Other control takes effect between events, so it may wait in the queue. But after an event in which a signal was made
//! no other event runs before the root's `ControlSignalSeen` has come, and with it all control that came before.
//!
//! In a worker of gloo's the root can't stop the worker. There a second URL, the life signal, says that the root has let
//! the isolate go: the control signal alone could not tell a kill from a ping.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use super::{channels, parent};
use crate::{
    ids::ROOT,
    js,
    protocol::{frame::Frame, head::Head},
    turn::driver,
};

/// How long a worker is busy before it looks for control, and between two looks.
const REST_MS: f64 = 20.0;
/// A look costs between 0.4 and some milliseconds, as long as the page is not busy, and it takes at most
/// this part of the time.
const LOOKS_SHARE: f64 = 1.0 / 25.0;
/// The longest time between two looks, whatever they cost.
const LONGEST_REST_MS: f64 = 500.0;
/// How many checkpoints in a row do not ask for the time, where they are close together.
const SKIPPED: u32 = 15;
/// Checkpoints are close together when so many of them take less than this.
const CLOSE_MS: f64 = 1.0;

struct Looks {
    /// How many checkpoints are left before the time is asked for.
    skip: Cell<u32>,
    /// When it was asked for last, and when the next look is due.
    asked_ms: Cell<f64>,
    due_ms: Cell<f64>,
    rest_ms: Cell<f64>,
    signal: RefCell<Option<String>>,
    life: RefCell<Option<Life>>,
    /// Every look has a URL of its own: WebKit (GTK 2.50) may remember for ever that one was there.
    looks: Cell<u32>,
    /// How many signals the root has not seen yet. Each holds the event loop.
    unseen: Cell<u32>,
}

/// A signal that is there as long as the root keeps the isolate.
struct Life {
    url: String,
    on_gone: fn(),
}

thread_local! {
    static LOOKS: Looks = const {
        Looks {
            skip: Cell::new(0),
            asked_ms: Cell::new(0.0),
            due_ms: Cell::new(0.0),
            rest_ms: Cell::new(REST_MS),
            signal: RefCell::new(None),
            life: RefCell::new(None),
            looks: Cell::new(0),
            unseen: Cell::new(0),
        }
    };
}

/// Called at each checkpoint; now and then it asks for the time, and rarely it looks.
pub(crate) fn look() {
    LOOKS.with(|looks| {
        let skip = looks.skip.get();
        if skip > 0 {
            looks.skip.set(skip - 1);
            return;
        }
        let now_ms = js::performance_now();
        let is_close = now_ms - looks.asked_ms.replace(now_ms) < CLOSE_MS;
        looks.skip.set(if is_close { SKIPPED } else { 0 });
        if now_ms >= looks.due_ms.get() {
            looks.look(now_ms);
        }
    });
}

impl Looks {
    fn look(&self, now_ms: f64) {
        let look = self.looks.get().wrapping_add(1);
        self.looks.set(look);
        let is_gone = |url: &str| !js::url_is_there(&format!("{url}#{look}"));
        let end = self.life.borrow_mut().take_if(|life| is_gone(&life.url));
        if let Some(Life { on_gone, .. }) = end {
            // Until the browser's loop has had its turn there is nothing more to look for.
            self.due_ms.set(f64::INFINITY);
            return on_gone();
        }
        let is_control_there = self.signal.borrow().as_deref().is_none_or(is_gone);
        if is_control_there {
            // Where no URL can be made or asked for, each look says where this isolate is.
            let url = js::make_url().ok();
            self.unseen.set(self.unseen.get() + 1);
            driver::hold();
            let signal = Head::ControlSignal {
                url: url.clone().unwrap_or_default(),
                sent: channels::interject(),
            };
            parent::post(ROOT, Frame::new(signal));
            self.signal.replace(url);
        }
        let after_ms = js::performance_now();
        let rest_ms = ((after_ms - now_ms) / LOOKS_SHARE).clamp(REST_MS, LONGEST_REST_MS);
        self.rest_ms.set(rest_ms);
        self.due_ms.set(after_ms + rest_ms);
    }
}

/// Looks for the root's end of an isolate too, and calls `on_gone` when it has come.
pub(crate) fn set_life_signal(url: String, on_gone: fn()) {
    LOOKS.with(|looks| looks.life.replace(Some(Life { url, on_gone })));
}

/// Forgets the signals of an isolate that the root has let go.
pub(crate) fn reset() {
    LOOKS.with(|looks| {
        looks.signal.take();
        looks.life.take();
        for _ in 0..looks.unseen.take() {
            driver::release();
        }
    });
}

/// The browser's loop has let in what had arrived.
pub(crate) fn rested(now: Duration) {
    LOOKS.with(|looks| {
        let due_ms = now.as_secs_f64() * 1000.0 + looks.rest_ms.get();
        looks.due_ms.set(due_ms);
    });
}

/// The root has seen a signal, and all control that it had for this isolate by then has come.
pub(crate) fn seen() {
    LOOKS.with(|looks| {
        if looks.unseen.get() > 0 {
            looks.unseen.set(looks.unseen.get() - 1);
            driver::release();
        }
    });
}
