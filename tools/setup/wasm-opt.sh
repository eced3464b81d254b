# shellcheck shell=bash
# wasm-opt, from the npm registry: Debian's is too old for what wasm-bindgen writes, and sizes are compared to the byte.

binaryen_version=132.0.0

setup_wasm_opt() {
  setup_node
  local home=$cache/tools/binaryen-$binaryen_version bin
  bin=$home/node_modules/.bin
  if [[ ! -x $bin/wasm-opt ]]; then
    with_lock must wasm-opt "wasm-opt $binaryen_version, from the npm registry" 'some seconds, once' \
      npm install --prefix "$home" --no-save --ignore-scripts --no-fund --no-audit "binaryen@$binaryen_version"
  fi
  tool_path=$bin:$tool_path
  PATH=$bin:$PATH
}
