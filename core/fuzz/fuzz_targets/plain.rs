#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| insula_core_fuzz::plain(bytes));
