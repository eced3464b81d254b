import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { page } from './page.js';

const { APP, OUT } = process.env;

/** Says where the worker and the wasm file are, `import { wasm, worker } from 'urls'`, and writes index.html. */
const urls = {
  name: 'urls',
  resolveId: (id) => (id === 'urls' ? '\0urls' : null),
  load(id) {
    if (id !== '\0urls') return null;
    const worker = this.emitFile({ type: 'chunk', id: join(APP, 'worker.js') });
    const wasm = this.emitFile({ type: 'asset', name: 'squares.wasm', source: readFileSync(join(APP, 'pkg/squares_bg.wasm')) });
    const url = (file) => `import.meta.ROLLUP_FILE_URL_${file}`;
    return `export const worker = ${url(worker)};\nexport const wasm = ${url(wasm)};\n`;
  },
  generateBundle(_, bundle) {
    const main = Object.values(bundle).find((file) => file.isEntry && file.name === 'main-with-urls');
    this.emitFile({ type: 'asset', fileName: 'index.html', source: page(main.fileName) });
  },
};

export default {
  input: join(APP, 'main-with-urls.js'),
  output: { dir: OUT, format: 'es', entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js', assetFileNames: '[name]-[hash][extname]' },
  plugins: [urls],
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message);
  },
};
