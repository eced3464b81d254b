//! Tracks of isolates that share no memory, on their way into one picture.

use std::{collections::BTreeMap, time::Duration};

use super::{
    record::{Record, Stamp},
    track::Copied,
};
use crate::kind::Kind;

/// Moves all moments by so many nanoseconds: into the time of another isolate.
pub(crate) fn shift(tracks: &mut [Copied], nanoseconds: i64) {
    let by = Duration::from_nanos(nanoseconds.unsigned_abs());
    let shift = |time: &mut Duration| {
        *time = if nanoseconds < 0 {
            time.saturating_sub(by)
        } else {
            time.saturating_add(by)
        };
    };
    for record in records(tracks) {
        shift(&mut record.begin.time);
        shift(&mut record.end.time);
    }
}

/// No event runs any more.
pub(crate) fn close(tracks: &mut [Copied]) {
    for record in records(tracks) {
        record.is_running = false;
    }
}

fn records(tracks: &mut [Copied]) -> impl Iterator<Item = &mut Record> {
    tracks.iter_mut().flat_map(|track| &mut track.records)
}

/// Adds what somebody else knows of the isolate `name`: behind all that is on its track, which is the first one.
pub(crate) fn note(
    tracks: &mut Vec<Copied>,
    name: &str,
    label: &str,
    (begin, end): (Duration, Duration),
    is_running: bool,
) {
    let at = tracks.iter().position(|track| track.name == name);
    let at = at.unwrap_or_else(|| {
        let (name, records) = (name.to_owned(), Vec::new());
        tracks.insert(
            0,
            Copied {
                name,
                records,
                lost: 0,
            },
        );
        0
    });
    let records = &mut tracks[at].records;
    let last = records.iter().map(|record| record.end.order).max();
    let stamp = |time, behind| Stamp {
        time,
        order: last.unwrap_or(0).saturating_add(behind),
    };
    let mut record = Record::new(Kind::Other, stamp(begin, 1));
    record.end = stamp(end, 2);
    record.label = Some(label.into());
    record.is_running = is_running;
    records.push(record);
}

/// Numbers messages from 1.
pub(crate) fn renumber(tracks: &mut [Copied]) {
    let mut numbers = BTreeMap::from([(0, 0)]);
    for record in records(tracks) {
        let next = numbers.len() as u64;
        record.number = *numbers.entry(record.number).or_insert(next);
    }
}
