# shellcheck shell=bash
# The wasm32-unknown-unknown target: from rustup where it can download, otherwise from Debian's rustc-web, whose
# standard library for wasm32 is built once here.

target=wasm32-unknown-unknown
linked_toolchain=insula-wasm32 # rustup's name for Debian's compiler

# Debian's, because rustup's toolchains can't be extended offline. rustfmt and clippy come along so that plain cargo
# works under RUSTUP_TOOLCHAIN.
debian_rust=(rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web)

wasm_env=()         # variables the wasm parts run with, for `env`
wasm_target_dir='' # where their builds go

setup_wasm32() {
  need_cargo
  if ! find_wasm32; then with_lock install_wasm32; fi
}

need_cargo() {
  if ! has cargo || ! has rustc; then
    fail 'cargo and rustc are missing.' 'Install Rust (https://rustup.rs), open a new shell and run this again.'
  fi
}

# Looks for the target, first in the toolchain in use, then in Debian's; sets wasm_env.
find_wasm32() {
  wasm_env=()
  wasm_target_dir=${CARGO_TARGET_DIR:-$root/target}
  if sysroot_has_target "$(rustc --print sysroot)"; then return 0; fi
  if ! debian_target_ready; then return 1; fi
  # A build folder of its own: two toolchains in one would rebuild each other's work.
  wasm_target_dir=$root/target/wasm
  wasm_env=(CARGO_TARGET_DIR="$wasm_target_dir" RUSTDOC=/usr/bin/rustdoc)
  if has rustup; then
    wasm_env+=(RUSTUP_TOOLCHAIN="$linked_toolchain")
    [[ -n $(rustup_link) ]]
  else
    wasm_env+=(PATH="/usr/bin:$PATH")
  fi
}

sysroot_has_target() {
  [[ -n $(find "$1/lib/rustlib/$target/lib" -name 'libstd-*.rlib' -print -quit 2>/dev/null) ]]
}

# The toolchain rustup knows by our name, if it does.
rustup_link() { rustup toolchain list 2>/dev/null | grep -o "^$linked_toolchain\b" || true; }

install_wasm32() {
  if find_wasm32; then return; fi
  if add_with_rustup; then
    find_wasm32
    return
  fi
  install_debian_rust
  install_std
  if has rustup; then rustup --quiet toolchain link "$linked_toolchain" /usr; fi
  find_wasm32 || fail "the $target target was installed but is not found in $(/usr/bin/rustc --print sysroot)."
}

# The ordinary way. Where its server can't be reached rustup says so within seconds; the limit is for slow lines.
add_with_rustup() {
  if ! has rustup; then return 1; fi
  run_logged "$logs/rustup.log" "rustup target add $target" 'some seconds' timeout 180 rustup target add "$target"
  if ((status == 0)); then return 0; fi
  say "  rustup can't download the target here: trying Debian's rustc-web"
  return 1
}

# --- Debian's way ----------------------------------------------------------------------------------------------------

debian_rustlib=/usr/lib/rustlib
std_stamp=$debian_rustlib/$target/insula-std # which compiler the installed library is for

std_version() { echo "$(/usr/bin/rustc --version) panic=abort"; }

debian_target_ready() {
  [[ -x /usr/bin/rustc && -r $std_stamp && $(<"$std_stamp") == "$(std_version)" ]] && sysroot_has_target /usr
}

install_debian_rust() {
  if ! has apt-get; then
    fail "the Rust target $target is missing and rustup could not add it." \
      "Run: rustup target add $target" 'Without rustup, install it the way your system installs Rust.'
  fi
  apt_install rust 'about 1 minute' "${debian_rust[@]}"
  apt_install lld 'some seconds' "lld-$(llvm_major)"
}

llvm_major() { /usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p'; }

install_std() {
  local built
  built=$cache/wasm32-std/$(std_version | tr -c 'A-Za-z0-9.\n' '-')
  if [[ ! -d $built ]]; then
    must std "the standard library for wasm32" 'about 1 minute, once' build_std "$built"
  fi
  need_root 'Installing the standard library for wasm32'
  must std-install 'the standard library for wasm32, into /usr/lib/rustlib' 'at once' copy_std "$built"
}

# build_std FOLDER: the library is what cargo builds under an empty crate. The folder appears only when it is complete.
# Bitcode is embedded because `lto = true` looks for it.
build_std() {
  local work
  work=$(mktemp -d "$cache/std.XXXXXX")
  mkdir -p "$work/src" "$work/lib"
  printf '#![no_std]\n' >"$work/src/lib.rs"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
  # -Z is for nightly compilers; RUSTC_BOOTSTRAP=1 lets this release take it. PATH, so that rustup's rustc is not found.
  (cd "$work" && env -u RUSTC -u RUSTUP_TOOLCHAIN PATH="/usr/bin:$PATH" RUSTC_BOOTSTRAP=1 \
    RUSTFLAGS="-Cembed-bitcode=yes -Cpanic=abort" CARGO_TARGET_DIR="$work/target" \
    /usr/bin/cargo build --release --target "$target" -Z build-std=std,panic_abort,test)
  rm -f "$work/target/$target/release/deps"/libempty-*
  cp "$work/target/$target/release/deps"/lib*.rlib "$work/lib/"
  mkdir -p "$(dirname "$1")"
  mv "$work/lib" "$1"
  rm -rf "$work"
}

# copy_std FOLDER: the stamp goes last, so that a copy cut short is not taken for a whole one.
copy_std() {
  local lib=$debian_rustlib/$target/lib host_bin
  host_bin=$debian_rustlib/$(/usr/bin/rustc -vV | sed -n 's/^host: //p')/bin
  as_root rm -rf "$lib" "$std_stamp"
  as_root install -d "$lib" "$host_bin"
  as_root install -m 644 "$1"/*.rlib "$lib/"
  if [[ ! -x $host_bin/rust-lld ]]; then as_root ln -sfn "/usr/bin/lld-$(llvm_major)" "$host_bin/rust-lld"; fi
  std_version | as_root tee "$std_stamp"
}
