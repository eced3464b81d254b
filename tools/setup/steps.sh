# shellcheck shell=bash
# Steps of `test` and `check`: each is logged, timed and given a line in the table at the end.

step_logs=$root/target/logs # in the clone, because two may test at once
without=()                  # names left out by --without
only=()                     # names asked for; none: all
rows=()                     # the table
passed_total=0              # tests, over all steps
failed_total=0
skipped_total=0 # tests that do not apply, ignored tests, and steps that did not run
absent_total=0  # the first of these
broken=0        # steps that failed
tested=()       # test steps that ran

# A step that takes longer hangs: it is ended and counts as failed.
step_limit_seconds=2400

# parse_steps KNOWN ARGUMENT...: reads `--without=a,b` and names of steps. KNOWN is the list of names there are.
parse_steps() {
  local known=$1 argument name
  shift
  for argument; do
    case $argument in
      --without=*)
        for name in $(tr ',' ' ' <<<"${argument#*=}"); do
          check_name "$known" "$name"
          without+=("$name")
        done
        ;;
      -*) fail "there is no option $argument here." 'See: ./build.sh help' ;;
      *)
        check_name "$known" "$argument"
        only+=("$argument")
        ;;
    esac
  done
}

# shellcheck disable=SC2086 # the names, to be split
check_name() { is_one_of "$2" $1 || fail "there is no step called '$2'." "There are: $1"; }

is_one_of() {
  local wanted=$1 name
  shift
  for name; do
    if [[ $name == "$wanted" ]]; then return 0; fi
  done
  return 1
}

asked_for() { ((${#only[@]} == 0)) || is_one_of "$1" "${only[@]}"; }

left_out() { is_one_of "$1" ${without[@]+"${without[@]}"}; }

wanted() { asked_for "$1" && ! left_out "$1"; }

# run_step NAME ABOUT COMMAND...: sets `status`, and leaves the output in NAME.log.
run_step() {
  limit=$step_limit_seconds
  run_logged "$step_logs/$1.log" "$@"
  limit=0
}

# test_step NAME ABOUT COMMAND...: a step whose log holds `test result:` lines.
test_step() {
  local name=$1 passed failed ignored absent note=''
  if ! wanted "$name"; then
    leave_out "$name"
    return
  fi
  run_step "$@"
  tested+=("$name")
  read -r passed failed ignored < <(count_tests "$step_logs/$name.log")
  # To the test program a test that does not apply is one that passed.
  absent=$(count_absent "$step_logs/$name.log")
  passed=$((passed - absent))
  if ((status == 0 && passed == 0)); then
    status=1
    note='it ran no test'
  elif ((status != 0 && failed == 0)); then
    note="${timed_out:-it did not run to the end}"
  fi
  # A step that fails without naming a test counts as one, so that the closing line never says all is well.
  if ((status != 0 && failed == 0)); then failed=1; fi
  passed_total=$((passed_total + passed))
  failed_total=$((failed_total + failed))
  skipped_total=$((skipped_total + ignored + absent))
  absent_total=$((absent_total + absent))
  if ((status == 0)); then
    end_step "$name" "PASSED $passed" "$note"
  else
    end_step "$name" FAILED "${note:-$failed failed, $passed passed}"
  fi
}

# check_step NAME ABOUT COMMAND...: a step that passes or fails as a whole.
check_step() {
  if ! wanted "$1"; then
    leave_out "$1"
    return
  fi
  run_step "$@"
  if ((status == 0)); then end_step "$1" PASSED ''; else end_step "$1" FAILED "${timed_out:-}"; fi
}

# end_step NAME RESULT NOTE
end_step() {
  local row
  row=$(printf '%-12s %-12s %5d s  %s' "$1" "$2" "$elapsed" "$3")
  row=${row%  }
  rows+=("$row")
  if [[ $2 == FAILED ]]; then
    broken=$((broken + 1))
    show_failures "$step_logs/$1.log"
  fi
  say "  $row"
}

# A step that was not asked for is not worth a line; one that was left out is.
leave_out() {
  if asked_for "$1"; then skip_step "$1" 'left out by --without'; fi
}

# skip_step NAME REASON
skip_step() {
  skipped_total=$((skipped_total + 1))
  local row
  row=$(printf '%-12s %-12s %5s    %s' "$1" SKIPPED - "$2")
  rows+=("$row")
  say "  $row"
}

# The failed tests and their reasons, wherever in the log they stand, then how it ended.
show_failures() {
  grep -nE -A 2 '^test .*(FAILED|FAIL)$|^error(\[|:)|^ *(thread .*)?panicked at' "$1" | head -n 40 >&2 || true
  show_tail "$1" 20
}

# Sums the `test result:` lines of a log: passed, failed, ignored.
count_tests() {
  awk '/^test result: / {
    for (i = 2; i <= NF; i++) {
      if ($i ~ /^passed;/) passed += $(i - 1)
      if ($i ~ /^failed;/) failed += $(i - 1)
      if ($i ~ /^ignored;/) ignored += $(i - 1)
    }
  } END { print passed + 0, failed + 0, ignored + 0 }' "$1"
}

print_table() {
  printf '\n%-12s %-12s %7s\n' step result time
  printf '%s\n' "${rows[@]}"
  printf 'logs: %s\n\n' "$step_logs"
}

# The closing line of `test`, in the form a machine reads, and what it counts as skipped.
print_totals() {
  if ((skipped_total)); then
    printf 'skipped: %d that do not apply, %d ignored or left out\n' "$absent_total" $((skipped_total - absent_total))
  fi
  printf '%d passed, %d failed' "$passed_total" "$failed_total"
  if ((skipped_total)); then printf ', %d skipped' "$skipped_total"; fi
  printf '\n'
}
