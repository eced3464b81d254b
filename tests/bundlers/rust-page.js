// Follows docs/rust-for-typescript.md: `node rust-page.js TARBALL FOLDER` leaves its application in FOLDER, built. It runs the page's
// own commands. What they would download comes from this clone, in the versions of its lock files.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { application, write } from '../../web/npm/rust-for-typescript.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [tarball, folder] = process.argv.slice(2).map((path) => resolve(path));

/** bash takes these functions for the programs of the same names. */
const offline = String.raw`
cargo() {
  if [[ $1 != add ]]; then
    command cargo "$@"
    return
  fi
  shift
  local crate version
  for crate; do
    cp "$ROOT/Cargo.lock" . # cargo leaves what the crate does not need yet out of it
    version=$(sed -n "/^name = \"$crate\"$/ { n; s/^version = \"\(.*\)\"/\1/p }" Cargo.lock)
    command cargo add --quiet --offline "$crate@$version"
  done
}
npm() {
  if [[ $1 != install ]]; then
    command npm "$@"
    return
  fi
  shift
  local package home
  for package; do
    case $package in
      --*) ;;
      @insula/web)
        mkdir -p "node_modules/$package"
        tar xzf "$TARBALL" -C "node_modules/$package" --strip-components=1
        ;;
      *)
        for home in "$ROOT"/{tests/bundlers,web/npm}/node_modules; do
          if [[ -e $home/$package ]]; then ln -sf "$home/$package" "node_modules/$package"; fi
        done
        test -e "node_modules/$package"
        ;;
    esac
  done
}
wasm-pack() {
  command wasm-pack "$@" --mode no-install --no-opt -- --offline
}
npx() {
  test -d "node_modules/$1"
}
`;

/** What the page says of its types. */
const types = `import type { WorkerPool } from '@insula/web';
import type { api } from './src/worker';

declare const pool: WorkerPool<typeof api>;
export const numbers: Int32Array = await pool.run('sort', [new Int32Array([3, 1, 2])]);
export const word: string = await pool.run('firstWord', ['three blind mice']);
// @ts-expect-error: it takes a string
export const wrong = pool.run('firstWord', [3]);
`;

// Outside the clone, whose workspace the crate would join.
const work = mkdtempSync(join(tmpdir(), 'insula-rust-page-'));
const run = (commands, cwd) => {
  const env = { ...process.env, ROOT: root, TARBALL: tarball };
  const { status } = spawnSync('bash', ['-euc', `${offline}\n${commands}`], { cwd, env, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`bash ended with ${status} in: ${commands}`);
};
try {
  const { begin, build, files } = application('words');
  run(begin, work);
  const crate = join(work, 'words');
  write(files, crate);
  run(build, crate);
  writeFileSync(join(crate, 'types.ts'), types);
  const options = '--noEmit --strict --skipDefaultLibCheck --target esnext --module preserve';
  run(`node node_modules/typescript/bin/tsc ${options} types.ts src/page.ts`, crate);
  cpSync(crate, folder, { recursive: true, verbatimSymlinks: true });
} finally {
  rmSync(work, { recursive: true, force: true });
}
