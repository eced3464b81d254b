//! Direct links: two workers that talk to each other do it without the root.
//!
//! The root makes the channel. Control still passes the root, and so does what the root says in the name of a worker, so
//! there are two ways from one isolate to another, which keep the order of one sender (M1) between them:
//!
//! | goes first | goes second | so |
//! |---|---|---|
//! | by the root: control, events from before the link was open | on the link | a mark goes on both ways, and the link is held at the one until the other has come |
//! | on the link | by the root: a pong, the error and the end | it bears the number of events that went before, and is held until they have come |
//!
//! When a worker was stopped, nobody knows that number: what it had posted has a moment to come.

mod trial;

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    time::Duration,
};

use insula_core::contract::Event;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort};

pub(crate) use trial::{echo_has_come, try_ports};

use crate::{
    Web, clock,
    delivery::Delivery,
    driver,
    frame::{Frame, Head, Sent},
    js, link,
    outbox::{self, Way},
};

/// How long nothing must come from a worker that was stopped, until that was all.
const LAST_WORDS: Duration = Duration::from_millis(50);
/// How long nothing may come on a link where something is to come: it was posted, so that would be the engine's error.
const PATIENCE: Duration = Duration::from_secs(2);

/// Another worker, and the link to it.
struct Peer {
    port: MessagePort,
    way: Way,
    /// The other end has said hello, so what is posted here arrives there.
    is_open: bool,
    /// Something for it went by the root after the last mark.
    is_behind: bool,
    sent: u64,
    marks: u64,
    received: u64,
    /// The last mark that came by the root.
    marked: u64,
    /// What came on the link behind a mark that has not come by the root.
    held: VecDeque<Held>,
    /// What came by the root in its name before all of the events that went before: how many, where that is known.
    early: VecDeque<(Option<u64>, Event<Web>)>,
    /// It is over, after so many events.
    over: Option<Option<u64>>,
    /// Until when what is missing is waited for, and whether there is a timeout for it.
    limit: Duration,
    is_timed: bool,
    // The port calls it as long as it is there.
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

enum Held {
    Mark(u64),
    Event(Event<Web>),
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

thread_local! {
    static PEERS: RefCell<HashMap<u64, Peer>> = RefCell::default();
    static TIME_IS_UP: Closure<dyn FnMut()> = Closure::new(time_is_up);
}

/// Takes one end of a link to `id`.
pub(crate) fn connect(id: u64, port: MessagePort) {
    let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
        if let Ok(message) = event.data().dyn_into::<Array>() {
            receive(id, &message);
            driver::run();
        }
    });
    port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    let peer = Peer {
        way: Way::Port(port.clone()),
        port,
        is_open: false,
        is_behind: true,
        sent: 0,
        marks: 0,
        received: 0,
        marked: 0,
        held: VecDeque::new(),
        early: VecDeque::new(),
        over: None,
        limit: Duration::ZERO,
        is_timed: false,
        _on_message: on_message,
    };
    peer.post(id, Frame::new(Head::Hello));
    PEERS.with_borrow_mut(|peers| peers.insert(id, peer));
}

/// Sends an event on the link to `to`; gives it back where there is none.
pub(crate) fn send(to: u64, frame: Frame) -> Option<Frame> {
    PEERS.with_borrow_mut(|peers| match peers.get_mut(&to) {
        Some(peer) if peer.is_open => {
            peer.catch_up(to);
            peer.sent += 1;
            peer.post(to, frame);
            None
        }
        _ => Some(frame),
    })
}

/// Something that the next event must not overtake has gone to `to` by the root.
pub(crate) fn fall_behind(to: u64) {
    PEERS.with_borrow_mut(|peers| {
        if let Some(peer) = peers.get_mut(&to) {
            peer.is_behind = true;
        }
    });
}

/// What comes next by the root may be said to any of them: how many events went before it on each link. The next on
/// a link comes after it.
pub(crate) fn interject() -> Sent {
    PEERS.with_borrow_mut(|peers| {
        for peer in peers.values_mut() {
            peer.is_behind = true;
        }
    });
    sent()
}

/// How many events went on each link.
pub(crate) fn sent() -> Sent {
    // The thread's last words may come after its tables.
    let sent = PEERS.try_with(|peers| {
        let peers = peers.try_borrow().ok()?;
        let sent = peers.iter().filter(|(_, peer)| peer.sent > 0);
        Some(sent.map(|(id, peer)| (*id, peer.sent)).collect())
    });
    sent.ok().flatten().unwrap_or_default()
}

/// Handles a message that came on a link.
fn receive(from: u64, message: &Array) {
    if link::is_over() {
        return;
    }
    match Frame::all_from_js(message) {
        Ok(frames) => frames.into_iter().for_each(|frame| deliver(from, frame)),
        Err(reason) => link::report_bad_frame(&reason),
    }
}

