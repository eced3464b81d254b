//! Channels: two workers that talk to each other do it without the root.
//!
//! The root makes the channel. Control still passes the root, and so does what the root says in the name of a worker. So
//! there are two ways from one isolate to another, and the order of one sender (M1) holds between both:
//!
//! | goes first | goes second | so |
//! |---|---|---|
//! | by the root: control, events from before the channel was open | on the channel | a fence goes on both ways, and the receiver holds the channel at the one until the other has come |
//! | on the channel | by the root: a pong, the error and the end | it bears the number of events that went before, and is held until they have come |
//!
//! When a worker was stopped, that number is not known: what the worker had posted has a moment to come.

use std::{cell::RefCell, collections::VecDeque, rc::Rc, time::Duration};

use insula_core::{contract::Event, table::Table};
use wasm_bindgen::prelude::*;
use web_sys::MessagePort;

use super::parent;
use crate::{
    Web, clock,
    ids::{self, IsolateId},
    js, log,
    post::{
        endpoint::{Endpoint, Listener},
        outbox,
    },
    protocol::{
        batch::Frames,
        delivery::Delivery,
        frame::{Beside, Frame},
        head::{Head, Sent},
    },
    turn::driver,
};

/// How long nothing must come from a worker that was stopped, until that was all.
const LAST_WORDS: Duration = Duration::from_millis(50);
/// How long nothing may come on a channel where something is to come: it was posted, so that would be the engine's error.
const PATIENCE: Duration = Duration::from_secs(2);

/// A channel to another worker.
struct Channel {
    port: MessagePort,
    endpoint: Rc<dyn Endpoint>,
    /// The other end has said hello, so what is posted here arrives there.
    is_open: bool,
    /// Something for it went by the root after the last fence.
    is_behind: bool,
    sent: u64,
    fences: u64,
    received: u64,
    /// The last fence that came by the root.
    fenced: u64,
    /// What came on the channel behind a fence that has not come by the root.
    held: VecDeque<Held>,
    /// What came by the root in its name too early, and how many events have to come before it, where that is known.
    early: VecDeque<(Option<u64>, Event<Web>)>,
    /// It is over, after so many events.
    over: Option<Option<u64>>,
    /// Until when what is missing is waited for, and whether there is a timeout for it.
    limit: Duration,
    is_timed: bool,
    // The port calls it as long as it is there.
    _on_message: Listener,
}

