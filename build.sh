#!/usr/bin/env bash
# The one door of insula: everything a clone needs is set up, built, tested and shown from here. In bash is what must run
# before Rust is there; the steps are a program, tools/steps.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/setup/common.sh
. "$root/tools/setup/common.sh"
# shellcheck source=tools/setup/wasm32.sh
. "$root/tools/setup/wasm32.sh"
# shellcheck source=tools/setup/std-sources.sh
. "$root/tools/setup/std-sources.sh"
# shellcheck source=tools/setup/cargo-tools.sh
. "$root/tools/setup/cargo-tools.sh"
# shellcheck source=tools/setup/browsers.sh
. "$root/tools/setup/browsers.sh"
# shellcheck source=tools/setup/bundlers.sh
. "$root/tools/setup/bundlers.sh"
# shellcheck source=tools/setup/hosts.sh
. "$root/tools/setup/hosts.sh"
# shellcheck source=tools/setup/wasm-opt.sh
. "$root/tools/setup/wasm-opt.sh"

usage() {
  cat <<'USAGE'
usage: ./build.sh COMMAND

  demo                run the programs natively and on the page in Chromium, compare and show what they came to
  test [STEP...]      run every test: natively, in the simulator, in three browser engines, in Deno, Bun and Node
                      steps: native sim chromium firefox webkit unwind atomics deno bun node bundlers npm page
                      (default: all); `unwind` is the build whose panics unwind, in each engine that is not left out,
                      `atomics` the build whose memory is shared, in Chromium, `page` the page of www/
  test [STEP...] --filter NAME
                      only the tests with NAME in their names (default: native)
  check [STEP...]     format, house rules, lints, features, docs, sizes in a browser, the oldest compiler, licences and
                      dependencies
                      steps: fmt shell tidy clippy clippy-wasm features loom docs sizes bench msrv publish npm-package deny advisories
                      (default: all)
  bench [ROW...]      measure insula beside its peers, natively and in three browser engines: a table,
                      target/bench/results.json, a picture of each row
                      --native: without the browsers; --quick: only see that every row works;
                      --compare REVISION: two states of insula by turns, natively;
                      --write: docs/BENCHMARKS.md, from the last run
  ci                  check, and test if nothing failed
  proofs [STEP...]    what goes beyond tests: undefined behaviour, every interleaving, 1,000 seeds, 10,000 isolates,
                      hostile bytes
                      steps: miri loom seeds stress fuzz (default: all)
  repeat [N] [ENGINE...]
                      the web platform's tests N times (20) in each engine, to find those that fail now and then
  serve               build the page and serve it
  page                build the page, in www/pkg
  bundle              build the npm package and its tarball, in www/pkg
  new FOLDER          begin an application: a Rust crate as a typed worker for TypeScript (docs/rust-for-typescript.md)
  setup               only install what `test` needs
  env                 print the exports for work by hand: eval "$(./build.sh env)"; with panics that unwind: env unwind
  help                this text

  --without=NAME,...  leave steps or engines out by name, as in --without=webkit (test, check, proofs, repeat, setup,
                      env)

  INSULA_LANES=N      run N test programs or browsers side by side, instead of one for each core, and one browser more

Each command installs what it needs and finds missing, once: the wasm32 target, wasm-bindgen, wasm-pack and the drivers
into ${INSULA_CACHE:-~/.cache/insula}, Deno and Bun too, the browsers as Debian packages (root or sudo). A second run
starts at once.

By hand, after eval: wasm-pack test --headless --chrome
                     wasm-pack test --headless --firefox
                     xvfb-run -a wasm-pack test --headless --safari      (WebKitGTK)
USAGE
}

main() {
  local command=${1:-help}
  case $command in
    help | -h | --help) usage ;;
    demo) shift && run_demo "$@" ;;
    serve) shift && run_serve "$@" ;;
    page) build_page ;;
    bundle) run_bundle ;;
    new) shift && run_new "$@" ;;
    bench) shift && run_bench "$@" ;;
    test | check | ci | proofs | repeat | setup | env) run_steps "$@" ;;
    *)
      usage >&2
      fail "there is no command '$command'."
      ;;
  esac
}

# --- steps -----------------------------------------------------------------------------------------------------------

steps=$root/target/tools/debug/insula-steps

