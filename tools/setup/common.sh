# shellcheck shell=bash
# What every part of build.sh uses: messages, long commands, the cache and its lock, root, Debian packages.
# Everything said goes to standard error, so that `build.sh env` can print exports alone.

# Outside the clone, so that a second clone finds the tools built.
cache=${INSULA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/insula}
logs=$cache/logs

say() { printf '%s\n' "$*" >&2; }

# The one clear message a failure ends with: what is missing, and what to do.
fail() {
  printf '\nbuild.sh: %s\n' "$1" >&2
  shift
  if (($#)); then printf '  %s\n' "$@" >&2; fi
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- long steps ------------------------------------------------------------------------------------------------------

job=''   # process group of the command that runs now
status=0 # of the last one

# A long command runs in a process group of its own (`set -m`), so that an interrupt ends all it started.
end_job() {
  if [[ -n $job ]]; then kill -TERM -- "-$job" 2>/dev/null || true; fi
}
trap end_job EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run_logged LOG WHAT ABOUT COMMAND...
# Runs COMMAND with its output in LOG and a line every half a minute, which shows that it lives. Sets `status`; never fails
# by itself, and is no condition, because bash would go on after an error in COMMAND then.
run_logged() {
  local log=$1 began=$SECONDS shown=0
  say "  $2 ($3)"
  shift 3
  mkdir -p "$(dirname "$log")"
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  job=$!
  set +m
  while kill -0 "$job" 2>/dev/null; do
    if ((SECONDS - began >= shown + 30)); then
      shown=$((SECONDS - began))
      say "  ... $shown s"
    fi
    sleep 0.2
  done
  status=0
  wait "$job" || status=$?
  job=''
}

# must NAME WHAT ABOUT COMMAND...: without it nothing goes on. Its log is NAME.log in the cache.
must() {
  local log=$logs/$1.log what=$2 began=$SECONDS
  shift
  run_logged "$log" "$@"
  if ((status != 0)); then
    say "--- the last lines of $log"
    tail -n 20 "$log" >&2
    say '---'
    fail "$what: failed after $((SECONDS - began)) s." "$(advice "$log")" "The whole log: $log"
  fi
  say "  $what: done in $((SECONDS - began)) s"
}

# What a log says about the cause, in words of what to do.
advice() {
  local network='could not resolve|failure resolving|failed to fetch|failed to download|could not connect|unable to connect'
  network+='|connection refused|connection timed out|network is unreachable|network failure|spurious network|download of .* failed'
  if grep -qiE "$network" "$1"; then
    echo 'The network, or a registry behind it, was not reached: check the connection and run this again.'
  elif grep -qi 'no space left' "$1"; then
    echo "The disk is full: make room (the cache is $cache) and run this again."
  elif grep -qi 'could not get lock' "$1"; then
    echo 'Another package manager is at work: run this again when it is done.'
  else
    echo 'The lines above say why.'
  fi
}

# --- the cache -------------------------------------------------------------------------------------------------------

# with_lock COMMAND...: one clone at a time changes the cache or the machine. A clone that waited finds the work done,
# so COMMAND looks again before it starts.
with_lock() {
  mkdir -p "$cache" 2>/dev/null ||
    fail "the cache folder $cache can't be made." 'Set INSULA_CACHE to a folder you can write to.'
  if has flock; then
    exec 9>"$cache/lock"
    if ! flock -n 9; then
      say "  another clone is setting up on this machine: waiting for it"
      flock 9
    fi
  fi
  "$@"
  if has flock; then exec 9>&-; fi
}

# --- root and Debian packages ----------------------------------------------------------------------------------------

# need_root WHY: asks for the password once, in the foreground, before a step goes to the background.
need_root() {
  if ((EUID == 0)); then return; fi
  if ! has sudo || ! sudo -v; then
    fail "$1 needs root, and neither are you root nor can sudo be used." "Run this once as root: ${2:-./build.sh setup}"
  fi
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

package_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
  local package
  for package; do
    if ! package_installed "$package"; then echo "$package"; fi
  done
}

# --no-remove: never trade away a package the user chose.
apt_steps() {
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --no-remove \
    -o DPkg::Lock::Timeout=300 install "$@"
}

# apt_install NAME ABOUT PACKAGE...
apt_install() {
  local name=$1 about=$2 missing
  shift 2
  missing=$(missing_packages "$@" | tr '\n' ' ')
  if [[ -z $missing ]]; then return; fi
  need_root "Installing the Debian packages ${missing% }" "apt-get install ${missing% }"
  # shellcheck disable=SC2086 # a list of package names, to be split
  must "apt-$name" "Debian packages ${missing% }" "$about" apt_steps $missing
}
