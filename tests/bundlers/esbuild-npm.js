// As esbuild.js, for an application that uses the npm package. The worker, and the package's loader, are entries of their own.
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { page } from './page.js';

const { APP, OUT } = process.env;

rmSync(OUT, { recursive: true, force: true });
const { warnings } = await build({
  absWorkingDir: APP,
  entryPoints: [{ in: '@insula/web/loader', out: 'loader' }, 'main.js', 'sorter.js'],
  bundle: true,
  format: 'esm',
  minify: true,
  outdir: OUT,
});
if (warnings.length > 0) throw new Error(`esbuild has ${warnings.length} warnings`);
cpSync(join(APP, 'public'), OUT, { recursive: true });
writeFileSync(join(OUT, 'index.html'), page('main.js').replace('<title>', '<link rel="loader" href="./loader.js">\n<title>'));
