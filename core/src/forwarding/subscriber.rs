//! The crate `tracing`, in an isolate: a subscriber that hands each event on, with the spans around it.

use std::fmt::{self, Write as _};

use tracing::{
    Event, Level as TracingLevel, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id},
    subscriber::SetGlobalDefaultError,
};
use tracing_core::{Interest, span::Current};

use super::record::{Facade, Level, Record};
use crate::{sync::Mutex, table::Table};

/// What spans and events of insula itself are about. The spans say only which isolate runs, which the application's
/// subscriber is told anyway.
const OWN: &str = "insula";

/// The subscriber of an isolate that has one thread: it hands each event on, and no span.
#[derive(Debug)]
pub struct EventForwarder {
    most: LevelFilter,
    forward: fn(Record),
    spans: Mutex<Spans>,
}

#[derive(Default)]
struct Spans {
    last: u64,
    known: Table<u64, Span>,
    /// Those that are entered, the outermost first.
    entered: Vec<u64>,
}

struct Span {
    metadata: &'static Metadata<'static>,
    fields: Vec<(String, String)>,
    parent: Option<u64>,
    handles: usize,
}

impl EventForwarder {
    /// A subscriber for events and spans up to the level `most`. `forward` is called with each event.
    #[must_use]
    pub fn new(most: LevelFilter, forward: fn(Record)) -> Self {
        Self {
            most,
            forward,
            spans: Mutex::default(),
        }
    }

    /// Makes it the subscriber of the calling isolate.
    ///
    /// # Errors
    /// The isolate has a subscriber.
    pub fn install(self) -> Result<(), SetGlobalDefaultError> {
        tracing::subscriber::set_global_default(self)
    }
}

impl Spans {
    /// The names and fields of a span and those around it: `fetch{url=a.png}:decode`.
    fn text(&self, innermost: Option<u64>) -> String {
        let mut chain = Vec::new();
        let mut next = innermost;
        while let Some(span) = next.and_then(|id| self.known.get(id)) {
            chain.push(span);
            next = span.parent;
        }
        let mut text = String::new();
        for span in chain.iter().rev() {
            if !text.is_empty() {
                text.push(':');
            }
            text.push_str(span.metadata.name());
            if !span.fields.is_empty() {
                let fields: Vec<_> = span
                    .fields
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                // A text takes all.
                let _ = write!(text, "{{{}}}", fields.join(" "));
            }
        }
        text
    }
}

impl Subscriber for EventForwarder {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_own_span = metadata.is_span() && metadata.target() == OWN;
        *metadata.level() <= self.most && !is_own_span
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        // The values are asked for their texts before the lock: they may write records themselves.
        let mut fields = Fields::default();
        span.record(&mut fields);
        let mut spans = self.spans.lock();
        let parent = if span.is_contextual() {
            spans.entered.last().copied()
        } else {
            span.parent().map(Id::into_u64)
        };
        spans.last += 1;
        let number = spans.last;
        let span = Span {
            metadata: span.metadata(),
            fields: fields.all(),
            parent,
            handles: 1,
        };
        spans.known.insert(number, span);
        Id::from_u64(number)
    }

    fn record(&self, span: &Id, values: &tracing::span::Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(span) = self.spans.lock().known.get_mut(span.into_u64()) {
            for (name, value) in fields.all() {
                span.fields.retain(|(known, _)| *known != name);
                span.fields.push((name, value));
            }
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let spans = {
            let spans = self.spans.lock();
            spans.text(if event.is_contextual() {
                spans.entered.last().copied()
            } else {
                event.parent().map(Id::into_u64)
            })
        };
        let metadata = event.metadata();
        let record = Record {
            facade: Facade::Tracing,
            level: (*metadata.level()).into(),
            target: metadata.target().to_owned(),
            text: fields.message,
            fields: fields.others,
            spans,
            module: metadata.module_path().map(str::to_owned),
            file: metadata.file().map(str::to_owned),
            line: metadata.line(),
        };
        (self.forward)(record.shortened());
    }

    fn enter(&self, span: &Id) {
        self.spans.lock().entered.push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        let mut spans = self.spans.lock();
        let place = spans.entered.iter().rposition(|id| *id == span.into_u64());
        if let Some(place) = place {
            spans.entered.remove(place);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        if let Some(span) = self.spans.lock().known.get_mut(id.into_u64()) {
            span.handles += 1;
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let id = id.into_u64();
        let mut spans = self.spans.lock();
        let Some(span) = spans.known.get_mut(id) else {
            return false;
        };
        span.handles -= 1;
        let is_over = span.handles == 0;
        if is_over {
            spans.known.remove(id);
        }
        is_over
    }

    fn current_span(&self) -> Current {
        let spans = self.spans.lock();
        let innermost = spans.entered.last();
        let innermost = innermost.and_then(|id| Some((*id, spans.known.get(*id)?)));
        innermost.map_or_else(Current::none, |(id, span)| {
            Current::new(Id::from_u64(id), span.metadata)
        })
    }
}

/// Collects fields as texts.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(String, String)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            name => self.others.push((name.to_owned(), value)),
        }
    }

    /// All of them, for a span, whose message is nothing special.
    fn all(mut self) -> Vec<(String, String)> {
        if !self.message.is_empty() {
            self.others.push(("message".to_owned(), self.message));
        }
        self.others
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spans").finish_non_exhaustive()
    }
}

impl From<TracingLevel> for Level {
    fn from(level: TracingLevel) -> Self {
        match level {
            TracingLevel::ERROR => Self::Error,
            TracingLevel::WARN => Self::Warn,
            TracingLevel::INFO => Self::Info,
            TracingLevel::DEBUG => Self::Debug,
            TracingLevel::TRACE => Self::Trace,
        }
    }
}

impl From<Level> for TracingLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
            Level::Trace => Self::TRACE,
        }
    }
}
