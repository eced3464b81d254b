//! What this isolate has recorded.

use std::cell::RefCell;

use insula_core::trace::{Local, Part};

use crate::{
    Isolate, Web, clock, js,
    recorder::{self, Calls},
};

/// What the page and workers call the root's isolate.
const MAIN: &str = "main";

struct Own {
    local: Local,
    name: String,
}

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

/// Records this isolate, the last `events` at least. That is told by `calls`.
pub(super) fn begin(events: usize, calls: &'static Calls) {
    let local = Local::start::<Web>(events);
    OWN.with_borrow_mut(|own| {
        let own = own.get_or_insert_with(|| {
            // As random as the numbers of isolates, so that no two isolates give the same.
            local.number_from(clock::random_number());
            let name = Isolate::current().debug_name().unwrap_or(MAIN).to_owned();
            Own {
                local: local.clone(),
                name,
            }
        });
        own.local = local;
    });
    recorder::set(Some(calls));
}

/// Records it no longer.
pub(super) fn end() {
    recorder::set(None);
    drop(OWN.take());
}

/// What it has recorded so far; nothing where it does not.
pub(super) fn part() -> Part {
    // The panic hook may ask in the middle of `begin`.
    let part = OWN.with(|own| {
        let own = own.try_borrow().ok()?;
        let own = own.as_ref()?;
        Some(Part::of::<Web>(&own.local, &own.name))
    });
    part.unwrap_or_else(|| Part::nothing(MAIN))
}

/// What its times count from, in milliseconds of the one clock that isolates share. 0 where the host does not tell.
pub(super) fn origin() -> f64 {
    let performance = js::field(&js_sys::global(), "performance");
    js::field(&performance, "timeOrigin")
        .as_f64()
        .unwrap_or(0.0)
}
