// Builds the page of the tests: `node test.js TARBALL FOLDER` leaves it in `FOLDER/page`. The tests are those in tests/npm, copied
// beside the package that was unpacked from its tarball, so that nothing of them reaches into this folder. The compiler also looks at
// the TypeScript that the page of www/ shows.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { write } from './works.js';

const here = dirname(fileURLToPath(import.meta.url));
const [tarball, folder] = process.argv.slice(2).map((path) => resolve(path));

rmSync(folder, { recursive: true, force: true });
cpSync(join(here, '../../tests/npm'), folder, { recursive: true });
const installed = join(folder, 'node_modules/@insula/web');
mkdirSync(installed, { recursive: true });
execFileSync('tar', ['xzf', tarball, '-C', installed, '--strip-components=1']);
write(join(folder, 'works'));

const tsc = join(here, 'node_modules/typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', folder], { stdio: ['ignore', 2, 2] });

const workers = readdirSync(join(folder, 'workers')).map((name) => `workers/${name.replace(/\.ts$/, '')}`);
await build({
  entryPoints: [
    { in: '@insula/web/loader', out: 'loader' },
    ...['page', 'copy', ...workers].map((name) => ({ in: join(folder, `${name}.ts`), out: name })),
  ],
  absWorkingDir: folder,
  outdir: join(folder, 'page'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  external: ['./no-such-file.js'],
  sourcemap: 'linked',
  logLevel: 'warning',
});
const html =
  '<!doctype html>\n<meta charset="utf-8">\n<title>@insula/web</title>\n<script type="module" src="./page.js"></script>\n';
writeFileSync(join(folder, 'page/index.html'), html);
