//! A record as it travels.

/// How long a text of a record may be, in bytes.
const LONGEST: usize = 8 * 1024;

/// How many fields a record may have.
const MOST_FIELDS: usize = 64;

/// What an isolate has written with `log` or `tracing`, as it travels to the application's logger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the two ends are one build, and platforms make records"
)]
pub struct Record {
    /// Whose record it is.
    pub facade: Facade,
    /// How important it is.
    pub level: Level,
    /// The part of the program that it is about; its module, if it says nothing else.
    pub target: String,
    /// The message.
    pub text: String,
    /// Names and values beside the message.
    pub fields: Vec<(String, String)>,
    /// The spans of `tracing` around it, the outermost first.
    pub spans: String,
    /// The module that has written it.
    pub module: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<u32>,
}

/// The crate with which a record was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a platform asks for each of them")]
pub enum Facade {
    /// `log`.
    #[default]
    Log,
    /// `tracing`.
    Tracing,
}

/// How important a record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_enums,
    reason = "`log` and `tracing` have these five"
)]
pub enum Level {
    /// Something has failed.
    #[default]
    Error,
    /// Something is not as it should be.
    Warn,
    /// What happens.
    Info,
    /// What helps to find errors.
    Debug,
    /// Everything.
    Trace,
}

impl Record {
    /// Says that an isolate has written more than it may.
    #[must_use]
    pub fn dropped(facade: Facade, count: u64) -> Self {
        Self {
            facade,
            level: Level::Warn,
            target: "insula".to_owned(),
            text: format!(
                "{count} log records of this isolate were dropped: it may write {} at once, and then {} a second",
                super::AT_ONCE,
                super::PER_SECOND
            ),
            ..Self::default()
        }
    }

    /// The record, with texts that are not too long to travel.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        self.fields.truncate(MOST_FIELDS);
        let values = self.fields.iter_mut().map(|(_, value)| value);
        let texts = [&mut self.target, &mut self.text, &mut self.spans];
        for text in texts.into_iter().chain(values) {
            shorten(text);
        }
        self
    }

    /// The fields as one text: `name=value name=value`.
    #[must_use]
    pub fn fields_text(&self) -> String {
        let fields = self.fields.iter();
        let fields: Vec<_> = fields
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        fields.join(" ")
    }
}

fn shorten(text: &mut String) {
    if text.len() <= LONGEST {
        return;
    }
    let all = text.len();
    let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
    text.push_str(&format!("… ({} bytes more)", all - text.len()));
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, MOST_FIELDS, Record};

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_by_how_much() {
        let record = Record {
            text: "é".repeat(LONGEST),
            fields: vec![("field".to_owned(), "x".repeat(LONGEST + 7)); MOST_FIELDS + 1],
            ..Record::default()
        };
        let record = record.shortened();
        let more = format!("é… ({LONGEST} bytes more)");
        assert!(record.text.ends_with(&more), "{}", record.text.len());
        assert_eq!(record.fields.len(), MOST_FIELDS);
        assert!(record.fields[0].1.ends_with("x… (7 bytes more)"));
    }

    #[test]
    fn what_is_short_stays_as_it_is() {
        let record = Record {
            text: "three blind mice".to_owned(),
            ..Record::default()
        };
        assert_eq!(record.clone().shortened(), record);
    }
}
