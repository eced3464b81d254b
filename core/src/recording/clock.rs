//! Where moments are in a picture.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    record::{Record, Stamp},
    track::Copied,
};
use crate::kind::Kind;

/// How long something is drawn that has no length, and the distance of moments where time stands still, in nanoseconds.
pub(super) const STEP: u64 = 1_000;

/// The distance of moments that coarse clocks do not tell apart, in nanoseconds.
const COARSE_STEP: u64 = 100;

/// What times say of the order of moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Clock {
    /// All of it: isolates share a clock that tells any two moments apart.
    Fine,
    /// Little of what lies close together: each isolate has a clock of its own, and it is coarse.
    Coarse,
    /// Nothing within an event, as time stands still there.
    Virtual,
}

/// Where the moments of all tracks are, in nanoseconds.
pub(super) enum Places {
    /// Where their times say.
    Timed,
    /// By their order: of each track, or of all together.
    Ordered(Vec<BTreeMap<u64, u64>>),
}

impl Places {
    pub(super) fn new(tracks: &[Copied], clock: Clock) -> Self {
        match clock {
            Clock::Fine => Self::Timed,
            Clock::Coarse => Self::Ordered(coarse(tracks)),
            Clock::Virtual => {
                let all = moments(tracks.iter().flat_map(|track| &track.records));
                let mut last = 0;
                let place = |moment: Moment| {
                    last = nanoseconds(moment.at).max(last + STEP);
                    (moment.at.order, last)
                };
                Self::Ordered(vec![all.into_iter().map(place).collect()])
            }
        }
    }

    /// Where a moment of the track at `index` is.
    pub(super) fn of(&self, index: usize, moment: Stamp) -> u64 {
        match self {
            Self::Timed => nanoseconds(moment),
            Self::Ordered(tracks) => {
                let track = tracks.get(index).or(tracks.first());
                let place = track.and_then(|track| track.get(&moment.order));
                place.copied().unwrap_or_else(|| nanoseconds(moment))
            }
        }
    }
}

fn nanoseconds(at: Stamp) -> u64 {
    u64::try_from(at.time.as_nanos()).unwrap_or(u64::MAX)
}

/// A moment, and what it has to do with messages.
struct Moment {
    at: Stamp,
    is: Is,
}

#[derive(Clone, Copy)]
enum Is {
    Sending(u64),
    Receipt(u64),
    Other,
}

/// The moments of records, in their order.
fn moments<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<Moment> {
    let of = |record: &Record| {
        let is = match record.kind {
            _ if record.number == 0 => Is::Other,
            Kind::Send => Is::Sending(record.number),
            _ => Is::Receipt(record.number),
        };
        let end = Moment {
            at: record.end,
            is: Is::Other,
        };
        let begin = Moment {
            at: record.begin,
            is,
        };
        [begin, end]
    };
    let mut all: Vec<_> = records.flat_map(of).collect();
    // Stable: a begin comes before an end that is the same moment.
    all.sort_by_key(|moment| moment.at.order);
    all.dedup_by_key(|moment| moment.at.order);
    all
}

/// A track whose moments are being placed.
struct Placing {
    moments: std::vec::IntoIter<Moment>,
    next: Option<Moment>,
    last: u64,
    places: BTreeMap<u64, u64>,
}

impl Placing {
    fn new(track: &Copied) -> Self {
        let mut moments = moments(track.records.iter()).into_iter();
        Self {
            next: moments.next(),
            moments,
            last: 0,
            places: BTreeMap::new(),
        }
    }

