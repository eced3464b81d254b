#!/usr/bin/env bash
# The one door of insula: everything a clone needs is set up, built, tested and shown from here.
# shellcheck disable=SC2317 # most functions here are called by name, as steps
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/setup/common.sh
. "$root/tools/setup/common.sh"
# shellcheck source=tools/setup/wasm32.sh
. "$root/tools/setup/wasm32.sh"
# shellcheck source=tools/setup/unwind.sh
. "$root/tools/setup/unwind.sh"
# shellcheck source=tools/setup/cargo-tools.sh
. "$root/tools/setup/cargo-tools.sh"
# shellcheck source=tools/setup/browsers.sh
. "$root/tools/setup/browsers.sh"
# shellcheck source=tools/setup/bundlers.sh
. "$root/tools/setup/bundlers.sh"
# shellcheck source=tools/setup/steps.sh
. "$root/tools/setup/steps.sh"
# shellcheck source=tools/setup/matrix.sh
. "$root/tools/setup/matrix.sh"
# shellcheck source=tools/setup/repeat.sh
. "$root/tools/setup/repeat.sh"
# shellcheck source=tools/setup/proofs.sh
. "$root/tools/setup/proofs.sh"

usage() {
  cat <<'USAGE'
usage: ./build.sh COMMAND

  demo                run the programs natively and on the page in Chromium, compare and show what they came to
  test [STEP...]      run every test: natively, in the simulator, and in three browser engines
                      steps: native sim chromium firefox webkit unwind bundlers (default: all); `unwind` is the build
                      whose panics unwind, in each engine that is not left out
  check [STEP...]     format, lints, docs, licences and dependencies
                      steps: fmt clippy clippy-wasm docs deny advisories shell (default: all)
  proofs [STEP...]    what goes beyond tests: undefined behaviour, every interleaving, 10,000 isolates, hostile bytes
                      steps: miri loom stress fuzz (default: all)
  repeat [N] [ENGINE...]
                      the web platform's tests N times (20) in each engine, to find those that fail now and then
  serve               build the page and serve it
  setup               only install what the others need
  env                 print the exports for work by hand: eval "$(./build.sh env)"; with panics that unwind: env unwind
  help                this text

  --without=NAME,...  leave steps or engines out by name, as in --without=webkit (test, check, proofs, repeat, setup,
                      env)

Each command installs what it needs and finds missing, once: the wasm32 target, wasm-bindgen, wasm-pack and the drivers
into ${INSULA_CACHE:-~/.cache/insula}, the browsers as Debian packages (root or sudo). A second run starts at once.

By hand, after eval: wasm-pack test --headless --chrome
                     wasm-pack test --headless --firefox
                     xvfb-run -a wasm-pack test --headless --safari      (WebKitGTK)
USAGE
}

engines='chromium firefox webkit'
test_steps="native sim $engines unwind bundlers"
check_steps='fmt clippy clippy-wasm docs deny advisories shell'

# The browsers' tests run with these: one file of capabilities for every crate, and time for a whole suite on a slow
# machine (the runner's own limit is 20 s for a test program, 5 s for a driver to start).
browser_env=(
  WASM_BINDGEN_TEST_WEBDRIVER_JSON="$root/webdriver.json"
  WASM_BINDGEN_TEST_TIMEOUT=600
  WASM_BINDGEN_TEST_DRIVER_TIMEOUT=60
  # WebKit's sandbox needs user namespaces, which containers and root do not get; the tests visit no page but ours.
  WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1
)

main() {
  local command=${1:-help}
  shift || true
  case $command in
    setup) setup "$@" ;;
    demo) run_demo "$@" ;;
    test) run_tests "$@" ;;
    check) run_checks "$@" ;;
    proofs) run_proofs "$@" ;;
    repeat) run_repeat "$@" ;;
    serve) run_serve "$@" ;;
    env) print_env "$@" ;;
    help | -h | --help) usage ;;
    *)
      usage >&2
      fail "there is no command '$command'."
      ;;
  esac
}

