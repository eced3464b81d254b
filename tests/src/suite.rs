//! [`suite!`](crate::suite): every test, named once.

/// Hands all tests to `$harness!`, as `module: test test …;` for each module of this crate.
#[macro_export]
macro_rules! suite {
    ($harness:ident) => {
        $harness! {
            compute:
                compute_returns_the_value compute_returns_the_awaited_value compute_can_compute_in_turn
                compute_returns_the_callbacks_error compute_returns_the_awaited_error
                compute_passes_an_error_through_two_computes compute_reports_a_panic_and_its_place
                compute_fails_when_the_callback_exits compute_fails_when_an_async_callback_exits
                compute_value_wins_over_a_delayed_kill compute_awaited_value_wins_over_a_delayed_kill
                compute_fails_when_the_callback_kills_at_once compute_fails_when_an_async_callback_kills_at_once
                compute_calls_an_associated_function compute_calls_a_closure_without_captures
                compute_label_names_its_isolate compute_needs_no_value compute_refuses_what_cannot_be_sent
                compute_begins_before_it_is_awaited compute_runs_although_its_task_is_dropped
                compute_leaves_no_port_open compute_leaves_no_port_open_after_an_error compute_pool_runs_elsewhere_until_dropped
                compute_pool_has_as_many_isolates_as_asked compute_pool_drop_ends_its_isolates
                compute_pool_installed_last_is_used compute_pool_detached_ends_with_its_isolate
                compute_pool_goes_on_after_a_panic compute_on_a_runner_runs_there;
            run:
                run_returns_the_value run_returns_the_awaited_value run_returns_its_own_error
                run_returns_the_awaited_error run_reports_a_panic_and_its_place run_reports_a_panic_after_an_await
                run_fails_when_a_local_task_panics run_fails_when_nothing_can_wake_it run_fails_when_it_is_killed
                run_fails_when_it_kills_itself_at_once run_value_wins_over_a_delayed_kill run_fails_when_it_exits
                run_returns_although_a_port_stays_open run_moves_its_value_back run_starts_with_state_of_its_own;
            spawn:
                spawn_runs_the_entry_point spawn_works_in_a_spawned_isolate spawn_makes_a_chain_of_ten
                spawn_runs_local_functions_and_closures spawn_runs_an_associated_function
                spawn_runs_a_method_with_its_receiver spawn_entry_point_echoes spawn_entry_point_uses_its_own_types
                spawn_takes_messages_of_any_type spawn_moves_its_message spawn_child_changes_only_its_own_state
                spawn_answers_messages_in_order spawn_paused_does_not_run spawn_unpaused_runs_at_once
                spawn_paused_runs_when_resumed spawn_fatal_error_ends_it spawn_fatal_error_drops_what_waits
                spawn_error_ends_only_its_event spawn_errors_end_only_their_events spawn_errors_of_messages_are_survived
                spawn_exits_when_its_entry_point_returns spawn_exit_message_comes_last
                spawn_exit_message_follows_a_fatal_error spawn_goes_on_after_an_error_is_heard
                spawn_errors_are_heard_in_order spawn_errors_of_messages_are_heard_in_order
                spawn_only_the_first_fatal_error_is_heard spawn_fatal_error_of_a_microtask_ends_it
                spawn_only_the_first_message_error_is_heard spawn_error_of_the_entry_point_is_heard
                spawn_errors_are_heard_before_the_exit spawn_exits_after_its_microtasks spawn_exits_after_its_timers;
            spawn_uri:
                spawn_uri_passes_arguments_and_message spawn_uri_works_without_arguments
                spawn_uri_finds_the_registered_program spawn_uri_works_in_a_program spawn_uri_nests_three_deep
                spawn_uri_makes_a_chain_of_ten spawn_uri_refuses_an_empty_address
                spawn_uri_error_names_the_unknown_program spawn_uri_fails_for_a_missing_script
                spawn_uri_fails_for_a_missing_full_address spawn_uri_fails_in_a_program_too
                spawn_uri_answers_messages_in_order spawn_uri_paused_does_not_run spawn_uri_unpaused_runs_at_once
                spawn_uri_paused_runs_when_resumed spawn_uri_paused_answers_when_resumed spawn_uri_fatal_error_ends_it
                spawn_uri_fatal_error_of_a_message_ends_it spawn_uri_error_ends_only_its_event
                spawn_uri_errors_end_only_their_events spawn_uri_errors_of_messages_are_survived
                spawn_uri_exits_when_its_entry_point_returns spawn_uri_exit_message_comes_last
                spawn_uri_exit_message_follows_a_fatal_error spawn_uri_goes_on_after_an_error_is_heard
                spawn_uri_errors_are_heard_in_order spawn_uri_errors_of_messages_are_heard_in_order
                spawn_uri_only_the_first_fatal_error_is_heard spawn_uri_only_the_first_message_error_is_heard
                spawn_uri_error_of_the_entry_point_is_heard spawn_uri_errors_are_heard_before_the_exit
                spawn_uri_exits_after_its_microtasks spawn_uri_exits_after_its_timers;
            unsupported:
                spawn_is_refused_with_a_way_out run_is_refused_with_a_way_out moved_value_is_refused_and_comes_back;
            ports:
                program_sends_a_text port_receives_what_it_is_sent port_keeps_messages_until_they_are_taken
                port_gives_every_message port_can_be_closed_twice port_close_ends_the_stream
                port_close_keeps_what_arrived port_closed_drops_messages send_to_an_ended_isolate_is_dropped
                request_carries_its_reply_port ten_requests_and_replies_alternate
                messages_keep_their_order_across_ports
                port_close_keeps_what_was_sent port_close_in_an_isolate_keeps_what_was_sent;
            raw_ports:
                raw_port_handler_gets_every_message raw_port_closed_drops_messages
                raw_port_without_a_handler_drops_messages raw_port_handler_can_be_replaced
                raw_port_send_port_leads_to_it raw_port_send_port_is_shared_by_isolates raw_port_hears_several_isolates
                raw_port_taken_over_loses_its_handler raw_port_handler_may_come_late raw_port_handler_may_replace_itself
                raw_port_handler_may_close_its_port raw_port_taken_over_ends_when_closed
                raw_port_send_ports_are_equal_and_hash_equal;
            streams:
                stream_any_finds_a_match stream_any_answers_at_the_first_match stream_contains_what_came
                stream_drains_to_a_value stream_gives_the_message_at_a_place stream_has_no_message_beyond_its_end
                stream_expands_each_message stream_gives_the_first_match stream_without_a_match_gives_a_default
                stream_without_a_match_gives_nothing stream_gives_the_first_message
                stream_that_is_empty_has_no_first_message stream_has_its_first_message_at_place_zero
                stream_folds_in_order stream_folds_nothing_to_the_initial_value stream_tells_whether_it_is_empty
                stream_gives_the_last_match stream_without_a_last_match_gives_a_default
                stream_gives_the_last_message_if_any stream_counts_its_messages stream_fills_a_sink_in_order
                stream_reduces_two_by_two stream_reduces_one_message_to_itself stream_reduces_nothing_to_nothing
                stream_ends_after_a_single_message stream_of_none_or_two_has_no_single_message
                stream_with_two_matches_has_no_single_match stream_skips_the_first_messages
                stream_takes_while_messages_match stream_takes_so_many_and_ends stream_collects_into_a_set
                stream_maps_each_message_and_ends stream_filters_every_message;
            credits:
                channel_gives_every_item_in_order channel_sender_waits_without_credit channel_try_send_needs_a_credit
                channel_works_within_one_isolate channel_end_keeps_what_was_sent
                channel_without_a_receiver_gives_the_item_back channel_ends_with_its_last_sender
                channel_sender_travels_on channel_tells_of_a_lost_sender channel_tells_of_a_lost_receiver
                channel_gives_back_what_cannot_be_sent channel_ends_when_a_program_does_not_begin
                channel_ends_with_a_cancelled_computation channel_ends_when_a_value_is_not_read
                channel_ends_when_a_pool_loses_an_unread_job channel_ends_when_a_response_is_not_read
                channel_ends_when_its_sender_is_never_read channel_ends_when_its_sender_is_unreadable
                channel_carries_senders channel_without_a_receiver_fails_all_who_wait;
            task_streams:
                task_stream_gives_items_and_the_value task_stream_value_is_the_functions_own
                task_stream_finish_lets_the_function_end task_stream_waits_for_who_reads
                task_stream_panic_is_its_last_item task_stream_of_a_lost_runner_fails
                task_stream_of_a_closed_runner_fails task_stream_works_on_any_runner
                task_stream_dropped_cancels_a_send task_stream_dropped_cancels_an_await
                task_stream_dropped_before_it_began_leaves_nothing task_stream_ends_with_its_last_sender
                task_stream_refuses_what_cannot_be_sent;
            slices:
                slices_give_every_item_in_order slices_of_nothing_are_none slices_value_is_the_functions_own
                slices_panic_is_their_last_item slices_of_a_lost_runner_fail slices_dropped_free_their_runner
                slices_refuse_what_cannot_be_sent slices_end_with_an_item_that_cannot_be_read
                slices_are_one_where_memory_is_shared
                slices_are_small_where_they_are_encoded slices_let_the_loop_turn
                slices_of_slow_items_are_short;
            scopes:
                scope_joins_all_values_in_order scope_joins_none_after_an_error scope_joins_any_value
                scope_joins_any_error scope_cancels_what_is_left;
            equality:
                send_ports_of_one_port_are_equal send_ports_stay_equal_after_closing
                send_ports_from_elsewhere_compare_the_same send_ports_that_are_equal_hash_equal
                send_ports_of_different_ports_differ send_port_is_a_key_of_maps send_port_leads_home_after_a_journey
                send_port_debug_tells_ports_apart port_name_travels_with_its_send_ports
                current_handle_is_the_one_that_spawn_gave current_handle_of_the_host_stays_the_same
                current_handle_of_an_isolate_has_capabilities;
            messages:
                enum_arrives_as_its_variant map_with_enum_keys_is_usable set_of_enums_joins_a_local_set
                messages_of_all_shapes_keep_their_order nested_lists_and_maps_keep_their_shape map_arrives_equal
                numbers_arrive_equal_at_their_limits texts_of_any_script_arrive_equal lists_of_any_length_arrive_equal
                private_fields_arrive_equal generic_value_arrives_with_its_type typed_list_arrives_as_its_type
                nested_collections_keep_their_types largest_integers_arrive_equal
                object_of_five_thousand_numbers_arrives_equal map_is_hashed_anew_by_its_receiver
                functions_do_the_same_after_a_journey function_that_was_sent_is_called_there
                function_sent_twice_arrives_as_equals moved_value_arrives_as_the_same_object isolate_handle_can_be_sent
                lists_of_all_kinds_arrive_equal maps_of_all_kinds_arrive_equal;
            large:
                megabytes_arrive_with_their_type gibibyte_arrives_whole failed_send_leaves_large_buffers_usable;
            pause:
                pause_capability_is_given_at_the_start pause_needs_the_pause_capability
                pause_with_a_wrong_capability_does_nothing pause_works_with_a_handle_from_parts
                pause_from_parts_takes_a_resume_capability resume_needs_the_pause_capability
                pause_lets_the_running_event_end pause_holds_events_back pause_with_a_capability_holds_events_back
                pause_keeps_events_in_their_order pause_holds_timers_back pause_with_a_capability_holds_timers_back
                pause_makes_a_new_capability_each_time pause_twice_needs_two_resumes pause_counts_each_capability_once
                resume_works_once resume_before_the_pause_does_nothing resume_handles_the_queue
                resume_handles_the_queue_after_a_paused_start resume_waits_for_every_pause
                resume_with_a_fresh_capability_does_nothing paused_isolate_answers_when_resumed
                paused_start_says_nothing_until_resumed paused_start_and_a_pause_need_two_resumes
                pause_does_not_stop_the_host;
            ping:
                ping_overtakes_messages ping_is_answered_during_a_pause ping_answers_come_in_order
                ping_of_an_ended_isolate_has_no_answer ping_is_answered_by_the_host
                ping_of_itself_is_answered_by_priority ping_is_answered_by_a_busy_isolate
                ping_is_answered_once_by_a_busy_isolate ping_after_a_pause_finds_it_in_force
                ping_answer_comes_before_the_event_ends ping_of_a_busy_isolate_carries_any_type
                ping_before_next_event_waits_for_the_event ping_carries_any_type ping_needs_no_capability;
            kill:
                kill_at_once_drops_what_waits kill_before_next_event_drops_what_waits kill_works_during_a_pause
                kill_works_before_a_paused_start_runs kill_of_itself_handles_no_second_event
                kill_of_itself_at_once_does_not_return kill_of_itself_lets_the_event_end
                kill_at_once_ends_a_busy_isolate kill_runs_destructors kill_before_next_event_lets_busy_code_end
                kill_ends_an_endless_initializer kill_at_once_answers_earlier_pings kill_answers_earlier_pings_in_order
                kill_before_next_event_answers_earlier_pings kill_at_once_tells_earlier_exit_listeners
                kill_before_next_event_tells_exit_listeners kill_is_no_error kill_of_an_ended_isolate_is_harmless
                kill_does_not_end_the_host terminate_capability_is_given_at_the_start
                kill_needs_the_terminate_capability kill_with_a_wrong_capability_does_nothing
                kill_works_with_a_handle_from_parts;
            exit_listeners:
                exit_listener_is_told_of_the_end exit_listener_gets_its_response exit_listeners_get_their_own_responses
                exit_listener_added_again_is_told_once exit_listener_added_again_gets_the_last_response
                exit_listener_added_after_the_end_is_not_told exit_listener_that_was_removed_is_not_told
                exit_listener_is_removed_by_one_call exit_listener_stays_when_another_is_removed
                exit_listener_may_return_with_another_response exit_listeners_are_told_in_order exit_message_is_the_last
                exit_listener_needs_no_capability;
            lifetime:
                open_port_keeps_its_isolate_alive detached_port_keeps_its_isolate_alive raw_port_can_let_its_isolate_end
                hopeless_future_lets_its_isolate_end dropped_port_lets_its_isolate_end
                awaited_task_keeps_its_isolate_alive isolate_local_is_dropped_before_the_exit_message
                isolate_local_differs_in_every_isolate child_survives_its_parent linked_child_ends_with_its_parent
                exit_is_final exit_silently_is_final exit_runs_destructors exit_does_not_end_the_host;
            isolates:
                isolate_sends_to_another_by_its_port nested_isolate_reaches_the_host nested_isolate_outlives_its_parent
                ports_carry_a_text_along_a_chain ping_is_answered_before_the_first_event workers_draw_every_line_once
                bank_knows_purses_by_their_ports program_runs_many_times_at_once
                logger_is_told_who_writes;
            error_listeners:
                error_listener_hears_every_error error_listener_added_again_hears_once
                error_listener_hears_a_fatal_error error_listener_removal_leaves_the_others
                error_listener_is_removed_by_one_call errors_made_not_fatal_are_survived
                errors_made_fatal_end_their_isolate errors_stay_fatal_without_the_capability
                errors_stay_not_fatal_without_the_capability errors_stream_gives_all_in_order
                errors_streams_are_independent errors_can_be_made_not_fatal_before_the_start
                errors_of_one_isolate_are_not_anothers errors_reach_a_stream_and_a_listener
                error_that_is_fatal_says_what_and_where error_that_is_not_fatal_says_what_and_where
                error_without_a_text_still_says_something error_can_be_sent;
            encoding:
                send_that_fails_gives_the_message_back send_that_fails_names_the_type
                undecodable_message_is_an_error_of_the_receiver undecodable_argument_fails_its_task
                unsendable_argument_fails_its_task unsendable_value_fails_its_task
                unsendable_initial_message_fails_the_start program_that_expects_another_message_ends
                self_describing_value_fails_its_task unsendable_response_comes_back
                panicking_deserialize_of_a_value panicking_deserialize_of_an_argument panicking_serialize_of_a_value
                panicking_serialize_of_an_item;
            errors:
                try_recv_tells_empty_from_closed sent_error_is_no_panic killed_isolate_is_lost_without_an_error
                lost_isolate_tells_its_cause sources_lead_to_the_first_cause unsupported_is_one_error
                exit_error_needs_nothing_of_its_message error_as_text_tells_a_cause_once start_can_have_a_limit
                limit_of_a_registry_is_its_error panic_that_is_thrown_again_has_its_own_text;
            capability:
                capability_equals_only_itself capability_stays_the_same_on_a_journey
                capability_and_closed_port_stay_equal capability_debug_is_short;
            transferable:
                transferable_bytes_arrive_and_return transferable_is_materialized_elsewhere
                transferable_joins_its_slices transferable_can_be_empty transferables_of_one_message_stay_apart
                transferable_arrives_anywhere_in_a_message transferable_is_materialized_once
                transferable_sent_twice_gives_the_first_its_bytes transferable_sent_twice_gives_the_second_its_bytes
                transferable_is_gone_for_its_sender transferable_survives_a_failure_behind_it
                transferable_survives_a_failure_before_it transferable_without_bytes_can_be_sent;
            timers:
                timer_in_an_isolate_is_not_early timers_of_several_isolates_all_run timer_runs_although_another_panics
                timers_run_in_order_of_time timers_run_in_order_of_setting timer_that_was_cancelled_does_not_run
                timer_that_has_run_is_not_active timer_is_periodic_until_it_is_cancelled timer_may_cancel_itself
                timer_outlives_its_handle sleep_is_not_early timer_keeps_its_isolate_alive
                timers_and_limits_may_be_of_any_length;
            events:
                microtasks_drain_after_each_event microtasks_run_before_timers entry_point_is_an_event
                wake_within_an_event_is_a_microtask spawn_local_runs_futures_side_by_side busy_future_lets_control_in
                timers_and_messages_take_turns is_host_is_true_only_for_the_host ask_gets_the_reply
                ask_fails_when_the_isolate_ends;
            runner:
                runner_runs_functions_and_futures runner_starts_jobs_in_order runner_jobs_overlap runner_keeps_its_state
                runner_survives_a_panic runner_is_lost_by_a_panic runner_survives_an_uncaught_error
                runner_errors_end_with_its_isolate runner_shutdown_fails_jobs_in_flight
                runner_shutdown_waits_within_its_limit runner_shutdown_kills_after_its_limit
                runner_shutdown_completes_when_it_is_gone runner_close_ends_it_after_its_jobs
                runner_refuses_jobs_after_close runner_refuses_jobs_after_close_while_alive
                runner_closes_with_its_last_handle runner_on_exit_completes_when_it_is_gone
                runner_ping_tells_whether_it_lives runner_pause_holds_jobs_back runner_isolate_has_its_name
                runner_timeout_ends_only_the_waiting runner_goes_on_after_a_cancelled_job
                runner_attaches_to_a_running_isolate
                runner_started_paused_waits_for_resume runner_builder_listeners_hear_its_end
                runner_trait_covers_runners_and_balancers;
            load_balancer:
                load_balancer_spreads_equal_jobs_over_three load_balancer_spreads_equal_jobs_over_four
                load_balancer_takes_the_least_loaded load_balancer_counts_a_job_as_100
                load_balancer_takes_jobs_without_load load_balancer_releases_the_load_of_an_ended_job
                load_balancer_release_passes_equals load_balancer_releases_after_an_error
                load_balancer_releases_after_a_timeout load_balancer_on_one_is_run
                load_balancer_on_takes_the_least_loaded load_balancer_on_of_all_keeps_the_order
                load_balancer_on_chooses_alike_for_futures load_balancer_on_and_with_load_combine load_balancer_clones_share_their_loads
                load_balancer_takes_the_greatest_loads
                load_balancer_on_refuses_bad_counts load_balancer_without_runners_refuses_jobs
                load_balancer_len_counts_its_runners load_balancer_refuses_jobs_after_close
                load_balancer_close_ends_its_isolates load_balancer_replaces_a_lost_runner
                load_balancer_survives_a_panic;
            load_balancer_faults:
                load_balancer_of_too_many load_balancer_keeps_count_of_a_panicking_clone
                load_balancer_counts_while_runners_are_replaced load_balancer_closed_while_it_places
                load_balancer_tells_who_is_lost;
            unread:
                ask_fails_when_its_request_cannot_be_read ask_fails_when_its_request_panics
                ask_fails_when_a_handler_cannot_be_called single_response_fails_when_its_port_cannot_be_read
                port_of_many_messages_outlives_an_unread_one;
            cancel:
                cancelled_job_that_has_not_begun_never_runs timed_out_job_that_has_not_begun_never_runs
                dropped_job_that_has_not_begun_runs cancelled_job_that_has_begun_goes_on
                cancelled_job_behind_a_busy_one_never_runs cancelled_job_gives_its_load_back_at_once;
            replacing:
                unresponsive_names_no_runner_that_waits unresponsive_runner_is_named_and_replaced
                replaced_runner_takes_its_jobs_and_load_along replaced_runner_has_a_successor_for_the_next_job
                replaced_runner_is_not_replaced_again replace_after_close_is_closed;
            worker_pool:
                worker_pool_runs_jobs_elsewhere worker_pool_is_a_runner worker_pool_short_jobs_pass_a_slow_one
                worker_pool_serves_after_jobs_that_hang worker_pool_stops_a_busy_job
                worker_pool_cancel_keeps_the_isolate worker_pool_checkpoint_leaves_a_cancelled_job
                worker_pool_cancel_drops_the_future worker_pool_dropped_task_never_begins
                worker_pool_detached_task_goes_on worker_pool_task_timeout_cancels worker_pool_panic_is_the_jobs_error
                worker_pool_lost_isolate_fails_what_it_had_begun worker_pool_retry_begins_again
                worker_pool_close_finishes_what_is_there worker_pool_drop_cancels_all
                worker_pool_drop_ends_its_isolates worker_pool_closing_needs_no_handle
                worker_pool_refuses_what_cannot_be_sent worker_pool_close_within_gives_back;
            worker_pool_options:
                worker_pool_deadline_counts_the_waiting worker_pool_key_runs_one_at_a_time
                worker_pool_priority_goes_first worker_pool_priority_alone_counts worker_pool_full_rejects worker_pool_full_drops
                worker_pool_room_holds_a_producer_back worker_pool_idle_isolates_end worker_pool_recycles
                worker_pool_replaces_the_old worker_pool_can_be_ready worker_pool_isolates_have_state
                worker_pool_state_is_made_and_taken_down
                worker_pool_state_that_fails_is_an_error
                worker_pool_state_that_is_never_made_is_an_error worker_pool_token_cancels_its_jobs
                worker_pool_progress_ends_with_the_job worker_pool_counts worker_pool_maps_in_order
                worker_pool_maps_a_stream worker_pool_map_panic_is_one_error;
            worker_pool_edges:
                worker_pool_takes_every_number worker_pool_that_is_closed_answers
                worker_pool_unbegun_job_can_be_cancelled worker_pool_state_of_another_pool_is_an_error
                worker_pool_closes_while_init_hangs worker_pool_init_that_ends_its_isolate_is_an_error
                worker_pool_key_keeps_its_order worker_pool_map_dropped_leaves_nothing;
            worker_pool_events:
                worker_pool_broadcast_reaches_each_isolate worker_pool_broadcast_tells_who_is_lost
                worker_pool_broadcast_is_cancelled worker_pool_events_tell_of_isolates
                worker_pool_events_do_not_keep_the_pool worker_pool_events_tell_why_nothing_starts
                worker_pool_events_tell_of_a_full_queue worker_pool_watchdog_names_the_job;
            single:
                single_callback_port_takes_one_message single_callback_port_prefers_a_message_in_time
                single_callback_port_gets_a_value_after_its_limit single_callback_port_lets_its_isolate_end
                single_response_takes_the_first_message single_response_comes_from_elsewhere
                single_response_can_time_out single_result_gives_the_value single_result_gives_the_error
                single_response_channel_gives_the_first single_response_channel_can_be_interrupted;
            registry:
                registry_finds_what_was_added registry_lookup_needs_all_tags registry_lookup_has_a_maximum
                registry_refuses_an_object_twice registry_removes_with_its_capability registry_tags_come_and_go
                registry_tags_only_what_it_knows registry_identities_are_its_own registry_works_in_another_isolate
                registry_times_out_when_its_manager_is_closed registry_clone_knows_the_same_values
                registry_lets_go_of_what_it_found registry_knows_what_it_found;
            destructors:
                futures_are_dropped_one_by_one timers_are_dropped_one_by_one handlers_are_dropped_one_by_one
                locals_are_dropped_one_by_one messages_are_dropped_one_by_one panics_in_destructors_are_heard
                errors_may_be_held_at_exit exit_while_panicking_is_refused kill_while_panicking
                destructors_may_use_their_isolate;
            dropped:
                unread_messages_are_dropped_one_by_one dropped_port_drops_its_messages_one_by_one
                responses_are_dropped_one_by_one response_may_use_the_listeners waiting_pings_are_dropped_one_by_one
                what_destructors_make_goes_before_the_exit_message
                what_messages_make_goes_before_the_exit_message scope_drops_its_values_one_by_one
                refused_job_drops_its_argument;
            handles:
                task_of_an_isolate_that_ended port_of_an_isolate_that_ended
                port_of_an_isolate_that_ended_keeps_what_arrived runner_of_an_isolate_that_ended
                balancer_of_an_isolate_that_ended dropped_ask_lets_go late_ask_lets_go dropped_limit_lets_go
                dropped_single_response_lets_go dropped_channel_lets_go unanswered_registry_lets_go
                panicking_action_lets_go dropped_ping_lets_go runner_close_twice answers_come_before_the_end
                answers_come_before_the_end_of_a_busy_isolate;
            exit_reasons:
                exit_reason_is_finished exit_reason_is_killed exit_reason_is_the_error exit_reason_is_an_exit
                exit_reason_is_unknown_after_the_end exit_reason_listener_at_the_spawn
                exit_reason_listener_beside_others exit_reason_reaches_another_isolate exit_reason_of_a_linked_child
                exit_reason_of_a_runner dropped_wait_for_an_end_lets_go lost_job_names_who_was_lost
                lost_question_names_who_was_lost;
            senders:
                port_ends_without_senders port_ends_with_the_isolates_that_send port_ends_when_its_sender_is_killed
                unread_send_port_keeps_its_port_open isolate_ends_without_senders port_stays_open_by_itself
                port_stays_open_where_nobody_counts;
            inspect:
                inspect_lists_an_isolate_until_its_end inspect_names_the_parent inspect_counts_what_is_open
                inspect_finds_what_waits_for_a_resume inspect_finds_a_port_that_nobody_reads
                inspect_names_the_jobs_of_a_stuck_pool inspect_finds_a_queue_that_grows inspect_prints_a_table
                inspect_answers_in_an_isolate inspect_finds_an_isolate_that_is_busy
                worker_pool_names_the_jobs_that_run;
            recordings:
                recording_has_an_arrow_for_each_message recording_names_a_job_by_its_label
                recording_keeps_isolates_that_have_ended recording_begins_while_isolates_work
                recording_is_made_in_an_isolate;
            wakers:
                panicking_waker_at_an_end panicking_waker_at_a_ping panicking_waker_at_a_message
                waker_that_sends_when_dropped waker_that_answers_when_dropped;
        }
    };
}

