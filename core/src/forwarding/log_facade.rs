//! The crate `log`: a logger for isolates, and what the application's logger gets.

use log::{LevelFilter, Log, Metadata, kv};

use super::{
    author::written_by,
    record::{Facade, Level, Record},
};

/// The logger of an isolate: it hands each record on.
#[derive(Debug)]
pub struct LogForwarder {
    most: LevelFilter,
    forward: fn(Record),
}

impl LogForwarder {
    /// A logger for records up to the level `most`. `forward` is called with each.
    #[must_use]
    pub fn new(most: LevelFilter, forward: fn(Record)) -> Self {
        Self { most, forward }
    }

    /// Makes it the logger of the calling isolate.
    ///
    /// # Errors
    /// The isolate has a logger.
    pub fn install(self) -> Result<(), log::SetLoggerError> {
        let most = self.most;
        log::set_logger(Box::leak(Box::new(self)))?;
        log::set_max_level(most);
        Ok(())
    }
}

impl Log for LogForwarder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.most
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut fields = Fields(Vec::new());
        // The collector has no errors of its own, and what a value refuses is left out.
        let _ = record.key_values().visit(&mut fields);
        let record = Record {
            facade: Facade::Log,
            level: record.level().into(),
            target: record.target().to_owned(),
            text: record.args().to_string(),
            fields: fields.0,
            spans: String::new(),
            module: record.module_path().map(str::to_owned),
            file: record.file().map(str::to_owned),
            line: record.line(),
        };
        (self.forward)(record.shortened());
    }

    fn flush(&self) {}
}

/// Collects the fields of a record as texts.
struct Fields(Vec<(String, String)>);

impl<'kvs> kv::VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        self.0.push((key.to_string(), value.to_string()));
        Ok(())
    }
}

/// Gives the application's logger a record of the isolate `name`, if the logger wants it. The isolate's name is the first of
/// its fields, `isolate`.
pub fn log_record(name: &str, record: &Record) {
    let level = log::Level::from(record.level);
    if level > log::max_level() {
        return;
    }
    let fields = record.fields.iter();
    let fields: Vec<(&str, &str)> = [("isolate", name)]
        .into_iter()
        .chain(fields.map(|(name, value)| (name.as_str(), value.as_str())))
        .collect();
    let fields = fields.as_slice();
    let give = |text: std::fmt::Arguments<'_>| {
        let logger = log::logger();
        let record = log::Record::builder()
            .args(text)
            .level(level)
            .target(&record.target)
            .module_path(record.module.as_deref())
            .file(record.file.as_deref())
            .line(record.line)
            .key_values(&fields)
            .build();
        if logger.enabled(record.metadata()) {
            logger.log(&record);
        }
    };
    written_by(name, || give(format_args!("{}", record.text)));
}

impl From<log::Level> for Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Error => Self::Error,
            log::Level::Warn => Self::Warn,
            log::Level::Info => Self::Info,
            log::Level::Debug => Self::Debug,
            log::Level::Trace => Self::Trace,
        }
    }
}

impl From<Level> for log::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warn => Self::Warn,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
            Level::Trace => Self::Trace,
        }
    }
}