# --- set-up ----------------------------------------------------------------------------------------------------------

setup() {
  parse_steps "$test_steps" "$@"
  setup_for_tests
  say 'Everything is set up. Next: ./build.sh test'
}

# What the wanted steps need, and no more. Packages first: where root is missing, that is said before anything is built.
setup_for_tests() {
  local engine wanted_engines=()
  need_cargo
  for engine in $engines; do
    if needs_engine "$engine"; then wanted_engines+=("$engine"); fi
  done
  if wanted bundlers; then wanted_engines+=(chromium); fi
  if ((${#wanted_engines[@]} == 0)); then return; fi
  for engine in "${wanted_engines[@]}"; do "setup_$engine"; done
  setup_wasm32
  setup_wasm_bindgen
  setup_wasm_pack
  if needs_engine firefox; then setup_geckodriver; fi
  if wanted unwind; then setup_unwind; fi
  if wanted bundlers; then setup_bundlers; fi
}

# An engine is needed by its own step, and by `unwind` unless it is left out.
needs_engine() { wanted "$1" || { wanted unwind && ! left_out "$1"; }; }

# Exports for the user's own shell, and nothing else on standard output.
print_env() {
  parse_steps "$test_steps" "$@"
  setup_for_tests
  local variable
  if is_one_of unwind ${only[@]+"${only[@]}"}; then wasm_env+=("${unwind_env[@]}"); fi
  for variable in ${wasm_env[@]+"${wasm_env[@]}"} "${browser_env[@]}"; do
    printf 'export %s=%q\n' "${variable%%=*}" "${variable#*=}"
  done
  if [[ -n $tool_path ]]; then printf 'export PATH=%q"%s"\n' "$tool_path" "\$PATH"; fi
}

# --- tests -----------------------------------------------------------------------------------------------------------

run_tests() {
  parse_steps "$test_steps" "$@"
  setup_for_tests
  test_step native 'about 7 minutes, the first time' test_native
  test_step sim 'about 8 minutes, the first time' test_sim
  test_step chromium 'about 5 minutes, the first time' test_chromium
  test_step firefox 'about 3 minutes' test_firefox
  test_step webkit 'about 5 minutes' test_webkit
  test_step unwind 'about 8 minutes, the first time' test_unwind
  test_step bundlers 'about 5 minutes, the first time' test_bundlers
  print_table
  print_matrix ${tested[@]+"${tested[@]}"}
  print_totals
  ((broken == 0))
}

# The simulator has a step of its own. The second pass encodes every message, which natively would only move. What a
# test prints is shown, for the matrix.
test_native() {
  local result=0
  cargo test --workspace --exclude insula-sim --no-fail-fast -- --show-output || result=1
  says_variant INSULA_ENCODE=1
  INSULA_ENCODE=1 cargo test -p insula-native --test conformance -- --show-output || result=1
  return "$result"
}

test_sim() { cargo test -p insula-sim --no-fail-fast -- --show-output; }

# The facade's own tests run in one engine: what differs between engines is the platform's, in web/.
test_chromium() {
  local result=0
  wasm_pack_test . --chrome || result=1
  wasm_pack_test web --chrome --features js,gloo || result=1
  return "$result"
}

test_firefox() { wasm_pack_test web --firefox --features js,gloo; }

test_webkit() { wasm_pack_test web --safari --features js,gloo; }

# What a panic does, in each engine, as each unwinds by code of its own; the rest in one.
test_unwind() {
  unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS # they would hide those of this build
  local result=0 wasm_env=(${wasm_env[@]+"${wasm_env[@]}"} "${unwind_env[@]}")
  if ! left_out chromium; then
    wasm_pack_test web --chrome --features js --test conformance --test page || result=1
  fi
  if ! left_out firefox; then wasm_pack_test web --firefox --features js --test page -- panics:: || result=1; fi
  if ! left_out webkit; then wasm_pack_test web --safari --features js --test page -- panics:: || result=1; fi
  return "$result"
}

# wasm_pack_test FOLDER BROWSER [ARGUMENT...], arguments as for `cargo test`.
# WebKitGTK has no headless mode and gets a display. A driver named by the user's environment would overrule the one asked for.
wasm_pack_test() {
  local folder=$1 browser=$2 display=()
  shift 2
  if [[ $browser == --safari ]] && ! is_mac; then display=(xvfb-run -a); fi
  (cd "$root/$folder" &&
    env -u CHROMEDRIVER -u GECKODRIVER -u SAFARIDRIVER -u MSEDGEDRIVER \
      ${wasm_env[@]+"${wasm_env[@]}"} "${browser_env[@]}" \
      ${display[@]+"${display[@]}"} wasm-pack test --mode no-install --headless "$browser" -- "$@")
}

# --- checks ----------------------------------------------------------------------------------------------------------

run_checks() {
  parse_steps "$check_steps" "$@"
  need_cargo
  if wanted clippy-wasm; then setup_wasm32; fi
  if wanted deny || wanted advisories; then setup_cargo_deny; fi
  check_step fmt 'some seconds' cargo fmt --all --check
  check_step clippy 'about 2 minutes, the first time' cargo clippy --workspace --all-targets -- -D warnings
  check_step clippy-wasm 'about 1 minute, the first time' clippy_wasm
  check_step docs 'about 1 minute, the first time' env RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps
  check_step deny 'some seconds' cargo deny check licenses bans sources
  check_advisories
  check_shell
  print_table
  if ((broken)); then fail "$broken of the checks failed: see above."; fi
}

clippy_wasm() {
  env ${wasm_env[@]+"${wasm_env[@]}"} cargo clippy --target "$target" -p insula -p insula-web -p insula-www -p insula-bundlers \
    --all-targets -- -D warnings &&
    env ${wasm_env[@]+"${wasm_env[@]}"} cargo clippy --target "$target" -p insula-web --features js,gloo --all-targets -- -D warnings
}

# The database of advisories is downloaded from its own server; where that is out of reach the check says so.
check_advisories() {
  if wanted advisories && ! advisories_reachable; then
    skip_step advisories "the advisory database can't be reached from here"
  else
    check_step advisories 'some seconds' cargo deny check advisories
  fi
}

advisories_reachable() {
  mkdir -p "$step_logs"
  timeout 60 cargo deny fetch db >"$step_logs/advisories.log" 2>&1
}

check_shell() {
  if wanted shell && ! has shellcheck; then
    skip_step shell 'shellcheck is not installed'
  else
    check_step shell 'some seconds' shellcheck -x -a build.sh .ci/run
  fi
}

# --- the page --------------------------------------------------------------------------------------------------------

# The page and its wasm module, in www/pkg.
build_page() {
  setup_wasm32
  setup_wasm_bindgen
  must page 'the page' 'about 2 minutes, the first time' compile_page
}

compile_page() {
  cd "$root"
  env ${wasm_env[@]+"${wasm_env[@]}"} cargo build --release --target "$target" -p insula-www
  wasm-bindgen --target web --out-dir www/pkg "$wasm_target_dir/$target/release/insula_www.wasm"
}

run_demo() {
  build_page
  setup_chromium
  run_tool demo "$@"
}

run_serve() {
  build_page
  run_tool serve "$@"
}

# run_tool COMMAND ARGUMENT...: the tool takes over the terminal.
run_tool() {
  must tools 'the tools' 'about 1 minute, the first time' cargo build --release -p insula-tools
  CHROMEDRIVER=$(command -v chromedriver || true) exec cargo run --release -q -p insula-tools -- "$@"
}

cd "$root"
main "$@"
exit
