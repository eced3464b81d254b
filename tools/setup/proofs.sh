# shellcheck shell=bash
# What goes beyond tests: undefined behaviour and leaks (miri), every interleaving of the protocols between threads
# (loom), 10,000 isolates (stress), bytes that nobody sent (fuzz). Each builds in a folder of its own under target/.

proof_steps='miri loom stress fuzz'

# What miri does not run, as it executes some thousand times slower than the machine: tests that read millions of
# elements, and one that measures time.
miri_core_skips=(elements_without_bytes large_types_cost_bounded_time lengths_unknown_in_advance)

# What miri runs of native's suite, by parts of names: every way in which threads meet (start, message, control, reply,
# end), once or a few times each. The whole suite takes hours, and much of it waits for real time.
miri_native_tests=(
  compute_returns_the_value compute_returns_the_awaited_value compute_can_compute compute_refuses
  run_returns_its_own_error run_fails_when_it_is_killed run_fails_when_it_kills run_moves
  kill_ pause_ ping_ exit_listener port_can_be_closed port_close raw_port_ transferable messages_keep_their_order
  capability
)

fuzz_seconds=${INSULA_FUZZ_SECONDS:-60} # for each target

run_proofs() {
  parse_steps "$proof_steps" "$@"
  need_cargo
  if wanted miri && ! has_miri && ! { run_logged "$logs/miri.log" miri 'some seconds, once' get_miri && has_miri; }; then
    skip_step miri 'needs miri: rustup toolchain install nightly --component miri --component rust-src'
  else
    test_step miri 'about 15 minutes, the first time' prove_miri
  fi
  test_step loom 'about 4 minutes, the first time' prove_loom
  test_step stress 'about 1 minute, the first time' prove_stress
  test_step fuzz 'about 5 minutes, the first time' prove_fuzz
  print_table
  print_totals
  ((broken == 0))
}

has_nightly() { rustc +nightly --version >/dev/null 2>&1; }

get_miri() { rustup toolchain install nightly --profile minimal --component miri --component rust-src; }

has_miri() { has_nightly && cargo +nightly miri --version >/dev/null 2>&1; }

# One test at a time: miri runs all threads on one, and a test of the suite must end within 30 seconds.
prove_miri() {
  local result=0 skips=() name
  for name in "${miri_core_skips[@]}"; do skips+=(--skip "$name"); done
  miri -p insula-core --tests -- "${skips[@]}" || result=1
  miri -p insula-native --test conformance -- --test-threads=1 "${miri_native_tests[@]}" || result=1
  return "$result"
}

# Four cases a property instead of 256; files are read and time passes, so isolation is off.
miri() {
  PROPTEST_CASES=4 PROPTEST_DISABLE_FAILURE_PERSISTENCE=1 MIRIFLAGS="-Zmiri-disable-isolation ${MIRIFLAGS:-}" \
    CARGO_TARGET_DIR="$root/target/miri" cargo +nightly miri test --no-fail-fast "$@"
}

prove_loom() {
  local result=0
  loom -p insula-core || result=1
  loom -p insula-native || result=1
  return "$result"
}

loom() {
  RUSTFLAGS='--cfg loom' CARGO_PROFILE_RELEASE_LTO=off CARGO_TARGET_DIR="$root/target/loom" \
    cargo test --release --test loom "$@"
}

# The seed is in the log: INSULA_STRESS_SEED=… ./build.sh proofs stress
prove_stress() { cargo test -p insula-native --test stress -- --nocapture; }

# The corpus on any toolchain; new inputs where cargo-fuzz is installed, without adding them to the corpus.
prove_fuzz() {
  local result=0 target found
  cargo test -p insula-core --test wire_corpus || result=1
  if ! has_nightly || ! has cargo-fuzz; then
    say 'Nothing new was tried. It needs: rustup toolchain install nightly; cargo install cargo-fuzz'
    return "$result"
  fi
  for target in plain attached; do
    found=$root/target/fuzz/found/$target
    mkdir -p "$found"
    (cd "$root/core" && CARGO_TARGET_DIR="$root/target/fuzz" cargo +nightly fuzz run "$target" \
      "$found" "fuzz/corpus/$target" -- -max_total_time="$fuzz_seconds" -max_len=300 -timeout=10) || result=1
  done
  return "$result"
}
