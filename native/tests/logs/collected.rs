//! A logger and a subscriber that collect what they get.

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use insula_core::logs::Level;
use insula_native::logs;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// What was written.
#[derive(Clone, Debug)]
pub(crate) struct Collected {
    /// What the application is told: by whom.
    pub(crate) isolate: Option<String>,
    pub(crate) level: Level,
    pub(crate) target: String,
    pub(crate) text: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) place: (Option<String>, Option<u32>),
    /// The spans in which the thread was, the outermost first.
    pub(crate) spans: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) target: String,
    pub(crate) fields: Vec<(String, String)>,
}

static COLLECTED: Mutex<Vec<Collected>> = Mutex::new(Vec::new());
/// One test at a time collects.
static TURN: Mutex<()> = Mutex::new(());

/// What was written while `code` ran.
pub(crate) fn collected(code: impl FnOnce()) -> Vec<Collected> {
    static INSTALLED: Once = Once::new();
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    INSTALLED.call_once(|| {
        log::set_logger(&Collector).expect("there is no other");
        log::set_max_level(log::LevelFilter::Trace);
        let subscriber = Spans::default();
        tracing::subscriber::set_global_default(subscriber).expect("there is no other");
    });
    drop(take());
    code();
    take()
}

fn take() -> Vec<Collected> {
    std::mem::take(&mut *COLLECTED.lock().unwrap_or_else(PoisonError::into_inner))
}

fn add(one: Collected) {
    let mut all = COLLECTED.lock().unwrap_or_else(PoisonError::into_inner);
    all.push(one);
}

struct Collector;

impl log::Log for Collector {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut fields = Fields::default();
        record.key_values().visit(&mut fields).expect("texts");
        add(Collected {
            isolate: logs::isolate(),
            level: record.level().into(),
            target: record.target().to_owned(),
            text: record.args().to_string(),
            fields: fields.others,
            place: (record.file().map(str::to_owned), record.line()),
            spans: Vec::new(),
        });
    }

    fn flush(&self) {}
}

#[derive(Default)]
struct Spans {
    last: AtomicU64,
    known: Mutex<HashMap<u64, Span>>,
}

thread_local! {
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let span = Span {
            name: span.metadata().name(),
            target: span.metadata().target().to_owned(),
            fields: fields.others,
        };
        self.known.lock().expect("no panic").insert(id, span);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let mut known = self.known.lock().expect("no panic");
        let span = known.get_mut(&span.into_u64()).expect("it is known");
        span.fields.extend(fields.others);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let known = self.known.lock().expect("no panic");
        let spans = match event.is_contextual() {
            true => ENTERED.with_borrow(|ids| ids.iter().map(|id| known[id].clone()).collect()),
            false => Vec::new(),
        };
        let metadata = event.metadata();
        add(Collected {
            isolate: logs::isolate(),
            level: (*metadata.level()).into(),
            target: metadata.target().to_owned(),
            text: fields.message,
            fields: fields.others,
            place: (metadata.file().map(str::to_owned), metadata.line()),
            spans,
        });
    }

    fn enter(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        let last = ENTERED.with_borrow_mut(Vec::pop);
        assert_eq!(last, Some(span.into_u64()), "the innermost is left first");
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(String, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.others
            .push((field.name().to_owned(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let value = format!("{value:?}");
        match field.name() {
            "message" => self.message = value,
            name => self.others.push((name.to_owned(), value)),
        }
    }
}

impl<'kvs> log::kv::VisitSource<'kvs> for Fields {
    fn visit_pair(
        &mut self,
        key: log::kv::Key<'kvs>,
        value: log::kv::Value<'kvs>,
    ) -> Result<(), log::kv::Error> {
        self.others.push((key.to_string(), value.to_string()));
        Ok(())
    }
}