# run_steps COMMAND ARGUMENT...: the program says what the command needs, and runs it when that is there.
run_steps() {
  need_cargo
  build_steps
  local part needs
  needs=$("$steps" needs "$@") || exit 1
  for part in $needs; do "setup_${part//-/_}"; done
  if [[ $1 == setup ]]; then say 'Everything is set up. Next: ./build.sh test'; fi
  export INSULA_WASM_ENV INSULA_TOOL_PATH=$tool_path
  INSULA_WASM_ENV=$(printf '%s\n' ${wasm_env[@]+"${wasm_env[@]}"})
  exec "$steps" "$@"
}

# In a build folder of its own, so that no other build waits for it or changes it. A user's own settings stay out of it.
build_steps() {
  local log
  if [[ ! -x $steps ]]; then say '  the steps, a small program (about 20 seconds, once)'; fi
  if ! log=$(env -u CARGO_BUILD_TARGET -u RUSTFLAGS cargo build -q --target-dir "$root/target/tools" -p insula-steps 2>&1); then
    printf '%s\n' "$log" >&2
    fail 'tools/steps, the program that runs the steps, does not compile.' 'The lines above say why.'
  fi
}

# --- the page --------------------------------------------------------------------------------------------------------

# The page and its wasm module, in www/pkg.
build_page() {
  setup_wasm32
  setup_wasm_bindgen
  must page 'the page' 'about 2 minutes, the first time' compile_page
}

# shellcheck disable=SC2317 # called by `must`
compile_page() {
  env ${wasm_env[@]+"${wasm_env[@]}"} cargo build --release --target "$target" -p insula-www
  wasm-bindgen --target web --out-dir www/pkg "$wasm_target_dir/$target/release/insula_www.wasm"
}

run_demo() {
  build_page
  setup_chromium
  run_pages demo "$@"
}

run_serve() {
  build_page
  run_pages serve "$@"
}

# The npm package, and the copy of its worker half that the Rust side ships.
run_bundle() {
  setup_npm
  node web/npm/bundle.js --isolate
  node web/npm/bundle.js www/pkg
}

run_new() {
  if (($# != 1)); then fail 'new needs the name of a folder that is not there yet.'; fi
  run_bundle
  node web/npm/new.js "$calling_folder/$1" www/pkg/insula-web-*.tgz
}

# In a build folder of its own, with the compiler's usual settings: those are what users measure with.
run_bench() {
  need_cargo
  if bench_needs_browsers "$@"; then
    build_bench_page
    must tools 'the tools' 'about 1 minute, the first time' cargo build --release -p insula-pages
  fi
  must bench 'the bench' 'about 2 minutes, the first time' \
    env -u CARGO_BUILD_TARGET -u RUSTFLAGS cargo build --release --manifest-path bench/Cargo.toml --target-dir target/bench/build
  exec target/bench/build/release/insula-bench "$@"
}

# The rows of the browsers have names that begin with W.
bench_needs_browsers() {
  local word rows=0
  for word in "$@"; do
    case $word in
      W*) return 0 ;;
      --compare | --native | --write) return 1 ;;
      --*) ;;
      *) rows=1 ;;
    esac
  done
  return "$rows"
}

# The page whose goes the bench asks for, in target/bench/web.
build_bench_page() {
  setup_chromium
  setup_firefox
  setup_webkit
  setup_geckodriver
  setup_wasm32
  setup_wasm_bindgen
  setup_npm
  npm_packages peers 'the peers in browsers' "$root/bench/web"
  export PATH=$tool_path$PATH
  must bench-page 'the page of the bench' 'about 2 minutes, the first time' compile_bench_page
}

# shellcheck disable=SC2317 # called by `must`
compile_bench_page() {
  local out=$root/target/bench/web build=$root/target/bench/build
  env -u RUSTFLAGS ${wasm_env[@]+"${wasm_env[@]}"} cargo build --release --target "$target" --target-dir "$build" \
    --manifest-path bench/Cargo.toml -p insula-bench-web
  wasm-bindgen --target web --out-dir "$out/module" "$build/$target/release/insula_bench_web.wasm"
  node web/npm/bundle.js "$out/npm"
  node bench/web/build.js "$out/npm/insula-web" "$out/module" "$out/page"
}

# run_pages COMMAND ARGUMENT...: tools/pages takes over the terminal.
run_pages() {
  must tools 'the tools' 'about 1 minute, the first time' cargo build --release -p insula-pages
  CHROMEDRIVER=$(command -v chromedriver || true) exec cargo run --release -q -p insula-pages -- "$@"
}

calling_folder=$PWD
cd "$root"
main "$@"
exit
