import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { page } from './page.js';

const { APP, OUT } = process.env;
const home = join(APP, 'node_modules/@insula/web');
const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));

/** Finds the package, as @rollup/plugin-node-resolve does, and writes what is no module. */
const application = {
  name: 'application',
  resolveId: (id) => (id.startsWith('@insula/web') ? join(home, exports[id.replace('@insula/web', '.')].default) : null),
  generateBundle() {
    const source = page('main.js').replace('<title>', '<link rel="loader" href="./loader.js">\n<title>');
    this.emitFile({ type: 'asset', fileName: 'index.html', source });
  },
  writeBundle: () => cpSync(join(APP, 'public'), OUT, { recursive: true }),
};

export default {
  input: { main: join(APP, 'main.js'), sorter: join(APP, 'sorter.js'), loader: '@insula/web/loader' },
  output: { dir: OUT, format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
  plugins: [application],
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message);
  },
};
