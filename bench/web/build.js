// Builds the page of the browser's rows: `node build.js PACKAGE MODULE FOLDER`. PACKAGE is the folder of @insula/web, MODULE that of
// the Rust half as wasm-bindgen left it.
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const [insula, module, folder] = process.argv.slice(2).map((path) => resolve(path));

rmSync(folder, { recursive: true, force: true });
const workers = readdirSync(join(here, 'page/workers')).map((name) => `workers/${name.replace(/\.js$/, '')}`);
await build({
  entryPoints: ['page', ...workers].map((name) => ({ in: join(here, `page/${name}.js`), out: name })),
  outdir: folder,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  alias: { '@insula/web/worker': join(insula, 'dist/worker.js'), '@insula/web': join(insula, 'dist/index.js') },
  // The glue finds its module and its worker beside itself. The others are for Node, where workerpool runs too.
  external: ['*/insula_bench_web.js', 'child_process', 'os', 'worker_threads'],
  logLevel: 'warning',
});
cpSync(module, join(folder, 'module'), { recursive: true });
const html = '<!doctype html>\n<meta charset="utf-8">\n<title>bench</title>\n<script type="module" src="./page.js"></script>\n';
writeFileSync(join(folder, 'index.html'), html);
