# shellcheck shell=bash
# `repeat`: the web platform's tests many times in each engine, to find those that fail now and then. Built once; a run
# starts each test program as wasm-pack would. The documentation's examples are left to `test`, which compiles them anew.

default_runs=20
repeat_logs=$root/target/logs/repeat
test_programs=()   # name and file of each, in turns
repeat_rows=()     # the table: a line for an engine
repeat_failures='' # lines of engine, run, test
failed_runs=0

# run_repeat [RUNS] [ENGINE...]
run_repeat() {
  local runs=$default_runs engine
  if [[ ${1:-} =~ ^[0-9]+$ ]]; then
    runs=$((10#$1))
    shift
  fi
  if ((runs == 0)); then fail 'Nothing runs 0 times.'; fi
  parse_steps "$engines" "$@"
  # By name, so that nothing is set up for the other steps of `test`.
  if ((${#only[@]} == 0)); then read -ra only <<<"$engines"; fi
  setup_for_tests
  must repeat 'the test programs' 'about 2 minutes, the first time' build_test_programs
  find_test_programs
  for engine in $engines; do
    if wanted "$engine"; then repeat_in "$engine" "$runs"; fi
  done
  print_runs
  ((failed_runs == 0))
}

build_test_programs() {
  cd "$root/web" && env ${wasm_env[@]+"${wasm_env[@]}"} cargo test --target "$target" --features js,gloo --tests --no-run
}

# Cargo names the programs it has built, on lines of their own.
find_test_programs() {
  local name file
  while read -r name file; do test_programs+=("$name" "$file"); done < <(
    sed -nE 's#^ +Executable tests/([a-z_]+)(/main)?\.rs \((.*\.wasm)\)$#\1 \3#p' "$logs/repeat.log"
  )
  if ((${#test_programs[@]} == 0)); then fail 'cargo named no test program.' "Its log: $logs/repeat.log"; fi
}

# repeat_in ENGINE RUNS
repeat_in() {
  local engine=$1 runs=$2 run log found bad=0 seconds=0
  mkdir -p "$repeat_logs"
  rm -f "$repeat_logs/$engine"-*.log
  for ((run = 1; run <= runs; run++)); do
    log=$repeat_logs/$engine-$run.log
    limit=$step_limit_seconds
    run_logged "$log" "$engine, run $run of $runs" 'some minutes' run_test_programs "$engine"
    limit=0
    seconds=$((seconds + elapsed))
    found=$(failed_tests "$log" | sed "s/^/$engine $run /")
    if [[ -n $found ]]; then repeat_failures+=$found$'\n'; fi
    if [[ -n $found ]] || ((status != 0)); then bad=$((bad + 1)); fi
    say "  $engine, run $run of $runs: $elapsed s, $(grep -c . <<<"$found" || true) failed"
  done
  failed_runs=$((failed_runs + bad))
  repeat_rows+=("$(printf '%-12s %6d %12d %14d' "$engine" "$runs" "$bad" $((seconds / runs)))")
}

# All programs in one engine, whatever becomes of each.
run_test_programs() {
  local index result=0
  cd "$root/web" || return
  for ((index = 0; index < ${#test_programs[@]}; index += 2)); do
    echo "     Running tests/${test_programs[index]}.rs (${test_programs[index + 1]})"
    in_engine "$1" wasm-bindgen-test-runner "${test_programs[index + 1]}" || result=1
  done
  return "$result"
}

# in_engine ENGINE COMMAND...: the command, with what it needs to find that engine's driver and no other.
in_engine() {
  local driver display=()
  case $1 in
    chromium) driver=CHROMEDRIVER=$(command -v chromedriver) ;;
    firefox) driver=GECKODRIVER=$(command -v geckodriver) ;;
    webkit)
      driver=SAFARIDRIVER=$(command -v safaridriver)
      if ! is_mac; then display=(xvfb-run -a); fi
      ;;
  esac
  shift
  env -u CHROMEDRIVER -u GECKODRIVER -u SAFARIDRIVER -u MSEDGEDRIVER \
    ${wasm_env[@]+"${wasm_env[@]}"} "${browser_env[@]}" WASM_BINDGEN_TEST_ONLY_WEB=1 "$driver" \
    ${display[@]+"${display[@]}"} "$@"
}

# The tests of a log that failed, as PROGRAM::TEST, and the programs that did not come to a result.
failed_tests() {
  awk '
    function close_program() { if (program != "" && !ended) print program " (did not run to its end)" }
    /^ +Running tests\// { close_program(); program = $2; gsub(/^tests\/|\.rs$/, "", program); ended = 0 }
    /^test .* \.\.\. FAIL$/ { print program "::" $2 }
    /^test result: / || /^no tests to run!$/ { ended = 1 }
    END { close_program() }
  ' "$1"
}

print_runs() {
  printf '\n%-12s %6s %12s %14s\n' engine runs 'failed runs' 'seconds a run'
  printf '%s\n' ${repeat_rows[@]+"${repeat_rows[@]}"}
  if [[ -n $repeat_failures ]]; then
    printf '\n%-8s %-60s %8s  %s\n' engine test failures 'in runs'
    awk '{
      engine = $1; run = $2
      sub(/^[^ ]+ [^ ]+ /, "")
      key = sprintf("%-8s %-60s", engine, $0)
      if (!(key in count)) order[++keys] = key
      count[key]++
      runs[key] = runs[key] (runs[key] == "" ? "" : ", ") run
    } END { for (i = 1; i <= keys; i++) printf "%s %8d  %s\n", order[i], count[order[i]], runs[order[i]] }' <<<"${repeat_failures%$'\n'}"
  fi
  printf 'logs: %s\n' "$repeat_logs"
}
