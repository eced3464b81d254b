import { defineConfig } from 'vite';
import wasm from 'vite-plugin-wasm';

const { APP, OUT, BASE, CACHE, BUNDLER_TARGET } = process.env;

// A wasm file as a module is nothing that Vite understands by itself; a worker's plugins are its own.
const bundlerTarget = {
  plugins: [wasm()],
  worker: { format: 'es', plugins: () => [wasm()] },
};

export default defineConfig({
  root: APP,
  base: BASE,
  cacheDir: CACHE,
  build: { outDir: OUT, emptyOutDir: true, target: 'esnext' },
  ...(BUNDLER_TARGET === undefined ? {} : bundlerTarget),
});
