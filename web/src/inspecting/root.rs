//! The root asks its workers, and puts together what they have said.

use std::time::Duration;

use insula_core::inspect::{self, Account, Inspection, IsolateInfo};

use super::{
    answer,
    heard::{self, Asked, Heard},
    said,
};
use crate::{
    Web, asking, clock,
    ids::ROOT,
    mailbox::Mailbox,
    protocol::frame::Frame,
    root::{
        look::{self, Known, Voice},
        record,
    },
};

/// How long the wait for a sign of a script is, before the next look for it.
const LOOK: Duration = Duration::from_millis(4);

/// What all isolates and pools do, as soon as the workers have answered, and within `limit`.
pub(super) async fn gather(limit: Duration) -> Inspection {
    ask();
    let end = clock::now().saturating_add(limit);
    // No code is called when a sign comes.
    while !have_answered() && clock::now() < end {
        let left = end.saturating_sub(clock::now());
        let next = if signs_are_due() { LOOK } else { left };
        asking::until(have_answered, next.min(left)).await;
    }
    put_together()
}

/// Asks those that need not answer yet.
fn ask() {
    let workers = look::workers();
    heard::with(|heard| {
        let gone: Vec<_> = heard
            .iter()
            .map(|(id, _)| id)
            .filter(|id| workers.iter().all(|known| known.id != *id))
            .collect();
        for id in gone {
            heard.remove(id);
        }
        for known in workers.iter().filter(|known| known.voice != Voice::None) {
            let heard = heard.get_or_default(known.id);
            if heard.asked.is_none() {
                look::ask(known, || Frame::call(answer::answer, Vec::new()));
                heard.asked = Some(Asked {
                    since: clock::now(),
                    posted: known.posted,
                    received: known.received,
                });
            }
        }
    });
}

/// Whether a script has to give a sign. One that has given it is not asked any more.
fn signs_are_due() -> bool {
    let workers = look::workers().into_iter();
    heard::with(|heard| {
        let mut are_due = false;
        for known in workers.filter(|known| known.voice == Voice::Sign) {
            let asked = heard.get_mut(known.id).map(|heard| &mut heard.asked);
            if let Some(asked) = asked {
                asked.take_if(|asked| asked.received != known.received);
                are_due |= asked.is_some();
            }
        }
        are_due
    })
}

fn have_answered() -> bool {
    heard::with(|heard| {
        let mut asked = heard.iter().filter(|(_, heard)| heard.asked.is_some());
        !asked.any(|(id, _)| record::is_alive(id))
    })
}

fn put_together() -> Inspection {
    let at = clock::now();
    let Account { isolate, pools } = said::account();
    let mut isolates: Vec<(Option<Mailbox>, IsolateInfo)> =
        vec![(Some(ROOT.into()), of_root(isolate))];
    let mut pools = pools;
    heard::with(|heard| {
        for known in look::workers() {
            let mailbox = Some(known.id.into());
            let heard = heard.get(known.id).filter(|_| known.voice != Voice::None);
            isolates.push(match heard {
                None => (mailbox, known.info),
                Some(heard) => {
                    pools.extend(heard.last.iter().flat_map(said::pools));
                    (mailbox, describe(known, heard, at))
                }
            });
        }
    });
    inspect::put_together::<Web>(isolates, pools, at)
}

/// The root, which is listed first.
fn of_root(isolate: IsolateInfo) -> IsolateInfo {
    let mut root = isolate;
    root.name.push_str("main");
    root.parent_name.clear();
    root
}

/// What a worker has said, with what the root knows.
fn describe(known: Known, heard: &Heard, at: Duration) -> IsolateInfo {
    let Known {
        info,
        posted,
        voice,
        ..
    } = known;
    let mut described = match &heard.last {
        Some((last, _)) => {
            let mut last = last.clone();
            last.id = info.id;
            last.name = info.name;
            last.is_named = info.is_named;
            last.parent = info.parent;
            last.parent_name = info.parent_name;
            last.age = info.age;
            last
        }
        None => info,
    };
    if let Some(asked) = &heard.asked {
        if voice == Voice::Account {
            // What came after the question waits behind it.
            described.queue = Some(posted.wrapping_sub(asked.posted) as usize);
        }
        inspect::fall_silent(&mut described, at.saturating_sub(asked.since));
    }
    described
}
