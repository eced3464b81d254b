//! Links between workers: who talks to whom, and the order of what the root says in their name.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

use super::{Phase, Record, WORKERS, is_alive};
use crate::{
    frame::{self, Frame, Head, Posted, Sent},
    js,
};

/// After how many messages between them two workers get a link: one answer may be all that they have to say.
const TALKS: u32 = 2;

/// What the root knows of a worker and another.
#[derive(Default)]
pub(super) struct Peer {
    /// How many events of the one for the other have passed the root.
    talks: u32,
    is_linked: bool,
    /// How many events the one has said to have sent on the link.
    sent: u64,
}

pub(super) type Peers = HashMap<u64, Peer>;

/// Whether ports are direct in this engine.
#[derive(Clone, Copy)]
enum Ports {
    Unknown,
    /// Asked of this worker.
    Asked(u64),
    Known {
        direct: bool,
    },
}

/// In whose name the root speaks, and after how many of its events where that is known.
struct Speaker {
    id: u64,
    after: HashMap<u64, Option<u64>>,
}

thread_local! {
    static PORTS: Cell<Ports> = const { Cell::new(Ports::Unknown) };
    static SPEAKER: RefCell<Option<Speaker>> = const { RefCell::new(None) };
}

/// An event has passed from one worker to another.
pub(super) fn talked(from: u64, to: u64) {
    let wanted = WORKERS.with_borrow_mut(|workers| {
        let can_link =
            |record: &Record| record.can_link() && matches!(record.phase, Phase::Running);
        if !can_link(workers.get(&from)?) {
            return None;
        }
        let there = workers.get_mut(&to).filter(|record| can_link(record))?;
        let back = there.peers.entry(from).or_default().talks;
        let peer = workers.get_mut(&from)?.peers.entry(to).or_default();
        peer.talks = peer.talks.saturating_add(1);
        Some(!peer.is_linked && peer.talks + back >= TALKS)
    });
    if wanted != Some(true) {
        return;
    }
    match PORTS.get() {
        Ports::Known { direct: true } => link(from, to),
        Ports::Known { direct: false } => {}
        Ports::Asked(id) if is_alive(id) => {}
        _ => {
            PORTS.set(Ports::Asked(from));
            tell(from, Head::TryPorts);
        }
    }
}

/// A worker has found out what ports are.
pub(super) fn ports_are(direct: bool) {
    PORTS.set(Ports::Known { direct });
}

/// Tells the links of a worker something.
pub(super) fn tell(id: u64, head: Head) {
    WORKERS.with_borrow(|workers| {
        if let Some(record) = workers.get(&id) {
            record.line.post(&Frame::new(head).into_js(id));
        }
    });
}

fn link(one: u64, other: u64) {
    // An engine without channels has no links.
    let Ok(channel) = MessageChannel::new() else {
        return;
    };
    WORKERS.with_borrow_mut(|workers| {
        for (id, peer, port) in [(one, other, channel.port1()), (other, one, channel.port2())] {
            let Some(record) = workers.get_mut(&id) else {
                continue;
            };
            record.peers.entry(peer).or_default().is_linked = true;
            let message = Array::of5(
                &frame::TAG.into(),
                &js::number(id),
                &"link".into(),
                &js::number(peer),
                &port,
            );
            record.line.post(&(message, Array::of1(&port)));
        }
    });
}

/// A worker says how many events it has sent on its links.
pub(super) fn note_sent(id: u64, sent: Sent) {
    WORKERS.with_borrow_mut(|workers| {
        let Some(record) = workers.get_mut(&id) else {
            return;
        };
        for (to, sent) in sent {
            if let Some(peer) = record.peers.get_mut(&to) {
                peer.sent = sent;
            }
        }
    });
}

/// What `speak` posts is said in the name of a worker, after the events that it `has_told` of just now; otherwise after
/// all that it has sent until it is over.
pub(super) fn in_name_of(id: u64, has_told: bool, speak: impl FnOnce()) {
    let after = WORKERS.with_borrow(|workers| {
        let peers = workers.get(&id).map(|record| record.peers.iter());
        let linked = peers
            .into_iter()
            .flatten()
            .filter(|(_, peer)| peer.is_linked);
        linked
            .map(|(to, peer)| (*to, has_told.then_some(peer.sent)))
            .collect()
    });
    speak_for(Speaker { id, after }, speak);
}

/// What `speak` posts are the last words of a worker, which has told how many events it has sent if `has_told`.
pub(super) fn last_words(id: u64, peers: Peers, has_told: bool, speak: impl FnOnce()) {
    let mut after = HashMap::new();
    for (to, peer) in peers {
        WORKERS.with_borrow_mut(|workers| {
            if let Some(record) = workers.get_mut(&to) {
                record.peers.remove(&id);
            }
        });
        if peer.is_linked {
            let sent = has_told.then_some(peer.sent);
            tell(to, Head::Over { id, sent });
            after.insert(to, sent);
        }
    }
    speak_for(Speaker { id, after }, speak);
}

fn speak_for(speaker: Speaker, speak: impl FnOnce()) {
    let before = SPEAKER.replace(Some(speaker).filter(|speaker| !speaker.after.is_empty()));
    speak();
    SPEAKER.set(before);
}

/// In whose name the root speaks to `to`.
pub(super) fn speaker(to: u64) -> Option<InName> {
    SPEAKER.with_borrow(|speaker| {
        let Speaker { id, after } = speaker.as_ref()?;
        let after = *after.get(&to)?;
        Some(InName { id: *id, after })
    })
}

/// In the name of this worker, after so many of its events where that is known.
pub(super) struct InName {
    id: u64,
    after: Option<u64>,
}

impl InName {
    /// A message as it is said by whom the root speaks for.
    pub(super) fn says(&self, to: u64, (message, transfer): Posted) -> Posted {
        let said = Array::of5(
            &frame::TAG.into(),
            &js::number(to),
            &"said".into(),
            &js::number(self.id),
            &self.after.map_or(JsValue::NULL, js::number),
        );
        said.push(&message);
        (said, transfer)
    }
}
