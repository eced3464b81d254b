//! [`suite!`](crate::suite): every test, named once.

/// Hands all tests to `$harness!`, as `module: test test …;` for each module of this crate.
#[macro_export]
macro_rules! suite {
    ($harness:ident) => {
        $harness! {
            compute:
                compute_test1 compute_test1_async compute_test1_call_compute
                compute_test2 compute_test2_async compute_test2_call_compute compute_test2_panic
                compute_test3 compute_test3_async compute_test4 compute_test4_async compute_test5 compute_test5_async
                compute_static_method compute_closure compute_debug_label compute_null_result compute_test_invalid_message
                compute_is_eager compute_dropped_task_runs compute_caller compute_caller_error;
            run:
                isolate_run_test_value isolate_run_test_async_value isolate_run_test_error isolate_run_test_async_error
                isolate_run_test_panic isolate_run_test_async_panic isolate_run_test_uncaught isolate_run_test_hangs
                isolate_run_test_killed isolate_run_test_killed_at_once isolate_run_test_value_wins isolate_run_test_exits
                isolate_run_test_open_port isolate_run_test_moved_result isolate_run_test_own_state;
            spawn:
                spawn_a01_t01 spawn_a01_t03 spawn_a01_t04 spawn_a01_t05 spawn_a01_t07
                spawn_a03_t01 spawn_a03_t02 spawn_a03_t03
                spawn_a04_t01 spawn_a04_t02 spawn_a04_t03 spawn_a04_t04 spawn_a04_t05
                spawn_a05_t01 spawn_a05_t02 spawn_a05_t03
                spawn_a06_t02 spawn_a06_t03 spawn_a06_t04 spawn_a06_t05 spawn_a06_t06 spawn_a06_t07
                static_function_test static_function_test_method spawn_function_test spawn_function_custom_class_test
                spawn_generic_test spawn_moves_its_message object_leak_test
                error_at_spawn_test error_exit_at_spawn_test
                exit_at_spawn_test exit_at_spawn_test_microtask exit_at_spawn_test_timer;
            spawn_uri:
                spawn_uri_a01_t01 spawn_uri_a01_t03 spawn_uri_a01_t04 spawn_uri_a01_t05 spawn_uri_a01_t06
                spawn_uri_a02_t01 spawn_uri_a02_t03 spawn_uri_a02_t04
                spawn_uri_a04_t01 spawn_uri_a04_t03 spawn_uri_a04_t04
                spawn_uri_a05_t01 spawn_uri_a05_t02 spawn_uri_a05_t03 spawn_uri_a05_t04 spawn_uri_a05_t05
                spawn_uri_a06_t01 spawn_uri_a07_t02 spawn_uri_a07_t03 spawn_uri_a07_t04 spawn_uri_a07_t05 spawn_uri_a07_t07
                spawn_uri_test spawn_uri_missing_test spawn_uri_missing_from_isolate_test
                error_at_spawnuri_test error_exit_at_spawnuri_test
                exit_at_spawnuri_test exit_at_spawnuri_test_microtask exit_at_spawnuri_test_timer;
            unsupported:
                spawn_unsupported run_unsupported moved_unsupported;
            ports:
                simple_message_test receive_port_send_port_a01_t01 receive_port_a01_t01 receive_port_listen_a01_t01
                receive_port_close_a02_t01 receive_port_close_ends_the_stream receive_port_close_keeps_what_arrived
                receive_port_closed_drops send_to_the_dead request_reply_test count_test send_order_across_ports;
            raw_ports:
                raw_receive_port_a01_t02 raw_receive_port_close_a01_t01
                raw_receive_port_handler_a02_t01 raw_receive_port_handler_a03_t01
                raw_receive_port_send_port_a01_t01 raw_receive_port_send_port_a02_t01 raw_receive_port_send_port_a02_t02
                receive_port_from_raw_receive_port_a02_t01
                raw_port_test_late_handler raw_port_test_changes_its_handler raw_port_test_closes_itself
                raw_port_test_from_raw_ends raw_port_test_hash_code;
        }
    };
}
