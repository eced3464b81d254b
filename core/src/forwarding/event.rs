//! The crate `tracing`, in the application: its subscriber gets events that isolates have written.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, OnceLock},
};

use tracing::{
    Event, Level as TracingLevel, Metadata,
    callsite::Callsite,
    dispatcher,
    field::{FieldSet, Value, display},
    metadata::Kind,
    span::Id,
};
use tracing_core::{Interest, callsite, identify_callsite};

use super::{
    author::written_by,
    record::{Level, Record},
};
use crate::sync::Mutex;

/// What each event of another isolate has: its text, the isolate's name, and what else it has as one text.
const FIELDS: &[&str] = &["message", "isolate", "fields", "spans"];

/// A place in the program that writes events, as seen from here. `tracing` wants it to last for ever; there are as many as
/// the program has places that write.
struct Place {
    metadata: OnceLock<Metadata<'static>>,
}

type Key = (Level, String, Option<String>, Option<u32>);

static PLACES: LazyLock<Mutex<BTreeMap<Key, &'static Place>>> = LazyLock::new(Mutex::default);

impl Callsite for Place {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.known()
    }
}

/// A text that lasts for ever.
fn kept(text: &str) -> &'static str {
    Box::leak(text.into())
}

impl Place {
    fn known(&self) -> &Metadata<'static> {
        let metadata = self.metadata.get();
        metadata.expect("a place is registered when it has them")
    }
}

fn place_of(record: &Record) -> &'static Place {
    let key = (
        record.level,
        record.target.clone(),
        record.file.clone(),
        record.line,
    );
    if let Some(place) = PLACES.lock().get(&key) {
        return place;
    }
    let place: &'static Place = Box::leak(Box::new(Place {
        metadata: OnceLock::new(),
    }));
    let file = record.file.as_deref().map(kept);
    let name = match (file, record.line) {
        (Some(file), Some(line)) => kept(&format!("event {file}:{line}")),
        _ => "event",
    };
    place.metadata.get_or_init(|| {
        Metadata::new(
            name,
            kept(&record.target),
            TracingLevel::from(record.level),
            file,
            record.line,
            record.module.as_deref().map(kept),
            FieldSet::new(FIELDS, identify_callsite!(place)),
            Kind::EVENT,
        )
    });
    callsite::register(place);
    PLACES.lock().insert(key, place);
    place
}

/// Gives the application's subscriber an event of the isolate `name`, if the subscriber wants it.
pub fn dispatch(name: &str, record: &Record) {
    let level = TracingLevel::from(record.level);
    if level > tracing::level_filters::LevelFilter::current() {
        return;
    }
    let metadata = place_of(record).known();
    let is_there = |text: &str| (!text.is_empty()).then(|| display(text.to_owned()));
    let (fields, spans) = (is_there(&record.fields_text()), is_there(&record.spans));
    let text = format_args!("{}", record.text);
    give(
        name,
        metadata,
        [
            Some(&text),
            Some(&name),
            fields.as_ref().map(|fields| fields as &dyn Value),
            spans.as_ref().map(|spans| spans as &dyn Value),
        ],
    );
}

fn give(name: &str, metadata: &'static Metadata<'static>, values: [Option<&dyn Value>; 4]) {
    let set = metadata.fields();
    let mut names = set.iter();
    let values = values.map(|value| (names.next().expect("there are as many names"), value));
    let values = values.each_ref().map(|(field, value)| (field, *value));
    written_by(name, || {
        dispatcher::get_default(|current| {
            if current.enabled(metadata) {
                let values = set.value_set(&values);
                // Of no span: what the application does meanwhile has nothing to do with it.
                current.event(&Event::new_child_of(None::<Id>, metadata, &values));
            }
        });
    });
}
