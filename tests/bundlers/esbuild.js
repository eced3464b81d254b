import { build } from 'esbuild';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { page } from './page.js';

const { APP, OUT } = process.env;
const options = { absWorkingDir: APP, bundle: true, format: 'esm', minify: true, outdir: OUT, metafile: true, loader: { '.wasm': 'file' } };

/** Builds one file with a hash in its name, and says the name. */
async function hashed(entry, more) {
  const { metafile, warnings } = await build({ ...options, ...more, entryPoints: [entry], entryNames: '[name]-[hash]' });
  if (warnings.length > 0) throw new Error(`esbuild has ${warnings.length} warnings`);
  const [file] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entry);
  return basename(file);
}

/** Says where the worker and the wasm file are: `import { wasm, worker } from 'urls'`. */
const urls = (worker) => ({
  name: 'urls',
  setup(build) {
    build.onResolve({ filter: /^urls$/ }, ({ path }) => ({ path, namespace: 'urls' }));
    build.onLoad({ filter: /./, namespace: 'urls' }, () => ({
      contents: `export { default as wasm } from './pkg/squares_bg.wasm';\nexport const worker = './${worker}';\n`,
      resolveDir: APP,
    }));
  },
});

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const worker = await hashed('worker.js', {});
const main = await hashed('main-with-urls.js', { plugins: [urls(worker)] });
writeFileSync(join(OUT, 'index.html'), page(main));
