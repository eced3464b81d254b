// Looks at the package as npm would publish it: `node check.js TARBALL`. Tells all that is wrong, and fails then.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { isolate } from './bundle.js';

/** The most bytes of each half, minified and compressed, as the wire sees them. */
const BUDGET = {
  page: 15_000,
  worker: 4_000,
  loader: 1_000,
};
/** What an application bundles that uses all of it. */
const ENTRIES = { page: '@insula/web', worker: '@insula/web/worker', loader: '@insula/web/loader' };

const here = dirname(fileURLToPath(import.meta.url));
const tarball = resolve(process.argv[2]);
const work = mkdtempSync(join(tmpdir(), 'insula-npm-'));
const breaches = [];

function run(tool, ...args) {
  try {
    execFileSync(process.execPath, [join(here, 'node_modules', tool), ...args], { stdio: 'inherit', cwd: here });
  } catch {
    breaches.push(`${tool} ${args.join(' ')}: see above`);
  }
}

async function size(entry) {
  const contents = `export * from '${entry}'`;
  const built = await build({
    stdin: { contents, resolveDir: work },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  return gzipSync(built.outputFiles[0].contents, { level: 9 }).length;
}

/** A server that renders pages imports everything, and has no workers. */
async function importOnServer(installed) {
  const [page] = await Promise.all(
    ['index', 'worker', 'loader', 'isolate'].map((name) => import(join(installed, 'dist', `${name}.js`))),
  );
  const refused = await page.WorkerPool.spawn(() => new Worker('worker.js')).catch((error) => error);
  if (!(refused instanceof page.UnsupportedError))
    breaches.push(`without workers a pool does not say so, but: ${refused}`);
}

try {
  const installed = join(work, 'node_modules/@insula/web');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', tarball, '-C', installed, '--strip-components=1']);

  if ((await isolate()) !== readFileSync(join(here, '../src/isolate.js'), 'utf8')) {
    breaches.push('web/src/isolate.js is not what web/npm/src/worker.ts makes: run ./build.sh bundle');
  }
  const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  const [, own] = readFileSync(join(here, '../../Cargo.toml'), 'utf8').match(/^version = "(.+)"$/m);
  if (version !== own) breaches.push(`the package's version is ${version}, and that of the crates ${own}`);
  if (!readFileSync(join(here, 'CHANGELOG.md'), 'utf8').includes(version))
    breaches.push(`CHANGELOG.md does not mention ${version}`);

  await importOnServer(installed);
  run('publint/src/cli.js', '--strict', installed);
  run('@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only', '--no-emoji');
  run('typedoc/bin/typedoc', '--treatWarningsAsErrors');
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const bytes = await size(entry);
    console.log(`${name}: ${bytes} bytes of ${BUDGET[name]}`);
    if (bytes > BUDGET[name]) breaches.push(`the ${name} half has ${bytes} bytes, and may have ${BUDGET[name]}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

for (const breach of breaches) console.error(`error: ${breach}`);
process.exitCode = breaches.length > 0 ? 1 : 0;
