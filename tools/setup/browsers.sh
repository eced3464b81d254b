# shellcheck shell=bash
# The three browser engines and their WebDrivers (but for Firefox's), as Debian packages. What the user already has on
# PATH is used instead.
# wasm-pack finds each driver on PATH by its name. No GECKODRIVER or CHROMEDRIVER variable is set: the test runner takes
# whichever of them it sees first, so two at once would send every test to Firefox.

browser_about='about 1 minute'

setup_chromium() {
  if has chromedriver && has_any chromium chromium-browser google-chrome google-chrome-stable; then return; fi
  browser_packages chromium chromium chromium-driver
}

# Its driver, geckodriver, is no Debian package: see cargo-tools.sh.
setup_firefox() {
  if ! has_any firefox firefox-esr; then browser_packages firefox firefox-esr; fi
}

# WebKitGTK's MiniBrowser draws into a window, so it runs under Xvfb; xauth is what xvfb-run calls.
setup_webkit() {
  if is_mac; then return; fi # Safari and safaridriver are part of the system
  if ! has WebKitWebDriver || ! has xvfb-run || ! has xauth; then
    browser_packages webkit webkit2gtk-driver xvfb xauth
  fi
  link_safaridriver
}

# wasm-pack knows WebKit as `--safari` and looks for a `safaridriver`; WebKitWebDriver takes the same calls.
link_safaridriver() {
  local links=$cache/links driver
  driver=$(command -v WebKitWebDriver)
  if [[ $(readlink "$links/safaridriver" || true) != "$driver" ]]; then
    mkdir -p "$links"
    ln -sfn "$driver" "$links/safaridriver"
  fi
  tool_path=$links:$tool_path
  PATH=$links:$PATH
}

# browser_packages ENGINE PACKAGE...
browser_packages() {
  local engine=$1
  shift
  if ! has apt-get; then
    fail "the browser engine $engine is missing: $* are not installed, and this system has no apt-get." \
      'Install the browser and its WebDriver the way your system does, with both on PATH,' \
      "or leave the engine out by name: --without=$engine"
  fi
  with_lock apt_install "$engine" "$browser_about" "$@"
}

has_any() {
  local program
  for program; do
    if has "$program"; then return 0; fi
  done
  return 1
}

is_mac() { [[ $(uname -s) == Darwin ]]; }
