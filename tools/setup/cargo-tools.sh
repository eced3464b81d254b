# shellcheck shell=bash
# The command-line tools that cargo installs. Each is built once into the cache, in a folder of its own version, so
# that two clones with different versions live side by side. One of the right version on PATH is used instead.

# The one place for versions.
#   wasm-bindgen-cli  the version of the wasm-bindgen crate in Cargo.lock, exactly: both sides speak a private format.
#                     The number here is for a clone without Cargo.lock.
#   wasm-pack         the newest; run with --mode no-install, because it would download wasm-bindgen by itself.
#   geckodriver       the newest; it speaks to every Firefox since 115. npm's package downloads a binary: not used.
#   cargo-deny        the newest; for `check` alone.
wasm_bindgen_fallback=0.2.130
wasm_pack_version=0.15.1
geckodriver_version=0.37.1
cargo_deny_version=0.20.2

tool_path='' # the folders that go in front of PATH

# The server of wasm-bindgen's test runner, mended: see mend_tiny_http.
tiny_http_version=0.12.0
tiny_http=$cache/tools/tiny_http-$tiny_http_version-mended

setup_wasm_bindgen() {
  # Without --locked: one crate of its lock file has been withdrawn, and one is mended.
  setup_tool wasm-bindgen-cli wasm-bindgen "$(wasm_bindgen_version)" 'about 3 minutes' \
    --config "patch.crates-io.tiny_http.path='$tiny_http/vendor/tiny_http'"
}
setup_wasm_pack() { setup_tool wasm-pack wasm-pack "$wasm_pack_version" 'about 2 minutes' --locked; }
setup_geckodriver() { setup_tool geckodriver geckodriver "$geckodriver_version" 'about 3 minutes' --locked; }
setup_cargo_deny() { setup_tool cargo-deny cargo-deny "$cargo_deny_version" 'about 4 minutes' --locked; }

wasm_bindgen_version() {
  local version=''
  if [[ -r $root/Cargo.lock ]]; then
    version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' "$root/Cargo.lock")
  fi
  echo "${version:-$wasm_bindgen_fallback}"
}

# setup_tool CRATE PROGRAM VERSION ABOUT OPTION...
setup_tool() {
  local program=$2 version=$3 bin
  bin=$(tool_home "$1" "$3")/bin
  if on_path "$program" "$version"; then return; fi
  need_cargo
  if [[ ! -x $bin/$program ]]; then with_lock install_tool "$@"; fi
  tool_path=$bin:$tool_path
  PATH=$bin:$PATH
}

# tool_home CRATE VERSION: where it is in the cache, apart from one that was built as published.
tool_home() {
  local mended=''
  if [[ $1 == wasm-bindgen-cli ]]; then mended=-mended; fi
  echo "$cache/tools/$1-$2$mended"
}

on_path() { has "$1" && "$1" --version 2>/dev/null | head -n 1 | grep -qwF "$2"; }

install_tool() {
  local crate=$1 version=$3 about=$4 home
  home=$(tool_home "$1" "$3")
  if [[ -x $home/bin/$2 ]]; then return; fi
  shift 4
  must "tool-$crate" "$crate $version, by cargo install" "$about, once" cargo_install "$crate" "$version" "$home" "$@"
}

# The user's own build settings stay out of it, and the current folder too: it may choose another toolchain.
cargo_install() {
  local crate=$1 version=$2 home=$3
  shift 3
  cd "$cache" || return
  if [[ $crate == wasm-bindgen-cli ]]; then mend_tiny_http || return; fi
  env -u CARGO_TARGET_DIR -u CARGO_BUILD_TARGET -u RUSTFLAGS \
    cargo install "$crate" --version "=$version" --root "$home" "$@"
}

# tiny_http 0.12 counts a thread as idle that it has woken but that does not run yet. So of two connections that come at
# once one may stay unread until another is closed, which is minutes for a browser: on a busy machine a test hangs now and
# then, as a script of it never comes. A thread is idle only when no connection is queued for it.
mend_tiny_http() {
  local pool=$tiny_http/vendor/tiny_http/src/util/task_pool.rs
  rm -rf "$tiny_http"
  mkdir -p "$tiny_http/src"
  : >"$tiny_http/src/lib.rs"
  printf '%s\n' '[package]' 'name = "mended"' 'version = "0.0.0"' '[dependencies]' \
    "tiny_http = \"=$tiny_http_version\"" '[workspace]' >"$tiny_http/Cargo.toml"
  (cd "$tiny_http" && cargo vendor --quiet vendor >/dev/null) || return
  sed -i.published 's/waiting_tasks\.load(Ordering::Acquire) == 0/waiting_tasks.load(Ordering::Acquire) <= queue.len()/' "$pool"
  if cmp -s "$pool" "$pool.published"; then
    echo "tiny_http $tiny_http_version is not as it was when this was written: $pool"
    return 1
  fi
}
