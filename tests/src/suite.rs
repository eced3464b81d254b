//! [`suite!`](crate::suite): every test, named once.

/// Hands all tests to `$harness!`, as `module: test test …;` for each module of this crate.
#[macro_export]
macro_rules! suite {
    ($harness:ident) => {
        $harness! {
            compute:
                compute_test1 compute_test1_async compute_test1_call_compute compute_test2 compute_test2_async
                compute_test2_call_compute compute_test2_panic compute_test3 compute_test3_async compute_test4
                compute_test4_async compute_test5 compute_test5_async compute_static_method compute_closure
                compute_debug_label compute_null_result compute_test_invalid_message compute_is_eager
                compute_dropped_task_runs compute_caller compute_caller_error compute_on_pool_runs_elsewhere
                compute_on_pool_errors;
            run:
                isolate_run_test_value isolate_run_test_async_value isolate_run_test_error
                isolate_run_test_async_error isolate_run_test_panic isolate_run_test_async_panic
                isolate_run_test_uncaught isolate_run_test_hangs isolate_run_test_killed
                isolate_run_test_killed_at_once isolate_run_test_value_wins isolate_run_test_exits
                isolate_run_test_open_port isolate_run_test_moved_result isolate_run_test_own_state;
            spawn:
                spawn_a01_t01 spawn_a01_t03 spawn_a01_t04 spawn_a01_t07 static_function_test
                static_function_test_method spawn_function_test spawn_function_custom_class_test spawn_generic_test
                spawn_moves_its_message object_leak_test spawn_a01_t05 spawn_a03_t01 spawn_a03_t02 spawn_a03_t03
                spawn_a04_t01 spawn_a04_t02 spawn_a04_t03 spawn_a04_t04 spawn_a04_t05 spawn_a05_t01 spawn_a05_t02
                spawn_a05_t03 spawn_a06_t02 spawn_a06_t03 spawn_a06_t04 spawn_a06_t05 spawn_a06_t06 spawn_a06_t07
                error_at_spawn_test error_exit_at_spawn_test exit_at_spawn_test exit_at_spawn_test_microtask
                exit_at_spawn_test_timer;
            spawn_uri:
                spawn_uri_a01_t01 spawn_uri_a01_t06 spawn_uri_test spawn_uri_a01_t03 spawn_uri_nested_vm_test
                spawn_uri_a01_t04 spawn_uri_a02_t01 spawn_uri_a02_t03 spawn_uri_a02_t04 spawn_uri_missing_test
                spawn_uri_missing_from_isolate_test spawn_uri_a01_t05 spawn_uri_a04_t01 spawn_uri_a04_t03
                spawn_uri_a04_t04 spawn_uri_a05_t01 spawn_uri_a05_t02 spawn_uri_a05_t03 spawn_uri_a05_t04
                spawn_uri_a05_t05 spawn_uri_a06_t01 spawn_uri_a07_t02 spawn_uri_a07_t03 spawn_uri_a07_t04
                spawn_uri_a07_t05 spawn_uri_a07_t07 error_at_spawnuri_test error_exit_at_spawnuri_test
                exit_at_spawnuri_test exit_at_spawnuri_test_microtask exit_at_spawnuri_test_timer;
            unsupported:
                spawn_unsupported run_unsupported moved_unsupported;
            ports:
                simple_message_test receive_port_send_port_a01_t01 receive_port_a01_t01 receive_port_listen_a01_t01
                receive_port_close_a02_t01 receive_port_close_ends_the_stream receive_port_close_keeps_what_arrived
                receive_port_closed_drops send_to_the_dead request_reply_test count_test send_order_across_ports;
            raw_ports:
                raw_receive_port_a01_t02 raw_receive_port_close_a01_t01 raw_receive_port_handler_a02_t01
                raw_receive_port_handler_a03_t01 raw_receive_port_send_port_a01_t01 raw_receive_port_send_port_a02_t01
                raw_receive_port_send_port_a02_t02 receive_port_from_raw_receive_port_a02_t01
                raw_port_test_late_handler raw_port_test_changes_its_handler raw_port_test_closes_itself
                raw_port_test_from_raw_ends raw_port_test_hash_code;
            streams:
                receive_port_any_a01_t01 receive_port_any_a01_t02 receive_port_contains_a01_t01
                receive_port_drain_a02_t01 receive_port_element_at_a01_t01 receive_port_element_at_a03_t01
                receive_port_expand_a01_t01 receive_port_first_where_a01_t01 receive_port_first_where_a02_t01
                receive_port_first_where_a03_t02 receive_port_first_a01_t01 receive_port_first_a02_t01
                receive_port_first_a02_t02 receive_port_fold_a01_t01 receive_port_fold_a01_t02
                receive_port_is_empty_a01_t01 receive_port_last_where_a01_t01
                receive_port_last_where_a02_t01 receive_port_last_a02_t01
                receive_port_length_a01_t01 receive_port_pipe_a01_t01 receive_port_reduce_a01_t01
                receive_port_reduce_a01_t02
                receive_port_reduce_a01_t03 receive_port_single_a01_t01
                receive_port_single_a02_t01 receive_port_single_where_a02_t01 receive_port_skip_a01_t01
                receive_port_take_while_a01_t01 receive_port_take_a01_t03 receive_port_to_set_a01_t01
                receive_port_transform_a01_t01 receive_port_where_a01_t01;
            equality:
                send_port_class_a01_t01 send_port_class_a01_t02 send_port_class_a01_t03 hash_code_a01_t01
                operator_equality_a01_t01 port_test send_port_leads_home send_port_debug port_names isolate_current_test
                current_a01_t01 current_a01_t02;
            messages:
                enum_const_test message_enum_test issue_35626_test isolate_complex_messages_test message_test
                message2_test message3_test_numbers message3_test_texts message3_test_lists send_private_test
                message3_test_generic typed_message_test issue_24243_parent_isolate_test regress_34752_test
                regress_flutter_22796_test vm_rehash_test function_send_test function_send_test_called_there
                issue_22778_test fast_copy_during_initial_message_test isolate_handle_is_a_message send_a01_t02
                send_a01_t03;
            large:
                large_byte_data_test int32_length_overflow_test large_byte_data_leak_test;
            pause:
                pause_capability_a01_t01 pause_capability_a02_t01 pause_capability_a02_t02 pause_capability_a02_t03
                pause_capability_a02_t04 pause_capability_a02_t05 pause_a01_t02 pause_a01_t05 pause_a01_t06
                pause_a01_t07 pause_a01_t09 pause_a01_t10 pause_a02_t02 pause_a04_t01
                pause_same_capability_counts_once resume_is_used_up resume_does_not_wait resume_a01_t01 resume_a01_t02
                resume_a02_t01 resume_a03_t06 pause_test start_paused_test start_paused_test_two_pauses pause_the_host;
            ping:
                ping_test ping_pause_test ping_keeps_order ping_the_dead ping_the_host ping_self ping_a01_t01
                ping_a01_t01_once ping_a01_t01_after_pause ping_a02_t01 ping_a02_t02 ping_a03_t01 ping_carries_its_response ping_needs_no_capability;
            kill:
                kill_test kill2_test kill_while_paused kill_before_it_runs kill_self_test kill_self_synchronously_test
                kill_self_before_next_event kill_a01_t01 kill_runs_destructors kill_a01_t04
                kill_infinite_loop_in_initializer_test kill_a02_t01 kill_a02_t01_mixed kill_a02_t02 kill_a02_t01_listener kill_a02_t02_listener kill_is_no_error kill_the_dead
                kill_the_host terminate_capability_a01_t01 terminate_capability_a02_t01 terminate_capability_a02_t02
                terminate_capability_from_parts;
            exit_listeners:
                add_on_exit_listener_a01_t01 add_on_exit_listener_a01_t02 add_on_exit_listener_a01_t05
                add_on_exit_listener_a02_t02 add_on_exit_listener_a02_t03 add_on_exit_listener_a03_t01
                remove_on_exit_listener_a01_t02 remove_on_exit_listener_once remove_on_exit_listener_unknown
                ondone_test exit_listeners_in_order exit_message_is_the_last exit_listener_needs_no_capability;
            lifetime:
                open_port_keeps_alive detached_port_keeps_alive port_that_does_not_keep_alive
                hopeless_future_does_not_keep_alive dropped_port_does_not_keep_alive awaited_task_keeps_alive
                isolate_local_is_dropped isolate_local_is_own child_survives linked_child_ends exit_is_final
                exit_silently_is_final exit_runs_destructors exit_the_host;
            isolates:
                cross_isolate_message_test nested_spawn_test nested_spawn2_test unresolved_ports_test
                unresolved_ports_test_control mandel_isolate_test mint_maker_test spawn_uri_multi_test;
            error_listeners:
                add_error_listener_a01_t01 add_error_listener_a02_t01 add_error_listener_fatal
                remove_error_listener_a01_t02 remove_error_listener_a02_t01 set_errors_fatal_a01_t02
                set_errors_fatal_true set_errors_fatal_a02_t01 set_errors_fatal_a02_t02 errors_a01_t02
                errors_are_broadcast handle_error_test handle_error2_test handle_error3_test
                handle_error_stacktrace_test handle_error_stacktrace_test_non_fatal
                handle_throwing_to_string_error_test stacktrace_message_test;
            encoding:
                send_gives_the_message_back send_names_the_type undecodable_message_is_an_error_of_the_receiver
                undecodable_argument_fails_its_task unsendable_argument_fails_its_task unsendable_value_fails_its_task
                unsendable_initial_message_fails_the_start program_of_another_message unsendable_response_comes_back;
            capability:
                capability_class_a01_t01 capability_class_a01_t02 capability_test capability_debug_is_short;
            transferable:
                transferable_test transferable_test_materialized_there transferable_test_concatenates
                transferable_test_empty transferable_test_two transferable_test_anywhere transferable_test_once
                transferable_test_same_twice transferable_test_same_twice_reversed transferable_test_sent_is_gone
                transferable_failed_to_send_test transferable_failed_to_send_test_reversed
                transferable_test_materialized_is_sent;
            timers:
                timer_isolate_test timer_multiple_isolates_test non_fatal_exception_in_timer_callback_test
                timers_run_in_order_of_time timers_run_in_order_of_setting timer_cancel timer_is_active timer_periodic
                timer_cancel_from_within timer_outlives_its_handle sleep_is_not_early timer_keeps_alive;
            events:
                microtasks_drain_after_each_event microtasks_run_before_timers entry_point_is_an_event
                wake_within_is_a_microtask spawn_local_runs busy_future_lets_control_in timers_and_messages_take_turns
                is_host_tells ask_gets_the_reply ask_the_dying;
            runner:
                runner_runs runner_keeps_order runner_jobs_overlap runner_keeps_its_state runner_survives_a_panic
                runner_is_lost_by_a_panic runner_survives_an_uncaught_error runner_errors_end runner_kill_fails_jobs
                runner_kill_is_polite runner_kill_after_the_limit runner_kill_the_dead runner_close_ends_it
                runner_refuses_after_close runner_refuses_after_close_while_alive runner_drop_closes runner_on_exit_of_the_dead runner_ping
                runner_pause_and_resume runner_debug_name runner_timeout runner_cancel runner_attach;
            load_balancer:
                load_balancer_ties_of_three load_balancer_ties_of_four load_balancer_least_loaded_first
                load_balancer_default_load load_balancer_zero_load load_balancer_releases_its_load
                load_balancer_release_passes_equals load_balancer_releases_after_an_error
                load_balancer_releases_after_a_timeout load_balancer_run_multiple_of_one
                load_balancer_run_multiple_of_several load_balancer_run_multiple_of_all
                load_balancer_run_multiple_async load_balancer_greatest_load
                load_balancer_run_multiple_bounds load_balancer_of_none load_balancer_len load_balancer_close
                load_balancer_close_ends_runners load_balancer_replaces_the_dead load_balancer_survives_a_panic;
            single:
                single_callback_port_takes_one single_callback_port_in_time single_callback_port_too_late
                single_callback_port_lets_go single_response_takes_one single_response_from_elsewhere
                single_response_timeout single_result_value single_result_error single_response_channel
                single_response_channel_interrupted;
            registry:
                registry_add_and_lookup registry_lookup_by_all_tags registry_lookup_at_most registry_add_twice
                registry_remove registry_tags registry_tags_of_the_unknown registry_identities_are_own
                registry_elsewhere registry_closed_manager;
        }
    };
}
