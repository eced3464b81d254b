//! Channels between workers: who talks to whom, and the order of what the root says in their name.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use insula_core::table::Table;
use js_sys::Array;
use web_sys::MessageChannel;

use super::record::{self, ChannelRecord, Phase, Record, is_alive};
use crate::{
    clock,
    ids::IsolateId,
    js,
    protocol::{
        head::{Head, Kind, Sent},
        plain::{self, Posted},
    },
};

/// After how many messages between them two workers get a channel: one answer may be all that they have to say.
const TALKS: u32 = 2;

/// How long an echo is held back. A worker's own message needs less where ports are direct, and would else come second as often
/// as not. Where ports pass the page it can't come before the page is done.
const ECHO_AFTER: Duration = Duration::from_micros(300);

/// Whether ports are direct in this engine.
#[derive(Clone, Copy)]
enum Ports {
    Unknown,
    /// Asked of this worker.
    Asked(IsolateId),
    Known {
        direct: bool,
    },
}

/// In whose name the root speaks, and after how many of its events where that is known.
struct Speaker {
    id: IsolateId,
    after: Vec<(IsolateId, Option<u64>)>,
}

thread_local! {
    static PORTS: Cell<Ports> = const { Cell::new(Ports::Unknown) };
    static SPEAKER: RefCell<Option<Speaker>> = const { RefCell::new(None) };
}

/// An event has passed from one worker to another.
pub(super) fn talked(from: IsolateId, to: IsolateId) {
    let can_have =
        |record: &Record| record.can_have_channels() && matches!(record.phase, Phase::Running);
    let wanted = record::with_all(|workers| {
        if !can_have(workers.get(from)?) {
            return None;
        }
        let there = workers.get_mut(to).filter(|record| can_have(record))?;
        let back = there.channels.get_or_default(from).talks;
        let channel = workers.get_mut(from)?.channels.get_or_default(to);
        channel.talks = channel.talks.saturating_add(1);
        Some(!channel.is_made && channel.talks + back >= TALKS)
    });
    if wanted != Some(true) {
        return;
    }
    match PORTS.get() {
        Ports::Known { direct: true } => make(from, to),
        Ports::Known { direct: false } => {}
        Ports::Asked(id) if is_alive(id) => {}
        _ => {
            PORTS.set(Ports::Asked(from));
            tell(from, Head::TryPorts);
        }
    }
}

/// Answers a worker that tries its ports (`worker/trial.rs`). The page does nothing else meanwhile.
pub(super) fn echo(id: IsolateId) {
    let end = clock::now() + ECHO_AFTER;
    while clock::now() < end {}
    tell(id, Head::Echo);
}

/// A worker has found out what ports are.
pub(super) fn ports_are(direct: bool) {
    PORTS.set(Ports::Known { direct });
}

/// Tells a worker something that is nothing for core.
pub(super) fn tell(id: IsolateId, head: Head) {
    record::with(id, |record| record.way.tell(head));
}

fn make(one: IsolateId, other: IsolateId) {
    // An engine that makes none has none.
    let Ok(channel) = MessageChannel::new() else {
        return;
    };
    for (id, peer, port) in [(one, other, channel.port1()), (other, one, channel.port2())] {
        record::with(id, |record| {
            record.channels.get_or_default(peer).is_made = true;
            let rest = [js::number(peer.number()), port.clone().into()];
            let message = plain::message(id, Kind::Channel, &rest);
            record.way.post(&(message, Array::of1(&port)));
        });
    }
}

/// A worker says how many events it has sent on its channels.
pub(super) fn note_sent(id: IsolateId, sent: Sent) {
    record::with(id, |record| {
        for (to, sent) in sent {
            if let Some(channel) = record.channels.get_mut(to) {
                channel.sent = sent;
            }
        }
    });
}

/// `speak` posts in the name of a worker. The receivers deliver that after the worker's events: those that it `has_told` of
/// just now, or else all that it has sent until it is over.
pub(super) fn in_name_of(id: IsolateId, has_told: bool, speak: impl FnOnce()) {
    let before = begin_speaking(after_sent(id, has_told));
    speak();
    SPEAKER.set(before);
}

/// In whose name what follows is said, and after which events.
fn after_sent(id: IsolateId, has_told: bool) -> Speaker {
    let after = record::with(id, |record| {
        let made = record
            .channels
            .iter()
            .filter(|(_, channel)| channel.is_made);
        made.map(|(to, channel)| (to, has_told.then_some(channel.sent)))
            .collect()
    });
    let after = after.unwrap_or_default();
    Speaker { id, after }
}

/// `speak` posts the last words of a worker. `has_told`: whether the worker has told how many events it has sent.
pub(super) fn last_words(
    id: IsolateId,
    mut channels: Table<IsolateId, ChannelRecord>,
    has_told: bool,
    speak: impl FnOnce(),
) {
    let mut after = Vec::new();
    for (to, channel) in channels.take() {
        record::with(to, |record| record.channels.remove(id));
        if channel.is_made {
            let sent = has_told.then_some(channel.sent);
            tell(to, Head::ChannelOver { id, sent });
            after.push((to, sent));
        }
    }
    let before = begin_speaking(Speaker { id, after });
    speak();
    SPEAKER.set(before);
}

/// Who spoke before comes back, to be set when this one has spoken.
fn begin_speaking(speaker: Speaker) -> Option<Speaker> {
    SPEAKER.replace(Some(speaker).filter(|speaker| !speaker.after.is_empty()))
}

/// In whose name the root speaks to `to`.
pub(super) fn speaker(to: IsolateId) -> Option<InName> {
    SPEAKER.with_borrow(|speaker| {
        let Speaker { id, after } = speaker.as_ref()?;
        let (_, after) = *after.iter().find(|(known, _)| *known == to)?;
        Some(InName { id: *id, after })
    })
}

/// In the name of this worker, after so many of its events where that is known.
pub(super) struct InName {
    id: IsolateId,
    after: Option<u64>,
}

impl InName {
    /// A message as it is said by the worker that the root speaks for.
    pub(super) fn says(&self, to: IsolateId, posted: Posted) -> Posted {
        plain::on_behalf_of(to, self.id, self.after, posted)
    }
}
