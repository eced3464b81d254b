# shellcheck shell=bash
# wasm32 with panics that unwind. The standard library of every toolchain is built for panics that abort, so cargo builds
# it anew, from its sources and beside the program (-Z build-std), in a build folder of its own: the other builds notice
# nothing. By the toolchain that builds for wasm32 otherwise, so that the two builds differ in this alone.

unwind_target_dir=$root/target/unwind

# By the exceptions of the standard, which compilers make by themselves from May 2026 on: in WebKit (GTK 2.50) those of the
# proposal before it trap or hang now and then, as its interpreter does not catch some.
# -Z is for nightly compilers; RUSTC_BOOTSTRAP=1 lets this release take it. A user says it on the command line of a
# nightly one: see the README.
unwind_env=(
  RUSTC_BOOTSTRAP=1
  CARGO_UNSTABLE_BUILD_STD='std,panic_unwind,test'
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS='-Cpanic=unwind -Cllvm-args=-wasm-use-legacy-eh=false'
  CARGO_TARGET_DIR="$unwind_target_dir"
)

# After setup_wasm32, which chooses the toolchain.
setup_unwind() {
  if ! has_std_sources; then with_lock install_std_sources; fi
}

has_std_sources() { [[ -r $(wasm_sysroot)/lib/rustlib/src/rust/library/Cargo.lock ]]; }

wasm_sysroot() { env ${wasm_env[@]+"${wasm_env[@]}"} rustc --print sysroot; }

install_std_sources() {
  if has_std_sources; then return; fi
  local advice='Run: rustup component add rust-src'
  if ! has rustup; then advice='Install them the way your system installs Rust (a package rust-src, or one like it).'; fi
  if has rustup && [[ $(wasm_sysroot) != /usr ]]; then
    run_logged "$logs/rust-src.log" 'rustup component add rust-src' 'some seconds' timeout 180 rustup component add rust-src
  elif has apt-get; then
    apt_install rust-src 'some seconds' rust-web-src
  fi
  has_std_sources ||
    fail "the sources of the standard library, in $(wasm_sysroot)/lib/rustlib/src, are missing: without them panics can't unwind in wasm32." \
      "$advice" 'Or leave this out by name: --without=unwind'
}
