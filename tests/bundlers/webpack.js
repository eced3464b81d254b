import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import webpack from 'webpack';
import { page } from './page.js';

const { APP, OUT, BUNDLER_TARGET, NPM } = process.env;

/** Writes index.html when the names of the files are final, and what is no module. */
class Page {
  apply(compiler) {
    compiler.hooks.thisCompilation.tap('page', (compilation) => {
      const stage = webpack.Compilation.PROCESS_ASSETS_STAGE_REPORT;
      compilation.hooks.processAssets.tap({ name: 'page', stage }, () => {
        const [script] = compilation.entrypoints.get('main').getFiles();
        compilation.emitAsset('index.html', new webpack.sources.RawSource(page(script)));
        const files = NPM === undefined ? [] : readdirSync(join(APP, 'public'));
        for (const file of files) compilation.emitAsset(file, new webpack.sources.RawSource(readFileSync(join(APP, 'public', file))));
      });
    });
  }
}

const config = {
  mode: 'production',
  context: APP,
  entry: './main.js',
  output: { path: OUT, filename: '[name].[contenthash].js', clean: true },
  performance: { hints: false },
  plugins: [new Page()],
  // A wasm file as a module: for `--target bundler` alone.
  experiments: { asyncWebAssembly: BUNDLER_TARGET !== undefined },
};

webpack(config, (error, stats) => {
  if (error === null && !stats.hasErrors() && !stats.hasWarnings()) return;
  console.error(error ?? stats.toString('errors-warnings'));
  process.exitCode = 1;
});
