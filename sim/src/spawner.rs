//! Isolates as numbers in the world; their first turn comes when the seed says so.

use std::{collections::BTreeMap, mem};

use insula_core::{
    SpawnError,
    contract::{Code, Launch, Started},
};

use crate::{
    Kind, Simulated,
    here::{Here, OUTSIDE},
    mailbox::Mailbox,
};

/// Adds an isolate to the world.
///
/// Where memory is shared the spawner knows at once, as with a thread; web-like, the answer is the
/// first message that the new isolate sends, as a worker's is.
pub(crate) fn start<K: Kind>(
    launch: Launch<Simulated<K>>,
    code: Code<Simulated<K>>,
    started: Started<Simulated<K>>,
) {
    let here = Here::<K>::get().expect(OUTSIDE);
    let parent = here.isolate();
    let outcome = entry(code).and_then(|entry| here.world.admit(launch, entry));
    let from = outcome.as_ref().map_or(parent, |isolate| *isolate);
    let outcome = outcome.map(|isolate| here.world.mailbox(isolate));
    if K::WEB_LIKE {
        let ticket = here.starts.borrow_mut().keep(started, outcome);
        here.world.announce(from, parent, ticket);
    } else {
        started(outcome);
    }
}

fn entry<K: Kind>(code: Code<Simulated<K>>) -> Result<Box<dyn FnOnce() + Send>, SpawnError> {
    match code {
        Code::Closure(closure) => Ok(closure),
        Code::Program {
            entry: Some(entry),
            args,
            message,
            ..
        } => Ok(Box::new(move || entry.call(args, message))),
        Code::Program { uri, .. } => {
            let reason =
                "only programs of this build can be started in a simulation, by `insula:name`";
            Err(SpawnError::NotFound {
                uri,
                reason: reason.to_owned(),
            })
        }
        _ => unreachable!("core has no other code"),
    }
}

type Start<K> = (Started<Simulated<K>>, Result<Mailbox<K>, SpawnError>);

/// The starts of one isolate of which it has not heard, by ticket.
pub(crate) struct Starts<K: Kind> {
    next: u64,
    pending: BTreeMap<u64, Start<K>>,
}

impl<K: Kind> Default for Starts<K> {
    fn default() -> Self {
        Self {
            next: 0,
            pending: BTreeMap::new(),
        }
    }
}

impl<K: Kind> Starts<K> {
    fn keep(
        &mut self,
        started: Started<Simulated<K>>,
        outcome: Result<Mailbox<K>, SpawnError>,
    ) -> u64 {
        let ticket = self.next;
        self.next += 1;
        self.pending.insert(ticket, (started, outcome));
        ticket
    }
}

/// Tells the isolate what became of its starts, as far as that has arrived.
pub(crate) fn tell<K: Kind>(here: &Here<K>) {
    while let Some(ticket) = here.world.next_announced(here.isolate()) {
        let start = here.starts.borrow_mut().pending.remove(&ticket);
        if let Some((started, outcome)) = start {
            started(outcome);
        }
    }
}

/// Tells an isolate that is over the rest, so that every start has been answered.
pub(crate) fn tell_all<K: Kind>(here: &Here<K>) {
    let pending = mem::take(&mut here.starts.borrow_mut().pending);
    for (started, outcome) in pending.into_values() {
        started(outcome);
    }
}