enum Held {
    Fence(u64),
    Event(Event<Web>),
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

thread_local! {
    static CHANNELS: RefCell<Table<IsolateId, Channel>> = const { RefCell::new(Table::new()) };
    static TIME_IS_UP: Closure<dyn FnMut()> = Closure::new(time_is_up);
}

/// Takes one end of a channel to `id`.
pub(crate) fn connect(id: IsolateId, port: MessagePort) {
    let on_message = Listener::new(
        move |_, bytes, functions| {
            let frames = || Frame::all_from_parts(bytes, &functions, Beside::default());
            receive(id, frames);
        },
        move |message| receive(id, || Frame::all_from_js(&message)),
    );
    on_message.hear(&port);
    let channel = Channel {
        endpoint: Rc::new(port.clone()),
        port,
        is_open: false,
        is_behind: true,
        sent: 0,
        fences: 0,
        received: 0,
        fenced: 0,
        held: VecDeque::new(),
        early: VecDeque::new(),
        over: None,
        limit: Duration::ZERO,
        is_timed: false,
        _on_message: on_message,
    };
    channel.post(id, Frame::new(Head::Hello));
    CHANNELS.with_borrow_mut(|channels| channels.insert(id, channel));
}

/// Sends an event on the channel to `to`; gives it back where there is none.
pub(crate) fn send(to: IsolateId, frame: Frame) -> Option<Frame> {
    CHANNELS.with_borrow_mut(|channels| match channels.get_mut(to) {
        Some(channel) if channel.is_open => {
            channel.catch_up(to);
            channel.sent += 1;
            channel.post(to, frame);
            None
        }
        _ => Some(frame),
    })
}

/// Something that the next event must not overtake has gone to `to` by the root.
pub(crate) fn fall_behind(to: IsolateId) {
    CHANNELS.with_borrow_mut(|channels| {
        if let Some(channel) = channels.get_mut(to) {
            channel.is_behind = true;
        }
    });
}

/// What comes next by the root may be said to any of them: how many events went before it on each channel.
/// The next on a channel comes after it.
pub(crate) fn interject() -> Sent {
    CHANNELS.with_borrow_mut(|channels| {
        for (_, channel) in channels.iter_mut() {
            channel.is_behind = true;
        }
    });
    sent()
}

/// How many events went on each channel.
pub(crate) fn sent() -> Sent {
    // The thread's last words may come after its tables.
    let sent = CHANNELS.try_with(|channels| {
        let channels = channels.try_borrow().ok()?;
        let sent = channels.iter().filter(|(_, channel)| channel.sent > 0);
        Some(sent.map(|(id, channel)| (id, channel.sent)).collect())
    });
    sent.ok().flatten().unwrap_or_default()
}

/// Handles a message that came on a channel.
fn receive(from: IsolateId, frames: impl FnOnce() -> Result<Frames, &'static str>) {
    if parent::is_over() {
        return;
    }
    match frames() {
        Ok(frames) => frames.for_each(|frame| deliver(from, frame)),
        Err(reason) => log::dropped(reason),
    }
    driver::run();
}

fn deliver(from: IsolateId, frame: Frame) {
    match Delivery::from_frame(frame) {
        Ok(Delivery::Event(event)) => {
            change(from, |channel| channel.held.push_back(Held::Event(event)));
        }
        Ok(Delivery::Internal(frame)) => match frame.head {
            Head::Hello => change(from, |channel| {
                channel.is_open = true;
                channel.catch_up(from);
            }),
            Head::Fence { number, .. } => {
                change(from, |channel| channel.held.push_back(Held::Fence(number)));
            }
            _ => log::dropped("a frame on a channel that it does not know"),
        },
        Ok(Delivery::Control(_)) => log::dropped("control on a channel"),
        Err(reason) => log::dropped(reason),
    }
}

/// A fence has come by the root.
pub(crate) fn fence_came(from: IsolateId, number: u64) {
    change(from, |channel| channel.fenced = number);
}

/// An event has come by the root in the name of `from`, after so many events on the channel where that is known.
pub(crate) fn said(from: IsolateId, after: Option<u64>, event: Event<Web>) {
    let is_known = CHANNELS.with_borrow(|channels| channels.get(from).is_some());
    if is_known {
        change(from, |channel| channel.early.push_back((after, event)));
    } else {
        driver::add_event(event);
    }
}

/// A worker is over, after so many events on the channel where that is known.
pub(crate) fn over(id: IsolateId, sent: Option<u64>) {
    change(id, |channel| channel.over = Some(sent));
}

/// Changes a channel, and hands over what has its turn now.
fn change(id: IsolateId, change: impl FnOnce(&mut Channel)) {
    CHANNELS.with_borrow_mut(|channels| channels.get_mut(id).map(change));
    hand_over(id);
}

/// Hands over what has its turn on a channel.
fn hand_over(id: IsolateId) {
    let mut events = Vec::new();
    CHANNELS.with_borrow_mut(|channels| {
        let Some(channel) = channels.get_mut(id) else {
            return;
        };
        channel.advance(&mut events);
        if channel.is_done() {
            events.extend(
                std::mem::take(&mut channel.early)
                    .into_iter()
                    .map(|(_, event)| event),
            );
            channels.remove(id);
        } else {
            channel.mind_the_time();
        }
    });
    events.into_iter().for_each(driver::add_event);
}

impl Channel {
    fn post(&self, to: IsolateId, frame: Frame) {
        outbox::post(&self.endpoint, to, frame);
    }

    /// Has what comes next on the channel come after what went by the root.
    fn catch_up(&mut self, to: IsolateId) {
        if !std::mem::take(&mut self.is_behind) {
            return;
        }
        self.fences += 1;
        let fence = || {
            Frame::new(Head::Fence {
                from: ids::own(),
                number: self.fences,
            })
        };
        parent::post(to, fence());
        self.post(to, fence());
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
                Some(Held::Fence(number)) if number > self.fenced => {
                    self.held.push_front(Held::Fence(number));
                    return;
                }
                Some(Held::Fence(_)) => {}
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
    CHANNELS.with_borrow_mut(|channels| {
        let mut done = Vec::new();
        for (id, channel) in channels.iter_mut() {
            if channel.is_late(now) {
                events.extend(
                    std::mem::take(&mut channel.early)
                        .into_iter()
                        .map(|(_, event)| event),
                );
                if channel.over.is_some() {
                    done.push(id);
                }
            }
        }
        for id in done {
            channels.remove(id);
        }
    });
    if !parent::is_over() {
        events.into_iter().for_each(driver::add_event);
        driver::run();
    }
}
