# shellcheck shell=bash
# The sources of the standard library: for wasm32 with panics that unwind, and with shared memory, cargo builds it anew, by
# the toolchain that builds for wasm32 otherwise.

# After setup_wasm32, which chooses the toolchain.
setup_std_sources() {
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
    fail "the sources of the standard library, in $(wasm_sysroot)/lib/rustlib/src, are missing: the steps unwind and atomics build it anew for wasm32." \
      "$advice" 'Or leave these steps out by name: --without=unwind,atomics'
}
