//! [`Account`]: what an isolate says of itself where isolates share no memory, and what a platform makes of all of them.

use std::time::Duration;

use super::{
    inspection::Inspection,
    isolate::{IsolateInfo, State, UnreadPort},
};
use crate::{
    PoolInfo,
    contract::Platform,
    event_loop::EventLoop,
    inspection::{Told, Unread},
    recording,
    work::{self, Glance},
};

/// What one isolate says of itself, and of the pools that it owns. For a platform whose isolates share no memory: it asks
/// each of them for this, and makes an [`Inspection`](super::Inspection) of all.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a platform takes it apart, sends it, and puts it together"
)]
pub struct Account<P: Platform> {
    /// The isolate. Its number, name, parent, age and busy time are known to the platform alone.
    pub isolate: IsolateInfo,
    /// Its pools that are not closed, each with the isolates of its [jobs](PoolInfo::jobs).
    pub pools: Vec<(PoolInfo, Vec<P::Mailbox>)>,
}

/// What an isolate has found when it was asked before: since when nobody reads what lies in its ports.
#[derive(Debug, Default)]
pub struct Earlier {
    unread: Vec<Unread>,
}

impl<P: Platform> Account<P> {
    /// What the calling isolate says of itself. `earlier` is the same value each time that it is asked.
    pub fn of_this_isolate(earlier: &mut Earlier) -> Self {
        let at = P::now();
        let told = EventLoop::<P>::current().tell();
        earlier.look(&told, at);
        let mut isolate = IsolateInfo::new(0, "");
        isolate.state = match told {
            Told {
                is_ending: true, ..
            } => State::Ending,
            Told { is_busy: true, .. } => State::Busy,
            Told { pauses: 1.., .. } => State::Paused,
            Told { events: 0, .. } => State::Starting,
            _ => State::Idle,
        };
        isolate.pauses = told.pauses;
        isolate.queue = told.queue;
        isolate.events = told.events;
        isolate.errors = told.errors;
        isolate.set_counts(told.counts);
        isolate.unread = earlier.ports(at);
        Self {
            isolate,
            pools: pools::<P>(at)
                .map(|Glance { info, isolates }| (info, isolates))
                .collect(),
        }
    }
}

impl Earlier {
    /// Looks at the ports again. What is read meanwhile, if slowly, is not unread for as long.
    fn look(&mut self, told: &Told, at: Duration) {
        let unread = told.unread.iter().map(|(port, messages)| {
            let known = self.unread.iter().find(|known| known.port == *port);
            let since = known.filter(|known| known.messages <= *messages);
            Unread {
                port: *port,
                messages: *messages,
                since: since.map_or(at, |known| known.since),
            }
        });
        self.unread = unread.collect();
    }

    fn ports(&self, at: Duration) -> Vec<UnreadPort> {
        let ports = self.unread.iter();
        ports.map(|port| UnreadPort::new(port, at)).collect()
    }
}

/// An isolate of which nothing is known but its number and its name; the platform fills in the rest.
#[must_use]
pub fn unknown(id: u64, name: &str) -> IsolateInfo {
    IsolateInfo::new(id, name)
}

/// Notes that an isolate has not answered for so long.
pub fn fall_silent(isolate: &mut IsolateInfo, lasting: Duration) {
    isolate.set_silent(lasting);
}

/// Puts together what is known of isolates, and of pools with the isolates of their jobs.
pub fn put_together<P: Platform>(
    isolates: Vec<(Option<P::Mailbox>, IsolateInfo)>,
    pools: Vec<(PoolInfo, Vec<P::Mailbox>)>,
    at: Duration,
) -> Inspection {
    let mut isolates = isolates;
    for (pool, of_jobs) in &pools {
        for (job, mailbox) in pool.jobs.iter().zip(of_jobs) {
            let has_job =
                |known: &Option<P::Mailbox>| known.as_ref().is_some_and(|known| known == mailbox);
            if let Some((_, isolate)) = isolates.iter_mut().find(|(known, _)| has_job(known)) {
                isolate.job = Some(job.clone());
            }
        }
    }
    Inspection {
        isolates: isolates.into_iter().map(|(_, isolate)| isolate).collect(),
        pools: pools.into_iter().map(|(pool, _)| pool).collect(),
        at,
    }
}

/// What the pools do that are known to the calling isolate.
pub(super) fn pools<P: Platform>(at: Duration) -> impl Iterator<Item = Glance<P>> {
    let pools = recording::register().pools().into_iter();
    pools.filter_map(move |pool| work::glance::<P>(&*pool, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspection::Counts;

    fn told(unread: &[(u64, usize)]) -> Told {
        Told {
            is_ending: false,
            is_busy: false,
            pauses: 0,
            queue: Some(0),
            events: 1,
            errors: 0,
            counts: Counts {
                ports: 1,
                timers: 0,
                futures: 0,
            },
            unread: unread.to_vec(),
        }
    }

    #[test]
    fn a_port_is_unread_since_it_was_seen_and_nothing_was_read() {
        let ms = Duration::from_millis;
        let mut earlier = Earlier::default();
        let mut look = |unread: &[(u64, usize)], at| {
            earlier.look(&told(unread), ms(at));
            let ports = earlier.ports(ms(at)).into_iter();
            ports
                .map(|port| (port.port, port.messages, port.lasting))
                .collect::<Vec<_>>()
        };
        assert_eq!(look(&[(7, 3)], 1), [(7, 3, ms(0))]);
        assert_eq!(look(&[(7, 4)], 5), [(7, 4, ms(4))]);
        assert_eq!(look(&[(7, 2), (8, 1)], 6), [(7, 2, ms(0)), (8, 1, ms(0))]);
        assert_eq!(look(&[(8, 1)], 9), [(8, 1, ms(3))]);
        assert_eq!(look(&[], 10), []);
    }
}