    /// Places moments until one is the receipt of what was not sent yet; `sent` has where messages were sent, as far as that
    /// is recorded and placed. Whether it has placed any. With `anyway` the first one is placed in any case.
    fn go_on(&mut self, sent: &mut BTreeMap<u64, Option<u64>>, anyway: bool) -> bool {
        let mut first = true;
        while let Some(moment) = &self.next {
            let from = match moment.is {
                Is::Receipt(number) => match sent.get(&number) {
                    Some(None) if !(first && anyway) => return !first,
                    from => from.copied().flatten(),
                },
                _ => None,
            };
            let after = self.last.max(from.unwrap_or(0)) + COARSE_STEP;
            self.last = nanoseconds(moment.at).max(after);
            self.places.insert(moment.at.order, self.last);
            if let Is::Sending(number) = moment.is {
                sent.insert(number, Some(self.last));
            }
            self.next = self.moments.next();
            first = false;
        }
        !first
    }
}

/// Where moments are whose times are coarse and of several clocks: as their times say, but behind what came before on the same
/// track, and a message behind its sending. So no arrow leads back, and a moment is late by no more than clocks are wrong.
fn coarse(tracks: &[Copied]) -> Vec<BTreeMap<u64, u64>> {
    let records = tracks.iter().flat_map(|track| &track.records);
    let sendings = records.filter(|record| record.kind == Kind::Send);
    let mut sent: BTreeMap<_, _> = sendings.map(|record| (record.number, None)).collect();
    let mut placing: Vec<_> = tracks.iter().map(Placing::new).collect();
    while placing.iter().any(|track| track.next.is_some()) {
        let mut has_gone_on = false;
        for track in &mut placing {
            has_gone_on |= track.go_on(&mut sent, false);
        }
        // Nothing was received before it was sent, unless two messages have one number.
        if !has_gone_on && let Some(track) = placing.iter_mut().find(|track| track.next.is_some()) {
            track.go_on(&mut sent, true);
        }
    }
    placing.into_iter().map(|track| track.places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn record(kind: Kind, number: u64, begin: (u64, u64), end: (u64, u64)) -> Record {
        let stamp = |(ms, order)| Stamp {
            time: Duration::from_millis(ms),
            order,
        };
        let mut record = Record::new(kind, stamp(begin));
        record.end = stamp(end);
        record.number = number;
        record
    }

    fn track(records: Vec<Record>) -> Copied {
        Copied {
            name: String::new(),
            records,
            lost: 0,
        }
    }

    #[test]
    fn no_arrow_leads_back_where_clocks_are_wrong() {
        // The clock of the second is two milliseconds behind, and both know milliseconds alone.
        let tracks = [
            track(vec![
                record(Kind::Timer, 0, (10, 1), (10, 3)),
                record(Kind::Send, 7, (10, 2), (10, 2)),
                record(Kind::Message, 8, (11, 4), (11, 5)),
            ]),
            track(vec![
                record(Kind::Message, 7, (8, 1), (8, 3)),
                record(Kind::Send, 8, (8, 2), (8, 2)),
                record(Kind::Timer, 0, (20, 4), (21, 5)),
            ]),
        ];
        let places = Places::new(&tracks, Clock::Coarse);
        let at = |track: usize, order: u64| {
            let time = Duration::ZERO;
            places.of(track, Stamp { time, order })
        };
        let ms = 1_000_000;
        assert_eq!(at(0, 1), 10 * ms);
        assert_eq!(at(0, 2), 10 * ms + COARSE_STEP);
        assert_eq!(at(1, 1), 10 * ms + 2 * COARSE_STEP, "behind its sending");
        assert_eq!(at(1, 2), 10 * ms + 3 * COARSE_STEP);
        assert_eq!(at(0, 4), 11 * ms);
        assert_eq!((at(1, 4), at(1, 5)), (20 * ms, 21 * ms));
    }

    #[test]
    fn numbers_that_make_no_sense_are_placed_all_the_same() {
        let tracks = [track(vec![
            record(Kind::Message, 7, (5, 1), (5, 2)),
            record(Kind::Send, 7, (6, 3), (6, 3)),
        ])];
        let Places::Ordered(places) = Places::new(&tracks, Clock::Coarse) else {
            unreachable!("its order counts");
        };
        assert_eq!(places[0].len(), 3);
    }
}
