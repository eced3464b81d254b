// Builds the package: `node bundle.js FOLDER` leaves `FOLDER/insula-web` and the tarball that `npm publish` takes, and prints
// where that is. With `--isolate` it only writes ../src/isolate.js, the worker half as one file, which the Rust side ships.
//
// tsc makes the modules, so that a reader of node_modules finds the sources' own lines and comments. esbuild makes isolate.js,
// for those who have no bundler.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const banner = `// The worker's half of @insula/web as one file: what a JavaScript module imports that runs as an isolate.
// \`./build.sh bundle\` makes it from web/npm/src/worker.ts. Change that.
`;

/** The worker half, without its source map. */
export async function isolate(outfile) {
  const result = await build({
    entryPoints: [join(here, 'src/worker.ts')],
    outfile,
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    banner: { js: banner },
    sourcemap: outfile !== undefined,
    sourcesContent: true,
    write: outfile !== undefined,
  });
  return result.outputFiles?.[0].text;
}

/** The package in a folder of its own, and its tarball beside it. */
export async function bundle(folder) {
  const out = join(resolve(folder), 'insula-web');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const tsc = join(here, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', here, '--outDir', join(out, 'dist')], { stdio: ['ignore', 2, 2] });
  await isolate(join(out, 'dist/isolate.js'));
  cpSync(join(here, 'src'), join(out, 'src'), { recursive: true });
  for (const name of ['README.md', 'CHANGELOG.md']) cpSync(join(here, name), join(out, name));
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) cpSync(join(root, name), join(out, name));
  const { devDependencies, scripts, ...manifest } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  execFileSync('npm', ['pack', out, '--pack-destination', resolve(folder), '--silent'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { out, tarball: join(resolve(folder), `insula-web-${manifest.version}.tgz`) };
}

if (process.argv[2] === '--isolate') writeFileSync(join(here, '../src/isolate.js'), await isolate());
else if (process.argv[2] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { tarball } = await bundle(process.argv[2]);
  console.log(tarball);
}
