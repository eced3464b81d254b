//! How a worker in the middle of its work hears that there is control for it.
//!
//! Its messages wait for it to return to the browser's loop, and without shared memory nothing else comes
//! in, except one bit: whether a blob's URL is still there, which a synchronous request tells. So a busy
//! worker gives the root such a URL, its bell, by a message, which does leave at once. The root revokes it
//! when it has posted control, and the next look of the worker finds it gone: the worker hangs up a new
//! one. To the root each bell also says: this isolate is at a checkpoint now. There it answers the pings
//! that it keeps for the worker, in its name.
//!
//! Other control takes effect between events, so it may wait in the queue; but no event runs after one in
//! which a bell was hung up before the root's `Heard` has come, and with it all control that came before.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use crate::{
    direct,
    frame::{Frame, Head},
    js, link,
    mailbox::ROOT,
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
    bell: RefCell<Option<String>>,
    /// Every look has a URL of its own: WebKit (GTK 2.50) may remember for ever that one was there.
    looks: Cell<u32>,
    /// How many bells the root has not heard yet.
    unheard: Cell<u32>,
}

thread_local! {
    static LOOKS: Looks = const {
        Looks {
            skip: Cell::new(0),
            asked_ms: Cell::new(0.0),
            due_ms: Cell::new(0.0),
            rest_ms: Cell::new(REST_MS),
            bell: RefCell::new(None),
            looks: Cell::new(0),
            unheard: Cell::new(0),
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
        if now_ms >= looks.due_ms.get() && link::own_isolate() != ROOT {
            looks.look(now_ms);
        }
    });
}

impl Looks {
    fn look(&self, now_ms: f64) {
        let look = self.looks.get().wrapping_add(1);
        self.looks.set(look);
        #[cfg(feature = "gloo")]
        if crate::gloo::host::is_cut(look) {
            // Until the browser's loop has had its turn there is nothing more to look for.
            self.due_ms.set(f64::INFINITY);
            return;
        }
        let is_rung = match self.bell.borrow().as_deref() {
            Some(url) => !js::url_is_there(&format!("{url}#{look}")),
            None => true,
        };
        if is_rung {
            // Where no URL can be made or asked for, each look says where this isolate is.
            let url = js::make_url().ok();
            self.unheard.set(self.unheard.get() + 1);
            let told = Head::Bell {
                url: url.clone().unwrap_or_default(),
                sent: direct::interject(),
            };
            link::send(ROOT, Frame::new(told));
            self.bell.replace(url);
        }
        let after_ms = js::performance_now();
        let rest_ms = ((after_ms - now_ms) / LOOKS_SHARE).clamp(REST_MS, LONGEST_REST_MS);
        self.rest_ms.set(rest_ms);
        self.due_ms.set(after_ms + rest_ms);
    }
}

/// Forgets the bells of an isolate that nobody hears any more.
#[cfg(feature = "gloo")]
pub(crate) fn reset() {
    LOOKS.with(|looks| {
        looks.bell.take();
        looks.unheard.set(0);
    });
}

/// The browser's loop has let in what had arrived.
pub(crate) fn rested(now: Duration) {
    LOOKS.with(|looks| {
        let due_ms = now.as_secs_f64() * 1000.0 + looks.rest_ms.get();
        looks.due_ms.set(due_ms);
    });
}

/// The root has heard a bell, and all control that it had for this isolate by then has come.
pub(crate) fn heard() {
    LOOKS.with(|looks| looks.unheard.set(looks.unheard.get().saturating_sub(1)));
}

/// Whether control is on its way that the next event has to wait for.
pub(crate) fn awaits_control() -> bool {
    LOOKS.with(|looks| looks.unheard.get() > 0)
}