fn deliver(from: u64, frame: Frame) {
    match Delivery::from_frame(frame) {
        Ok(Delivery::Event(event)) => change(from, |peer| peer.held.push_back(Held::Event(event))),
        Ok(Delivery::Link(frame)) => match frame.head {
            Head::Hello => change(from, |peer| {
                peer.is_open = true;
                peer.catch_up(from);
            }),
            Head::Mark { number, .. } => {
                change(from, |peer| peer.held.push_back(Held::Mark(number)));
            }
            _ => link::report_bad_frame("a frame on a link that it does not know"),
        },
        Ok(Delivery::Control(_)) => link::report_bad_frame("control on a link"),
        Err(reason) => link::report_bad_frame(&reason),
    }
}

/// A mark has come by the root.
pub(crate) fn marked(from: u64, number: u64) {
    change(from, |peer| peer.marked = number);
}

/// An event has come by the root in the name of `from`, after so many events on the link where that is known.
pub(crate) fn said(from: u64, after: Option<u64>, event: Event<Web>) {
    let is_known = PEERS.with_borrow(|peers| peers.contains_key(&from));
    if is_known {
        change(from, |peer| peer.early.push_back((after, event)));
    } else {
        driver::add(|queues| queues.events.push_back(event));
    }
}

/// A worker is over, after so many events on the link where that is known.
pub(crate) fn over(id: u64, sent: Option<u64>) {
    change(id, |peer| peer.over = Some(sent));
}

/// Changes a peer, and hands over what has its turn now.
fn change(id: u64, change: impl FnOnce(&mut Peer)) {
    let mut events = Vec::new();
    PEERS.with_borrow_mut(|peers| {
        let Some(peer) = peers.get_mut(&id) else {
            return;
        };
        change(peer);
        peer.advance(&mut events);
        if peer.is_done() {
            events.extend(peer.early.drain(..).map(|(_, event)| event));
            peers.remove(&id);
        } else {
            peer.mind_the_time();
        }
    });
    if !events.is_empty() {
        driver::add(|queues| queues.events.extend(events));
    }
}

impl Peer {
    fn post(&self, to: u64, frame: Frame) {
        outbox::post(&self.way, to, frame);
    }

    /// Marks that what comes next on the link comes after what went by the root.
    fn catch_up(&mut self, to: u64) {
        if !std::mem::take(&mut self.is_behind) {
            return;
        }
        self.marks += 1;
        let mark = || {
            Frame::new(Head::Mark {
                from: link::own_isolate(),
                number: self.marks,
            })
        };
        link::post_to_parent(to, mark());
        self.post(to, mark());
    }

    /// Takes everything that has its turn.
    fn advance(&mut self, events: &mut Vec<Event<Web>>) {
        loop {
            let is_due = |(after, _): &(Option<u64>, _)| after.is_some_and(|n| n <= self.received);
            if self.early.front().is_some_and(is_due) {
                events.extend(self.early.pop_front().map(|(_, event)| event));
                continue;
            }
            match self.held.pop_front() {
                Some(Held::Event(event)) => {
                    self.received += 1;
                    events.push(event);
                }
                Some(Held::Mark(number)) if number > self.marked => {
                    self.held.push_front(Held::Mark(number));
                    return;
                }
                Some(Held::Mark(_)) => {}
                None => return,
            }
        }
    }

    fn is_done(&self) -> bool {
        matches!(self.over, Some(Some(sent)) if sent <= self.received)
    }

    /// Sees to it that nothing is waited for for ever: `self` waits, and something has come just now.
    fn mind_the_time(&mut self) {
        if self.early.is_empty() && self.over.is_none() {
            return;
        }
        let is_stopped = matches!(self.over, Some(None));
        let patience = if is_stopped { LAST_WORDS } else { PATIENCE };
        self.limit = clock::now() + patience;
        if !std::mem::replace(&mut self.is_timed, true) {
            set_timeout(self.limit);
        }
    }

    /// Whether it has waited long enough; sets the next timeout otherwise.
    fn is_late(&mut self, now: Duration) -> bool {
        if !self.is_timed {
            return false;
        }
        self.is_timed = !self.early.is_empty() || self.over.is_some();
        let is_late = self.is_timed && self.limit <= now;
        if is_late {
            self.is_timed = false;
        } else if self.is_timed {
            set_timeout(self.limit);
        }
        is_late
    }
}

fn set_timeout(due: Duration) {
    TIME_IS_UP.with(|call| js::set_timeout(call.as_ref().unchecked_ref(), clock::ms_until(due)));
}

/// Gives up what is late.
fn time_is_up() {
    let now = clock::now();
    let mut events = Vec::new();
    PEERS.with_borrow_mut(|peers| {
        peers.retain(|_, peer| {
            if !peer.is_late(now) {
                return true;
            }
            events.extend(peer.early.drain(..).map(|(_, event)| event));
            peer.over.is_none()
        });
    });
    if !link::is_over() {
        driver::add(|queues| queues.events.extend(events));
        driver::run();
    }
}
