//! A recording in Chrome's trace event format.

use std::{collections::BTreeMap, fmt};

use super::{
    clock::{Clock, Places, STEP},
    record::Record,
    track::Copied,
};
use crate::kind::Kind;

/// A record with its place in the picture.
struct Slice<'a> {
    record: &'a Record,
    track: usize,
    begin: u64,
    end: u64,
}

/// One end of an arrow: a track and a moment within one of its slices.
#[derive(Clone, Copy)]
struct Point {
    track: usize,
    at: u64,
}

/// Both ends of an arrow, as far as they are recorded.
#[derive(Default)]
struct Arrow {
    from: Option<Point>,
    to: Option<Point>,
}

/// Writes one JSON object.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, tracks: &[Copied], clock: Clock) -> fmt::Result {
    let places = Places::new(tracks, clock);
    let mut slices = Vec::new();
    let mut arrows = BTreeMap::<u64, Arrow>::new();
    for (number, track) in (1..).zip(tracks) {
        place(track, number, &places, &mut slices, &mut arrows);
    }

    f.write_str("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n")?;
    f.write_str(r#"{"ph":"M","pid":1,"name":"process_name","args":{"name":"insula"}}"#)?;
    for (number, track) in (1..).zip(tracks) {
        write_track(f, number, track)?;
    }
    for slice in &slices {
        write_slice(f, slice, &arrows)?;
    }
    for (id, arrow) in &arrows {
        if let (Some(from), Some(to)) = (arrow.from, arrow.to) {
            write_end(f, *id, "s", from)?;
            write_end(f, *id, "f", to)?;
        }
    }
    f.write_str("\n]}\n")
}

/// Finds the places of a track's slices, and the ends of arrows in them.
fn place<'a>(
    track: &'a Copied,
    number: usize,
    places: &Places,
    slices: &mut Vec<Slice<'a>>,
    arrows: &mut BTreeMap<u64, Arrow>,
) {
    let at = |moment| places.of(number - 1, moment);
    let mut records: Vec<_> = track
        .records
        .iter()
        .map(|record| (at(record.begin), at(record.end), record))
        .collect();
    // An event comes before what happened within it.
    records.sort_by_key(|(begin, end, record)| {
        (*begin, std::cmp::Reverse(*end), record.kind == Kind::Send)
    });
    // Where the slices around the next one end, the outermost first.
    let mut around: Vec<u64> = Vec::new();
    let mut last = 0;
    let mut records = records.into_iter().peekable();
    while let Some((begin, end, record)) = records.next() {
        // Threads of the host share a track, and slices of a track do not cross.
        let begin = begin.max(last);
        around.retain(|end| begin < *end);
        let within = around.last().copied();
        if record.kind == Kind::Send
            && let Some(within) = within
        {
            let at = begin.min(within);
            arrows.entry(record.number).or_default().from = Some(Point { track: number, at });
            continue;
        }
        let length = end.saturating_sub(begin);
        let length = if length == 0 {
            // It must not cover what follows it.
            let next = records.peek().map_or(u64::MAX, |(begin, ..)| *begin);
            STEP.min(next.saturating_sub(begin)).max(1)
        } else {
            length
        };
        let end = (begin + length).min(within.unwrap_or(u64::MAX));
        let at = Some(Point {
            track: number,
            at: begin,
        });
        if record.number != 0 {
            let arrow = arrows.entry(record.number).or_default();
            match record.kind {
                Kind::Send => arrow.from = at,
                _ => arrow.to = at,
            }
        }
        // What has no length must not hold what follows it.
        match record.begin == record.end {
            true => last = end,
            false => around.push(end),
        }
        slices.push(Slice {
            record,
            track: number,
            begin,
            end,
        });
    }
}

fn write_track(f: &mut fmt::Formatter<'_>, number: usize, track: &Copied) -> fmt::Result {
    let name = Text(&track.name);
    write!(
        f,
        ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{number},\"name\":\"thread_name\",\"args\":{{\"name\":{name}}}}}"
    )?;
    write!(
        f,
        ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{number},\"name\":\"thread_sort_index\",\"args\":{{\"sort_index\":{number},\"lost\":{}}}}}",
        track.lost
    )
}

fn write_slice(
    f: &mut fmt::Formatter<'_>,
    slice: &Slice<'_>,
    arrows: &BTreeMap<u64, Arrow>,
) -> fmt::Result {
    let Slice {
        record,
        track,
        begin,
        end,
    } = slice;
    let kind = record.kind.name();
    let name = Text(record.label.as_deref().unwrap_or(kind));
    let (ts, duration) = (Micros(*begin), Micros(end - begin));
    write!(
        f,
        ",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{track},\"ts\":{ts},\"dur\":{duration},\"name\":{name},\"cat\":\"{kind}\",\"args\":{{"
    )?;
    let mut separator = "";
    let mut argument = |f: &mut fmt::Formatter<'_>, name: &str, value: fmt::Arguments<'_>| {
        write!(f, "{separator}\"{name}\":{value}")?;
        separator = ",";
        Ok::<(), fmt::Error>(())
    };
    if let Some(queue) = record.queue {
        argument(f, "queue", format_args!("{queue}"))?;
    }
    if record.number != 0 {
        argument(f, "message", format_args!("{}", record.number))?;
        let from = arrows.get(&record.number).and_then(|arrow| arrow.from);
        if let (Some(from), true) = (from, record.kind != Kind::Send) {
            let waited = Micros(begin.saturating_sub(from.at));
            argument(f, "waited_us", format_args!("{waited}"))?;
        }
    }
    if record.is_running {
        argument(f, "running", format_args!("true"))?;
    }
    f.write_str("}}")
}

fn write_end(f: &mut fmt::Formatter<'_>, id: u64, phase: &str, point: Point) -> fmt::Result {
    let Point { track, at } = point;
    let ts = Micros(at);
    // An arrow ends at the slice around its moment, and not at the next one.
    let binding = if phase == "f" { ",\"bp\":\"e\"" } else { "" };
    write!(
        f,
        ",\n{{\"ph\":\"{phase}\"{binding},\"id\":{id},\"pid\":1,\"tid\":{track},\"ts\":{ts},\"name\":\"message\",\"cat\":\"message\"}}"
    )
}

/// Nanoseconds, written as microseconds.
struct Micros(u64);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1_000, self.0 % 1_000)
    }
}

/// A JSON string.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(f, "\\{letter}")?,
                letter if letter.is_control() => write!(f, "\\u{:04x}", u32::from(letter))?,
                letter => write!(f, "{letter}")?,
            }
        }
        f.write_str("\"")
    }
}
