# shellcheck shell=bash
# Deno and Bun, which run the web platform without a browser. Each comes from the npm registry, as the package that holds its
# binary. One of the right version on PATH is used instead.

deno_version=2.9.6
bun_version=1.4.5

setup_deno() { setup_host deno "$deno_version"; }
setup_bun() { setup_host bun "$bun_version"; }

# setup_host HOST VERSION
setup_host() {
  local home=$cache/tools/$1-$2
  if on_path "$1" "$2"; then return; fi
  if [[ ! -x $home/bin/$1 ]]; then
    need_npm "$1"
    with_lock must "$1" "$1 $2, from the npm registry" 'some seconds, once' install_host "$1" "$2" "$home"
  fi
  tool_path=$home/bin:$tool_path
  PATH=$home/bin:$PATH
}

# npm installs the package for this machine: an old one several, because it does not ask for the C library. The first that
# runs is linked. No script of the packages runs: theirs would do the same, and download what is missing.
install_host() {
  local host=$1 home=$3 file
  npm install --prefix "$home" --no-save --ignore-scripts --no-fund --no-audit "$host@$2" || return
  mkdir -p "$home/bin"
  for file in "$home"/node_modules/@*/*/{,bin/}"$host"; do
    if [[ -x $file ]] && "$file" --version; then
      ln -sfn "$file" "$home/bin/$host"
      return
    fi
  done
  echo "none of the packages of $host $2 runs on this machine"
  return 1
}
