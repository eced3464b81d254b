# shellcheck shell=bash
# What every part of build.sh uses: messages, long steps with a clock, the cache and its lock, root, Debian packages.
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

job=''    # process group of the step that runs now
status=0  # exit status of the last step
elapsed=0 # its seconds
limit=0 # seconds after which a step is ended; 0: never
timed_out='' # says so, when the last step was

# A step runs in a process group of its own (`set -m`), so that an interrupt ends all it started.
end_job() {
  if [[ -n $job ]]; then kill -TERM -- "-$job" 2>/dev/null || true; fi
}
trap end_job EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run_logged LOG WHAT ABOUT COMMAND...
# Runs COMMAND with its output in LOG and a clock on the screen. Sets `status` and `elapsed`; never fails by itself.
run_logged() {
  local log=$1 what=$2 about=$3 began=$SECONDS
  shift 3
  mkdir -p "$(dirname "$log")"
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  job=$!
  set +m
  timed_out=''
  show_clock "$what ($about)" "$began"
  status=0
  wait "$job" || status=$?
  job=''
  elapsed=$((SECONDS - began))
}

# On a terminal the seconds count up in place; in a log a line every half a minute shows that it lives.
show_clock() {
  local what=$1 began=$2 seconds=0 shown=-1
  if [[ ! -t 2 ]]; then say "  $what"; fi
  while kill -0 "$job" 2>/dev/null; do
    seconds=$((SECONDS - began))
    if ((seconds != shown)); then
      if [[ -t 2 ]]; then
        printf '\r  %s: %d s ' "$what" "$seconds" >&2
      elif ((seconds > 0 && seconds % 30 == 0)); then
        say "  ... $seconds s"
      fi
      shown=$seconds
    fi
    if ((limit > 0 && seconds >= limit)); then
      timed_out="ended after $limit s: it hung"
      kill -KILL -- "-$job" 2>/dev/null || true
    fi
    sleep 0.2
  done
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# must NAME WHAT ABOUT COMMAND...: a step without which nothing goes on. Its log is NAME.log in the cache.
must() {
  local name=$1 what=$2
  run_logged "$logs/$name.log" "${@:2}"
  if ((status != 0)); then
    show_tail "$logs/$name.log" 20
    fail "$what: failed after $elapsed s." "$(advice "$logs/$name.log")" "The whole log: $logs/$name.log"
  fi
  say "  $what: done in $elapsed s"
}

show_tail() {
  say "--- the last lines of $1"
  tail -n "$2" "$1" >&2
  say "---"
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
