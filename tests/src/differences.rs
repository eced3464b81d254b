//! Where platforms differ: the tests that do not apply to one, and why.
//!
//! A test never asks where it runs. Its harness asks [`not_applicable`] first, prints the reason and
//! counts the test as not applicable.

use insula_core::{Platform, contract::ComputeOn};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

/// What a platform can do: its constants, and what only trying tells.
#[derive(Clone, Copy, Debug)]
struct Facts {
    name: &'static str,
    can_spawn: bool,
    can_kill_at_once: bool,
    catches_panics: bool,
    compute_on: ComputeOn,
    /// Whether a message is encoded when it is sent.
    encodes: bool,
}

impl Facts {
    fn of<P: Platform>() -> Self {
        Self {
            name: P::NAME,
            can_spawn: P::CAN_SPAWN,
            can_kill_at_once: P::CAN_KILL_AT_ONCE,
            catches_panics: P::CATCHES_PANICS,
            compute_on: P::COMPUTE_ON,
            encodes: P::pack(Refusing).is_err(),
        }
    }
}

impl Facts {
    fn is_simulated(self) -> bool {
        self.name.starts_with("sim")
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
        tests: &[
            "isolate_run_test_*",
            "spawn_a*",
            "spawn_function_*",
            "spawn_generic_test",
            "spawn_moves_its_message",
            "static_function_*",
            "object_leak_test",
            "error_at_spawn_test",
            "error_exit_at_spawn_test",
            "exit_at_spawn_test*",
        ],
        absent: |facts| !facts.can_spawn,
        reason: "memory is not shared there: `spawn` and `run` are refused, as `spawn_unsupported` and `run_unsupported` show",
    },
    Difference {
        tests: &["fast_copy_during_initial_message_test"],
        absent: |facts| !facts.can_spawn,
        reason: "memory is not shared there: `Moved` is refused, as `moved_unsupported` shows",
    },
    Difference {
        tests: &["spawn_unsupported", "run_unsupported", "moved_unsupported"],
        absent: |facts| facts.can_spawn,
        reason: "memory is shared there: `spawn`, `run` and `Moved` work",
    },
    Difference {
        tests: &[
            "compute_test3",
            "compute_test3_async",
            "compute_test5",
            "compute_test5_async",
            "compute_debug_label",
        ],
        absent: |facts| facts.compute_on == ComputeOn::EventLoop,
        reason: "`compute` runs in the caller's isolate there: the callback has no name and no end of its own",
    },
    Difference {
        tests: &["compute_test2_panic", "compute_caller_error"],
        absent: |facts| facts.compute_on == ComputeOn::EventLoop && !facts.catches_panics,
        reason: "`compute` runs in the caller's isolate there, which a panic ends as it does not unwind",
    },
    Difference {
        tests: &["compute_test_invalid_message"],
        absent: |facts| facts.compute_on == ComputeOn::EventLoop || !facts.encodes,
        reason: "what `compute` is given is not encoded there, so nothing refuses it",
    },
    Difference {
        tests: &[
            "spawn_uri_a05_t03",
            "spawn_uri_a05_t04",
            "spawn_uri_a05_t05",
            "spawn_uri_a07_t02",
            "spawn_uri_a07_t03",
            "spawn_uri_a07_t04",
            "error_exit_at_spawnuri_test",
            "add_error_listener_a01_t01",
            "add_error_listener_a02_t01",
            "remove_error_listener_a*",
            "set_errors_fatal_a01_t02",
            "set_errors_fatal_a02_t02",
            "errors_a01_t02",
            "errors_are_broadcast",
            "handle_error_test",
            "handle_error2_test",
            "handle_error3_test",
            "non_fatal_exception_in_timer_callback_test",
            "runner_survives_a_panic",
            "runner_survives_an_uncaught_error",
            "load_balancer_releases_after_an_error",
        ],
        absent: |facts| !facts.catches_panics,
        reason: "a panic does not unwind there: it ends its isolate, whatever `errors_are_fatal` says",
    },
    Difference {
        tests: &["exit_runs_destructors"],
        absent: |facts| !facts.catches_panics,
        reason: "nothing unwinds there: a worker that is left takes what it holds along",
    },
    Difference {
        tests: &["kill_runs_destructors", "isolate_local_is_dropped"],
        absent: |facts| facts.can_kill_at_once,
        reason: "an isolate is stopped from outside there, with all it holds: nothing of it is dropped one by one",
    },
    Difference {
        tests: &["int32_length_overflow_test"],
        absent: |facts| facts.name == "web",
        reason: "how much memory a page may have is its engine's to say, and asking for more ends the page",
    },
    Difference {
        tests: &["runner_is_lost_by_a_panic"],
        absent: |facts| facts.catches_panics,
        reason: "a panic is the error of its job there, as `runner_survives_a_panic` shows",
    },
    Difference {
        tests: &[
            "send_gives_the_message_back",
            "send_names_the_type",
            "undecodable_*",
            "unsendable_*",
            "transferable_failed_to_send_test*",
            "large_byte_data_leak_test",
        ],
        absent: |facts| !facts.encodes,
        reason: "messages are moved there, whatever their serde form: no send and no receipt fails (`INSULA_ENCODE=1` encodes them)",
    },
    Difference {
        tests: &["transferable_test_sent_is_gone"],
        absent: |facts| !facts.encodes,
        reason: "a message is moved there and not looked into: a clone that the sender kept shares the bytes until one is materialized",
    },
    Difference {
        tests: &[
            "ping_a0*",
            "kill_a01_*",
            "kill_runs_destructors",
            "kill_infinite_loop_in_initializer_test",
            "busy_future_lets_control_in",
        ],
        absent: |facts| facts.is_simulated(),
        reason: "simulated code takes no time, so nothing can be sent to an isolate while it is busy; such a loop would never end",
    },
    Difference {
        tests: &["large_byte_data_test", "int32_length_overflow_test"],
        absent: |facts| facts.is_simulated(),
        reason: "a thousand seeds of megabytes say no more than one message of each, which the other platforms send",
    },
];

/// Why `test` does not apply to `P`; `None` when it does.
#[must_use]
pub fn not_applicable<P: Platform>(test: &str) -> Option<&'static str> {
    let facts = Facts::of::<P>();
    DIFFERENCES
        .iter()
        .find(|difference| difference.names(test) && (difference.absent)(facts))
        .map(|difference| difference.reason)
}

/// Every test that the table names, for the house rules.
pub fn named() -> impl Iterator<Item = &'static str> {
    DIFFERENCES
        .iter()
        .flat_map(|difference| difference.tests.iter().copied())
}

/// What a harness prints for a test that does not apply: `build.sh test` counts these lines.
#[must_use]
pub fn line<P: Platform>(test: &str, reason: &str) -> String {
    format!("{test} does not apply to {}: {reason}", P::NAME)
}
