// The application of the npm package's README: its files are the blocks that begin with their names.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const { APP, OUT, BASE, CACHE } = process.env;
const readme = fileURLToPath(new URL('../../web/npm/README.md', import.meta.url));

rmSync(CACHE, { recursive: true, force: true });
for (const [, text] of readFileSync(readme, 'utf8').matchAll(/```\w+\n([^]*?)```/g)) {
  const name = text.match(/^(?:\/\/|<!--) (\S+\.(?:ts|html))/)?.[1];
  if (name === undefined) continue;
  mkdirSync(dirname(join(CACHE, name)), { recursive: true });
  writeFileSync(join(CACHE, name), text);
}
symlinkSync(join(APP, 'node_modules'), join(CACHE, 'node_modules'));
await build({ root: CACHE, base: BASE, configFile: false, build: { outDir: OUT, emptyOutDir: true } });

// The page is done when it shows the last prime that it was asked for.
const watch = `setInterval(() => {
  if (document.body.textContent.includes(' 47 ')) document.body.dataset.state = 'done';
}, 50);
addEventListener('unhandledrejection', ({ reason }) => {
  document.body.textContent = reason;
  document.body.dataset.state = 'failed';
});
`;
writeFileSync(join(OUT, 'watch.js'), watch);
const page = join(OUT, 'index.html');
writeFileSync(page, readFileSync(page, 'utf8').replace('<title>', '<script src="./watch.js"></script>\n<title>'));