/// As [`suite!`](crate::suite), for platforms whose threads may wait.
#[macro_export]
macro_rules! blocking_suite {
    ($harness:ident) => {
        $harness! {
            waiting:
                wait_inside_for_a_runner wait_inside_for_a_balancer wait_inside_for_a_task_of_the_host
                receive_inside_at_a_port_of_the_host kill_reaches_who_waits_at_a_port_of_the_host
                kill_reaches_who_waits_for_a_task_of_the_host limits_come_inside limits_come_while_receiving
                limits_come_outside destructor_waits_during_a_kill destructor_waits_during_a_panic
                destructors_wait_at_the_end wait_of_the_last_destructors_ends wait_inside_for_an_answer
                wait_inside_for_an_answer_to_an_unread_request
                wait_inside_for_a_credit wait_inside_for_items wait_outside_for_items kill_reaches_who_waits_for_a_credit;
        }
    };
}

macro_rules! names {
    ($($module:ident: $($name:ident)+;)+) => {
        &[$($((stringify!($module), stringify!($name))),+),+]
    };
}

/// Every test for all platforms: its module and its name.
pub const TESTS: &[(&str, &str)] = suite!(names);

/// Every test for platforms whose threads may wait.
pub const BLOCKING_TESTS: &[(&str, &str)] = blocking_suite!(names);
