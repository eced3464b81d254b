//! The root asks its workers, and puts together what they have said.

use std::{cell::RefCell, time::Duration};

use insula_core::{
    inspect::{Account, Inspection, IsolateInfo},
    spawn_local,
    table::Table,
};

use super::{
    said::{self, Said},
    wait, worker,
};
use crate::{
    Web, clock,
    ids::{IsolateId, ROOT},
    mailbox::Mailbox,
    protocol::frame::Frame,
    root::{
        look::{self, Known},
        record, route,
    },
};

/// What a worker was asked, and has said.
#[derive(Default)]
struct Heard {
    /// Since when it is to answer, and how many messages of events were posted to it by then.
    asked: Option<(Duration, u32)>,
    last: Option<Said>,
}

thread_local! {
    static HEARD: RefCell<Table<IsolateId, Heard>> = RefCell::default();
}

/// What all isolates and pools do, as soon as the workers have answered, and within `limit`.
pub(super) async fn gather(limit: Duration) -> Inspection {
    ask();
    wait::until(have_answered, limit).await;
    put_together()
}

/// Asks those that need not answer yet.
fn ask() {
    let workers = look::workers();
    HEARD.with_borrow_mut(|heard| {
        let gone: Vec<_> = heard
            .iter()
            .map(|(id, _)| id)
            .filter(|id| workers.iter().all(|known| known.id != *id))
            .collect();
        for id in gone {
            heard.remove(id);
        }
        for known in workers.iter().filter(|known| known.answers) {
            let heard = heard.get_or_default(known.id);
            if heard.asked.is_none() {
                let posted = look::ask(known.id, Frame::call(worker::answer, Vec::new()));
                heard.asked = Some((clock::now(), posted));
            }
        }
    });
}

/// A worker has answered.
pub(super) fn hear(from: IsolateId, bytes: Vec<u8>) {
    if let Some(said) = said::read(bytes) {
        HEARD.with_borrow_mut(|heard| {
            let heard = heard.get_or_default(from);
            heard.asked = None;
            heard.last = Some(said);
        });
        wait::wake();
    }
}

fn have_answered() -> bool {
    HEARD.with_borrow(|heard| {
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
    HEARD.with_borrow(|heard| {
        for known in look::workers() {
            let mailbox = Some(known.id.into());
            let Some(heard) = heard.get(known.id).filter(|_| known.answers) else {
                isolates.push((mailbox, known.info));
                continue;
            };
            pools.extend(heard.last.iter().flat_map(said::pools));
            isolates.push((mailbox, describe(known, heard, at)));
        }
    });
    Inspection::of::<Web>(isolates, pools, at)
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
    let Known { info, posted, .. } = known;
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
    if let Some((since, before)) = heard.asked {
        // What came after the question waits behind it.
        described.queue = Some(posted.wrapping_sub(before) as usize);
        described.set_silent(at.saturating_sub(since));
    }
    described
}

/// A worker wants to know. `bytes` hold the number of its question, and the limit.
pub(super) fn asked(from: IsolateId, bytes: Vec<u8>) {
    let Some((number, limit)) = said::read::<(u64, Duration)>(bytes) else {
        return;
    };
    spawn_local::<Web>(async move {
        let answer = (number, gather(limit).await);
        let frame = Frame::call(worker::hear, said::write(&answer));
        route::route(from, frame);
    });
}
