//! Where platforms differ: the tests that do not apply to one, and why.
//!
//! A test never asks where it runs. Its harness asks [`not_applicable`] first, prints the reason and
//! counts the test as not applicable.

use insula_core::{Platform, contract::ComputeOn};
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

use crate::suite::TESTS;

/// The abilities of a platform: its constants, and those that only a trial shows.
#[derive(Clone, Copy, Debug)]
struct Facts {
    simulates_time: bool,
    /// Whether an address has fewer than 64 bits.
    has_small_memory: bool,
    can_spawn: bool,
    can_kill_at_once: bool,
    catches_panics: bool,
    compute_on: ComputeOn,
    counts_send_ports: bool,
    /// Whether a message is encoded when it is sent.
    encodes: bool,
}

impl Facts {
    fn of<P: Platform>() -> Self {
        let abilities = P::abilities();
        Self {
            simulates_time: P::SIMULATES_TIME,
            has_small_memory: usize::BITS < 64,
            can_spawn: abilities.can_spawn,
            can_kill_at_once: P::CAN_KILL_AT_ONCE,
            catches_panics: P::CATCHES_PANICS,
            compute_on: abilities.compute_on,
            counts_send_ports: abilities.counts_send_ports,
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
        self.tests
            .iter()
            .any(|named| match named.strip_suffix("::*") {
                Some(module) => TESTS.contains(&(module, test)),
                None => *named == test,
            })
    }
}

/// The one table. A platform for which `absent` is true does not run `tests`; `module::*` stands for
/// all tests of a module.
const DIFFERENCES: &[Difference] = &[
    Difference {
        tests: &[
            "port_ends_without_senders",
            "port_ends_with_the_isolates_that_send",
            "port_ends_when_its_sender_is_killed",
            "unread_send_port_keeps_its_port_open",
            "isolate_ends_without_senders",
        ],
        absent: |facts| !facts.counts_send_ports,
        reason: "memory is not shared there, so nobody knows of the send ports elsewhere: the port stays open, as `port_stays_open_where_nobody_counts` shows",
    },
    Difference {
        tests: &["port_stays_open_where_nobody_counts"],
        absent: |facts| facts.counts_send_ports,
        reason: "send ports are counted there: the port ends, as `port_ends_without_senders` shows",
    },
    Difference {
        tests: &[
            "run::*",
            "spawn::*",
            "task_of_an_isolate_that_ended",
            "port_of_an_isolate_that_ended",
            "port_of_an_isolate_that_ended_keeps_what_arrived",
            "runner_of_an_isolate_that_ended",
            "balancer_of_an_isolate_that_ended",
            "answers_come_before_the_end",
            "answers_come_before_the_end_of_a_busy_isolate",
            "scope_cancels_what_is_left",
        ],
        absent: |facts| !facts.can_spawn,
        reason: "memory is not shared there: `spawn` and `run` are refused, as `spawn_is_refused_with_a_way_out` and `run_is_refused_with_a_way_out` show",
    },
    Difference {
        tests: &["moved_value_arrives_as_the_same_object"],
        absent: |facts| !facts.can_spawn,
        reason: "memory is not shared there: `Moved` is refused, as `moved_value_is_refused_and_comes_back` shows",
    },
    Difference {
        tests: &[
            "spawn_is_refused_with_a_way_out",
            "run_is_refused_with_a_way_out",
            "moved_value_is_refused_and_comes_back",
        ],
        absent: |facts| facts.can_spawn,
        reason: "memory is shared there: `spawn`, `run` and `Moved` work",
    },
    Difference {
        tests: &[
            "compute_fails_when_the_callback_exits",
            "compute_fails_when_an_async_callback_exits",
            "compute_fails_when_the_callback_kills_at_once",
            "compute_fails_when_an_async_callback_kills_at_once",
            "compute_label_names_its_isolate",
        ],
        absent: |facts| facts.compute_on == ComputeOn::EventLoop,
        reason: "`compute` runs in the caller's isolate there: the callback has no name and no end of its own",
    },
    Difference {
        tests: &[
            "compute_reports_a_panic_and_its_place",
            "compute_leaves_no_port_open_after_an_error",
        ],
        absent: |facts| facts.compute_on == ComputeOn::EventLoop && !facts.catches_panics,
        reason: "`compute` runs in the caller's isolate there, which a panic ends as it does not unwind",
    },
    Difference {
        tests: &["compute_refuses_what_cannot_be_sent"],
        absent: |facts| facts.compute_on == ComputeOn::EventLoop || !facts.encodes,
        reason: "what `compute` is given is not encoded there, so nothing refuses it",
    },
    Difference {
        tests: &[
            "spawn_uri_error_ends_only_its_event",
            "spawn_uri_errors_end_only_their_events",
            "spawn_uri_errors_of_messages_are_survived",
            "spawn_uri_goes_on_after_an_error_is_heard",
            "spawn_uri_errors_are_heard_in_order",
            "spawn_uri_errors_of_messages_are_heard_in_order",
            "spawn_uri_errors_are_heard_before_the_exit",
            "error_listener_hears_every_error",
            "error_listener_added_again_hears_once",
            "error_listener_removal_leaves_the_others",
            "error_listener_is_removed_by_one_call",
            "errors_made_not_fatal_are_survived",
            "errors_stay_not_fatal_without_the_capability",
            "errors_stream_gives_all_in_order",
            "errors_streams_are_independent",
            "errors_can_be_made_not_fatal_before_the_start",
            "errors_of_one_isolate_are_not_anothers",
            "errors_reach_a_stream_and_a_listener",
            "timer_runs_although_another_panics",
            "runner_survives_a_panic",
            "runner_survives_an_uncaught_error",
            "load_balancer_releases_after_an_error",
            "load_balancer_keeps_count_of_a_panicking_clone",
            "worker_pool_panic_is_the_jobs_error",
            "worker_pool_map_panic_is_one_error",
            "panics_in_destructors_are_heard",
            "exit_while_panicking_is_refused",
            "kill_while_panicking",
            "panic_that_is_thrown_again_has_its_own_text",
            "panicking_deserialize_of_a_value",
            "panicking_deserialize_of_an_argument",
            "ask_fails_when_its_request_panics",
            "panicking_serialize_of_a_value",
            "panicking_action_lets_go",
            "panicking_waker_at_an_end",
            "panicking_waker_at_a_ping",
            "panicking_waker_at_a_message",
        ],
        absent: |facts| !facts.catches_panics,
        reason: "a panic does not unwind there: it ends its isolate, whatever `errors_fatal` says",
    },
    Difference {
        tests: &["exit_runs_destructors"],
        absent: |facts| !facts.catches_panics,
        reason: "nothing unwinds there: a worker that is left takes what it holds along",
    },
    Difference {
        tests: &[
            "kill_runs_destructors",
            "isolate_local_is_dropped_before_the_exit_message",
            "kill_while_panicking",
        ],
        absent: |facts| facts.can_kill_at_once,
        reason: "an isolate is stopped from outside there, with all it holds: nothing of it is dropped one by one",
    },
    Difference {
        tests: &["gibibyte_arrives_whole"],
        absent: |facts| facts.has_small_memory,
        reason: "addresses of 32 bits leave no room for three copies of a gibibyte: asking for them ends the process or the page",
    },
    Difference {
        tests: &["runner_is_lost_by_a_panic"],
        absent: |facts| facts.catches_panics,
        reason: "a panic is the error of its job there, as `runner_survives_a_panic` shows",
    },
    Difference {
        tests: &[
            "send_that_fails_gives_the_message_back",
            "send_that_fails_names_the_type",
            "undecodable_message_is_an_error_of_the_receiver",
            "undecodable_argument_fails_its_task",
            "unsendable_argument_fails_its_task",
            "unsendable_value_fails_its_task",
            "self_describing_value_fails_its_task",
            "unsendable_initial_message_fails_the_start",
            "unsendable_response_comes_back",
            "transferable_survives_a_failure_behind_it",
            "transferable_survives_a_failure_before_it",
            "failed_send_leaves_large_buffers_usable",
            "panicking_deserialize_of_a_value",
            "panicking_deserialize_of_an_argument",
            "panicking_serialize_of_a_value",
            "load_balancer_closed_while_it_places",
            "unread::*",
            "wait_inside_for_an_answer_to_an_unread_request",
            "channel_gives_back_what_cannot_be_sent",
            "task_stream_refuses_what_cannot_be_sent",
            "slices_refuse_what_cannot_be_sent",
            "slices_end_with_an_item_that_cannot_be_read",
            "worker_pool_refuses_what_cannot_be_sent",
        ],
        absent: |facts| !facts.encodes,
        reason: "messages are moved there, whatever their serde form: no send and no receipt fails (`INSULA_ENCODE=1` encodes them)",
    },
    Difference {
        tests: &["worker_pool_checkpoint_leaves_a_cancelled_job"],
        absent: |facts| !facts.can_spawn || facts.simulates_time,
        reason: "a checkpoint sees there that its job is cancelled only where memory is shared and the loop runs on meanwhile; otherwise the isolate is replaced after its grace, as `worker_pool_stops_a_busy_job` shows",
    },
    Difference {
        tests: &["slices_are_one_where_memory_is_shared"],
        absent: |facts| !facts.can_spawn || facts.encodes,
        reason: "memory is not shared there, or messages are encoded all the same (`INSULA_ENCODE=1`): items are encoded",
    },
    Difference {
        tests: &["slices_are_small_where_they_are_encoded"],
        absent: |facts| facts.can_spawn,
        reason: "memory is shared there: all items are moved at once",
    },
    Difference {
        tests: &["slices_let_the_loop_turn", "slices_of_slow_items_are_short"],
        absent: |facts| facts.can_spawn || facts.simulates_time,
        reason: "reading takes time only where items are encoded, and code that runs takes none in the simulator",
    },
    Difference {
        tests: &[
            "messages_are_dropped_one_by_one",
            "unread_messages_are_dropped_one_by_one",
            "dropped_port_drops_its_messages_one_by_one",
            "responses_are_dropped_one_by_one",
            "response_may_use_the_listeners",
            "waiting_pings_are_dropped_one_by_one",
            "what_messages_make_goes_before_the_exit_message",
            "scope_drops_its_values_one_by_one",
            "refused_job_drops_its_argument",
        ],
        absent: |facts| facts.encodes,
        reason: "a message is encoded there: its sender drops it, and bytes have no destructor",
    },
    Difference {
        tests: &["transferable_is_gone_for_its_sender"],
        absent: |facts| !facts.encodes,
        reason: "a message is moved there and not looked into: a clone that the sender kept shares the bytes until one is materialized",
    },
    Difference {
        tests: &[
            "ping_is_answered_by_a_busy_isolate",
            "ping_is_answered_once_by_a_busy_isolate",
            "ping_after_a_pause_finds_it_in_force",
            "ping_answer_comes_before_the_event_ends",
            "ping_of_a_busy_isolate_carries_any_type",
            "ping_before_next_event_waits_for_the_event",
            "kill_at_once_ends_a_busy_isolate",
            "kill_before_next_event_lets_busy_code_end",
            "kill_runs_destructors",
            "kill_ends_an_endless_initializer",
            "busy_future_lets_control_in",
            "cancelled_job_behind_a_busy_one_never_runs",
            "unresponsive_runner_is_named_and_replaced",
            "worker_pool_stops_a_busy_job",
            "worker_pool_watchdog_names_the_job",
            "inspect_finds_an_isolate_that_is_busy",
        ],
        absent: |facts| facts.simulates_time,
        reason: "simulated code takes no time, so nothing can be sent to an isolate while it is busy; such a loop would never end",
    },
    Difference {
        tests: &["megabytes_arrive_with_their_type", "gibibyte_arrives_whole"],
        absent: |facts| facts.simulates_time,
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

/// The line that a harness prints for a test that does not apply. `build.sh test` counts these lines.
#[must_use]
pub fn line<P: Platform>(test: &str, reason: &str) -> String {
    format!("{test} does not apply to {}: {reason}", P::abilities().name)
}
