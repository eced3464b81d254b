# shellcheck shell=bash
# The matrix that `test` ends with: what the conformance suite came to on each platform, and what of it does not
# apply there, and why. It is read from the logs of the steps, so it tells of the very runs that were counted.

# What a harness prints for a test that does not apply: tests/src/differences.rs.
absent_line='^[a-z0-9_]+ does not apply to [a-z, -]+: '

# Sums the tests of a log that do not apply.
count_absent() { grep -cE "$absent_line" "$1" || true; }

# says_variant WORDS: into a step's log; it names the conformance runs that follow there.
says_variant() { echo "variant: $1"; }

# print_matrix STEP...: of the steps that have run.
print_matrix() {
  local step files=()
  for step; do files+=("step=$step" "$step_logs/$step.log"); done
  if ((${#files[@]})); then awk -v absent_line="$absent_line" "$matrix" "${files[@]}"; fi
}

# A run is a test program of the suite. The simulator's has two platforms: the tests of the second are in `web_like::`.
# Where a program ended early, its counts are those of its lines, and what is missing is said.
# shellcheck disable=SC2016 # awk's own variables
matrix='
  FNR == 1 { close_run(); close_step(); variant = ""; current = step }
  /^variant: / { close_run(); variant = substr($0, 10) }
  /^ +(Running|Doc-tests) / { close_run() }
  /^ +Running tests\/conformance\.rs / { open_run(variant) }
  /^ +Running tests\/facade\.rs / { open_run("facade") }
  !open { next }
  /^running [0-9]+ tests?$/ { expected = $2 }
  /^test .* \.\.\. / {
    seen++
    bad = / (FAIL|FAILED)$/
    failed += bad
    if (/^test web_like::/) { second++; second_failed += bad }
  }
  $0 ~ absent_line {
    reason = $0
    sub(/^.* does not apply to [a-z, -]+: /, "", reason)
    name = / to sim, web-like: / ? second_label : label
    absent[name]++
    if (!(reason in known)) { known[reason] = ++reasons; text[reasons] = reason }
    why[known[reason], name]++
  }
  /^test result: / {
    for (i = 2; i <= NF; i++) {
      if ($i ~ /^passed;/) seen = $(i - 1)
      if ($i ~ /^failed;/) { failed = $(i - 1); seen += failed }
      if ($i ~ /^ignored;/) seen += $(i - 1)
    }
    close_run()
  }
  END { close_run(); close_step(); print_rows(); print_reasons() }

  function open_run(of) {
    open = 1
    expected = seen = failed = second = second_failed = 0
    label = current (of == "" ? "" : " (" of ")")
    second_label = current " (web-like)"
  }
  function close_run() {
    if (open && expected) {
      add(label, seen - second, failed - second_failed)
      if (second) add(second_label, second, second_failed)
      if (seen < expected) cut = cut sprintf("%s: %d of its %d tests did not run to their end\n", label, expected - seen, expected)
    }
    open = 0
  }
  # The suite through the facade comes after the platform itself, though it runs first.
  function add(name, all, bad) {
    tests[name] = all
    failures[name] = bad
    if (name ~ /\(facade\)$/) waiting[++late] = name
    else order[++rows] = name
  }
  function close_step(i) {
    for (i = 1; i <= late; i++) order[++rows] = waiting[i]
    late = 0
  }
  function print_rows(i, name) {
    if (!rows) return
    printf "%-26s %7s %7s %15s\n", "conformance suite", "passed", "failed", "not applicable"
    for (i = 1; i <= rows; i++) {
      name = order[i]
      printf "%-26s %7d %7d %15d\n", name, tests[name] - failures[name] - absent[name], failures[name], absent[name]
    }
    printf "%s\n", cut
  }
  function print_reasons(i, j, name, count, shown, line) {
    if (!reasons) return
    print "not applicable, and why:"
    for (i = 1; i <= reasons; i++) {
      print "  " text[i]
      split("", shown)
      for (j = 1; j <= rows; j++) {
        count = why[i, order[j]]
        if (!count || count in shown) continue
        shown[count] = 1
        line = ""
        for (name = j; name <= rows; name++)
          if (why[i, order[name]] == count) line = line (line == "" ? "" : ", ") order[name]
        printf "%7d  %s\n", count, line
      }
    }
    print ""
  }
'
