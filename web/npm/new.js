// Begins an application: `node new.js FOLDER TARBALL` does what docs/rust-for-typescript.md says, with another name, and with this
// clone's package.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { application, write } from './rust-for-typescript.js';

const [folder, tarball] = process.argv.slice(2).map((path) => resolve(path));
const name = basename(folder);

if (!/^[a-z][a-z0-9_]*$/.test(name)) fail(`'${name}' is no name for a crate: it has to be a lower-case word`);
const clone = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
if (`${folder}/`.startsWith(`${clone}/`))
  fail(`${folder} is in this clone, whose workspace it would join: choose a folder outside`);
if (existsSync(folder)) fail(`${folder} is there already`);
mkdirSync(dirname(folder), { recursive: true });

const { begin, build, files } = application(name);
execFileSync('bash', ['-euc', begin.replace('@insula/web', tarball)], {
  cwd: dirname(folder),
  stdio: ['ignore', 2, 2],
});
write(files, folder);
console.log(`${folder} is there. Next:\n\ncd ${folder}\n${build}`);

function fail(reason) {
  console.error(`build.sh: ${reason}`);
  process.exit(1);
}
