//! Reads a recording's picture, and checks its format on the way.
//!
//! The rules are those of Chrome's trace event format, as Perfetto reads it: each slice lies on a named track, slices of a
//! track nest, and each end of an arrow lies within a slice.

use std::collections::BTreeMap;

use serde_json::Value;

/// A slice, with times in nanoseconds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Slice {
    /// The name of its track.
    pub track: String,
    /// Its name.
    pub name: String,
    /// What kind of event it is.
    pub kind: String,
    /// When it begins.
    pub begin: u64,
    /// When it ends.
    pub end: u64,
    /// What else is told of it.
    pub args: Value,
    tid: u64,
}

/// An arrow: the slices around its two ends.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Arrow {
    /// The event that has sent.
    pub from: Slice,
    /// The event that was sent to.
    pub to: Slice,
}

/// What is in a picture.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Picture {
    /// The names of its tracks.
    pub tracks: Vec<String>,
    /// Its slices.
    pub slices: Vec<Slice>,
    /// Its arrows.
    pub arrows: Vec<Arrow>,
}

impl Picture {
    /// The slices with this name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Slice> {
        self.slices.iter().filter(move |slice| slice.name == name)
    }

    /// Whether an arrow leads from one track to the other.
    #[must_use]
    pub fn leads(&self, from: &str, to: &str) -> bool {
        let mut arrows = self.arrows.iter();
        arrows.any(|arrow| arrow.from.track == from && arrow.to.track == to)
    }
}

/// Reads a picture.
///
/// # Panics
/// When it breaks a rule of the format.
#[must_use]
pub fn read(json: &str) -> Picture {
    let value: Value = serde_json::from_str(json).expect("a picture is JSON");
    let events = value["traceEvents"].as_array().expect("a list of events");
    let mut tracks = BTreeMap::new();
    let (mut slices, mut starts, mut ends) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for event in events {
        assert_eq!(event["pid"], 1, "{event}");
        let name = text(&event["name"]);
        match text(&event["ph"]).as_str() {
            "M" if name == "thread_name" => {
                let before = tracks.insert(number(&event["tid"]), text(&event["args"]["name"]));
                assert_eq!(before, None, "two names for a track: {event}");
            }
            "M" => assert!(["process_name", "thread_sort_index"].contains(&name.as_str())),
            "X" => {
                let begin = nanoseconds(&event["ts"]);
                let length = nanoseconds(&event["dur"]);
                assert!(length > 0, "nothing is drawn of {event}");
                slices.push(Slice {
                    track: String::new(),
                    name,
                    kind: text(&event["cat"]),
                    begin,
                    end: begin + length,
                    args: event["args"].clone(),
                    tid: number(&event["tid"]),
                });
            }
            "s" => put(&mut starts, event),
            "f" => {
                assert_eq!(event["bp"], "e", "it would end at the next slice: {event}");
                put(&mut ends, event);
            }
            other => panic!("an event of the unknown kind {other}: {event}"),
        }
    }
    for slice in &mut slices {
        let name = tracks
            .get(&slice.tid)
            .expect("each slice is on a named track");
        slice.track.clone_from(name);
    }
    slices.sort_by_key(|slice| (slice.tid, slice.begin, std::cmp::Reverse(slice.end)));
    expect_nested(&slices);
    let ids = |ends: &BTreeMap<u64, (u64, u64)>| ends.keys().copied().collect::<Vec<_>>();
    assert_eq!(ids(&starts), ids(&ends), "each arrow has two ends");
    let arrows = starts.iter().map(|(id, from)| Arrow {
        from: around(&slices, *from),
        to: around(&slices, ends[id]),
    });
    Picture {
        tracks: tracks.values().cloned().collect(),
        arrows: arrows.collect(),
        slices,
    }
}

fn put(ends: &mut BTreeMap<u64, (u64, u64)>, event: &Value) {
    let point = (number(&event["tid"]), nanoseconds(&event["ts"]));
    let before = ends.insert(number(&event["id"]), point);
    assert_eq!(before, None, "two ends of a kind: {event}");
}

/// The innermost slice around a point; `slices` are sorted.
fn around(slices: &[Slice], (tid, at): (u64, u64)) -> Slice {
    let begun = slices.partition_point(|slice| (slice.tid, slice.begin) <= (tid, at));
    let mut begun = slices[..begun].iter().rev();
    let innermost = begun.find(|slice| slice.end >= at);
    let innermost = innermost.filter(|slice| slice.tid == tid);
    innermost.expect("an arrow ends in a slice").clone()
}

/// Expects that no slice crosses another; `slices` are sorted.
fn expect_nested(slices: &[Slice]) {
    let mut around: Vec<&Slice> = Vec::new();
    for slice in slices {
        around.retain(|outer| outer.tid == slice.tid && slice.begin < outer.end);
        if let Some(outer) = around.last() {
            assert!(slice.end <= outer.end, "{slice:?} leaves {outer:?}");
        }
        around.push(slice);
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a whole number")
}

fn nanoseconds(value: &Value) -> u64 {
    (value.as_f64().expect("a number of microseconds") * 1_000.0).round() as u64
}
