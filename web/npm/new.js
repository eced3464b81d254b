// Begins an application: `node new.js FOLDER TARBALL` does what docs/rust-for-typescript.md says, with another name, and with this
// clone's package.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder, tarball] = process.argv.slice(2).map((path) => resolve(path));
const name = basename(folder);
const text = readFileSync(fileURLToPath(new URL('../../docs/rust-for-typescript.md', import.meta.url)), 'utf8');

if (!/^[a-z][a-z0-9_]*$/.test(name)) fail(`'${name}' is no name for a crate: it has to be a lower-case word`);
const clone = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
if (`${folder}/`.startsWith(`${clone}/`))
  fail(`${folder} is in this clone, whose workspace it would join: choose a folder outside`);
if (existsSync(folder)) fail(`${folder} is there already`);
mkdirSync(dirname(folder), { recursive: true });

const blocks = [...text.matchAll(/```([\w,]+)\n([^]*?)```/g)].map(([, kind, block]) => ({
  kind,
  block: block.replaceAll('words', name),
}));
const [begin, build] = blocks.filter(({ kind }) => kind === 'sh').map(({ block }) => block);
execFileSync('bash', ['-euc', begin.replace('@insula/web', tarball)], {
  cwd: dirname(folder),
  stdio: ['ignore', 2, 2],
});
for (const { block } of blocks) {
  const [line, file] = block.match(/^(?:\/\/|<!--) (\S+\.(?:rs|ts|html)).*\n/) ?? [];
  if (file === undefined) continue;
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, block.slice(line.length));
}
console.log(`${folder} is there. Next:\n\ncd ${folder}\n${build}`);

function fail(reason) {
  console.error(`build.sh: ${reason}`);
  process.exit(1);
}
