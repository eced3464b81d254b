// No bundler: files as wasm-bindgen left them, from any host of files. With HASHED the glue has another
// name, as tools that hash files give it.
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { APP, OUT, HASHED, NPM } = process.env;

rmSync(OUT, { recursive: true, force: true });
cpSync(APP, OUT, { recursive: true });
if (NPM !== undefined) {
  // A worker has no import map, so each module names the package's files.
  for (const name of ['main.js', 'sorter.js']) {
    const file = join(OUT, name);
    const text = readFileSync(file, 'utf8');
    const path = (entry) => `'./node_modules/@insula/web/dist/${entry}.js'`;
    writeFileSync(file, text.replace("'@insula/web/worker'", path('worker')).replace("'@insula/web'", path('index')));
  }
  cpSync(join(APP, 'public'), OUT, { recursive: true });
}
if (HASHED !== undefined) {
  renameSync(join(OUT, 'pkg/squares.js'), join(OUT, 'pkg/squares-c0ffee42.js'));
  const main = join(OUT, 'main.js');
  writeFileSync(main, readFileSync(main, 'utf8').replace('squares.js', 'squares-c0ffee42.js'));
}
