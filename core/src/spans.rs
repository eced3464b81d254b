//! Spans of `tracing`, with the feature of that name: each event that an isolate handles runs in one. Its name is that of the
//! event's [`Kind`].
//!
//! | field | is |
//! |---|---|
//! | `isolate` | the debug name of the isolate |
//! | `number` | that of the message, if the event is one. `sent` and `received` have the same |
//! | `label` | that of the job |

use crate::{kind::Kind, recording::Mark};

pub(crate) use imp::{Entered, Entering, are_on, describe, enter, received, replace, sent};

/// Whether there is code for spans.
pub(crate) const ARE_LINKED: bool = cfg!(feature = "tracing");

#[cfg(feature = "tracing")]
mod imp {
    use std::cell::RefCell;

    use tracing::{Level, Span, field::Empty};

    use super::{Kind, Mark};

    thread_local! {
        /// The spans of what this thread runs, the outermost first.
        static ENTERED: RefCell<Vec<Span>> = const { RefCell::new(Vec::new()) };
    }

    /// What a thread has entered for the code that it runs.
    pub(crate) struct Entered(Vec<Span>);

    impl Entered {
        pub(crate) const NONE: Self = Self(Vec::new());
    }

    /// A span that this thread leaves when this is dropped.
    pub(crate) struct Entering(bool);

    /// Whether somebody wants the spans.
    #[inline]
    pub(crate) fn are_on() -> bool {
        tracing::span_enabled!(target: "insula", Level::INFO)
    }

    #[inline]
    pub(crate) fn enter(isolate: &str, kind: Kind) -> Entering {
        if are_on() {
            begin(isolate, kind)
        } else {
            Entering(false)
        }
    }

    /// Makes a span with a name that the compiler knows, as `tracing` wants it.
    macro_rules! named {
        ($kind:ident, $isolate:ident, $($variant:ident $name:literal),*) => {
            match $kind {
                $(Kind::$variant => tracing::info_span!(
                    target: "insula",
                    $name,
                    isolate = $isolate,
                    number = Empty,
                    label = Empty,
                ),)*
            }
        };
    }

    #[cold]
    fn begin(isolate: &str, kind: Kind) -> Entering {
        let span = named!(
            kind, isolate,
            Start "start", Message "message", Job "job", Timer "timer", Wake "wake",
            Microtasks "microtasks", Control "control", End "end", Send "send", Other "event"
        );
        span.with_subscriber(|(id, subscriber)| subscriber.enter(id));
        let is_kept = ENTERED.try_with(|entered| entered.borrow_mut().push(span));
        Entering(is_kept.is_ok())
    }

    impl Drop for Entering {
        fn drop(&mut self) {
            if self.0 {
                let span = ENTERED.try_with(|entered| entered.borrow_mut().pop());
                if let Ok(Some(span)) = span {
                    exit(&span);
                }
            }
        }
    }

    fn exit(span: &Span) {
        span.with_subscriber(|(id, subscriber)| subscriber.exit(id));
    }

    /// Says which message the running event is.
    pub(crate) fn describe(mark: &Mark) {
        let span = ENTERED.try_with(|entered| entered.borrow().last().cloned());
        if let Ok(Some(span)) = span {
            span.record("number", mark.number);
            if let Some(label) = &mark.label {
                span.record("label", &**label);
            }
        }
    }

    /// A message is sent.
    pub(crate) fn sent(mark: &Mark) {
        tracing::debug!(target: "insula", number = mark.number, label = mark.label.as_deref(), "sent");
    }

    /// A message was handed over on the sender's thread.
    pub(crate) fn received(mark: &Mark) {
        tracing::debug!(target: "insula", number = mark.number, label = mark.label.as_deref(), "received");
    }

    /// Leaves what this thread has entered, and enters `others` instead; gives back what it has left.
    pub(crate) fn replace(others: Entered) -> Entered {
        let replaced = ENTERED.try_with(|entered| {
            let left = entered.take();
            for span in left.iter().rev() {
                exit(span);
            }
            for span in &others.0 {
                span.with_subscriber(|(id, subscriber)| subscriber.enter(id));
            }
            entered.replace(others.0);
            Entered(left)
        });
        replaced.unwrap_or(Entered::NONE)
    }
}

#[cfg(not(feature = "tracing"))]
mod imp {
    use super::{Kind, Mark};

    pub(crate) struct Entered;

    impl Entered {
        pub(crate) const NONE: Self = Self;
    }

    pub(crate) struct Entering;

    #[inline]
    pub(crate) fn are_on() -> bool {
        false
    }

    #[inline]
    pub(crate) fn enter(_: &str, _: Kind) -> Entering {
        Entering
    }

    #[inline]
    pub(crate) fn describe(_: &Mark) {}

    #[inline]
    pub(crate) fn sent(_: &Mark) {}

    #[inline]
    pub(crate) fn received(_: &Mark) {}

    #[inline]
    pub(crate) fn replace(others: Entered) -> Entered {
        others
    }
}
