//! Where platforms differ: the tests that do not apply to one, and why.
//!
//! A test never asks where it runs. Its harness asks [`not_applicable`] first, prints the reason and
//! counts the test as not applicable.

use insula_core::{Platform, platform::ComputeOn};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

/// What a platform can do: its constants, and what only trying tells.
#[derive(Clone, Copy, Debug)]
struct Facts {
    can_spawn: bool,
    catches_panics: bool,
    compute_on: ComputeOn,
    /// Whether a message is encoded when it is sent.
    encodes: bool,
}

impl Facts {
    fn of<P: Platform>() -> Self {
        Self {
            can_spawn: P::CAN_SPAWN,
            catches_panics: P::CATCHES_PANICS,
            compute_on: P::COMPUTE_ON,
            encodes: P::pack(Refusing).is_err(),
        }
    }
}

/// A message that can't be encoded.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusing;

impl Serialize for Refusing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("it refuses"))
    }
}

struct Difference {
    tests: &'static [&'static str],
    absent: fn(Facts) -> bool,
    reason: &'static str,
}

impl Difference {
    fn names(&self, test: &str) -> bool {
        self.tests.iter().any(|name| match name.strip_suffix('*') {
            Some(beginning) => test.starts_with(beginning),
            None => *name == test,
        })
    }
}

/// The one table. A platform for which `absent` is true does not run `tests`; a name that ends in `*`
/// stands for all that begin so.
const DIFFERENCES: &[Difference] = &[
    Difference {
        tests: &["isolate_run_test_*", "spawn_a*", "spawn_function_*", "spawn_generic_test", "spawn_moves_its_message"],
        absent: |facts| !facts.can_spawn,
        reason: "memory is not shared there: `spawn` and `run` are unsupported, as `spawn_unsupported` and `run_unsupported` show",
    },
    Difference {
        tests: &["static_function_*", "object_leak_test", "error_at_spawn_test", "error_exit_at_spawn_test", "exit_at_spawn_test*"],
        absent: |facts| !facts.can_spawn,
        reason: "memory is not shared there: `spawn` and `run` are unsupported, as `spawn_unsupported` and `run_unsupported` show",
    },
    Difference {
        tests: &["compute_test2_panic"],
        absent: |facts| !facts.catches_panics && facts.compute_on == ComputeOn::EventLoop,
        reason: "a panic does not unwind there, and `compute` runs in the caller's isolate: this one would end the test's",
    },
    Difference {
        tests: &[
            "spawn_uri_a05_t03", "spawn_uri_a05_t04", "spawn_uri_a05_t05", "spawn_uri_a07_t02", "spawn_uri_a07_t03", "spawn_uri_a07_t04",
            "error_exit_at_spawnuri_test",
        ],
        absent: |facts| !facts.catches_panics,
        reason: "a panic does not unwind there: it ends its isolate, whatever `errors_are_fatal` says",
    },
    Difference {
        tests: &["compute_test3", "compute_test3_async", "compute_test5", "compute_test5_async", "compute_debug_label", "compute_caller_error"],
        absent: |facts| facts.compute_on == ComputeOn::EventLoop,
        reason: "`compute` runs in the caller's isolate there, so it has no name and no end of its own",
    },
    Difference {
        tests: &["compute_test_invalid_message"],
        absent: |facts| !facts.encodes || facts.compute_on == ComputeOn::EventLoop,
        reason: "messages to `compute` are not encoded there, so nothing refuses them",
    },
    Difference {
        tests: &["spawn_unsupported", "run_unsupported", "moved_unsupported"],
        absent: |facts| facts.can_spawn,
        reason: "memory is shared there, so `spawn`, `run` and `Moved` work",
    },
];

/// Why `test` does not apply to `P`; `None` when it does.
#[must_use]
pub fn not_applicable<P: Platform>(test: &str) -> Option<&'static str> {
    let facts = Facts::of::<P>();
    DIFFERENCES.iter().find(|difference| difference.names(test) && (difference.absent)(facts)).map(|difference| difference.reason)
}

/// Every test that the table names, for the house rules.
pub fn named() -> impl Iterator<Item = &'static str> {
    DIFFERENCES.iter().flat_map(|difference| difference.tests.iter().copied())
}

/// How many of `tests` run on `P`, and which don't, and why: a line each.
#[must_use]
pub fn summary<P: Platform>(tests: &[&str]) -> String {
    let absent: Vec<_> = tests.iter().filter_map(|test| Some((test, not_applicable::<P>(test)?))).collect();
    let mut summary = format!("{}: {} tests, {} do not apply\n", P::NAME, tests.len(), absent.len());
    for (test, reason) in absent {
        summary.push_str(&format!("  {test}: {reason}\n"));
    }
    summary
}
