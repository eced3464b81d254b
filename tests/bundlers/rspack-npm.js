// As webpack.js, for Rspack, and for an application that uses the npm package.
import { rspack } from '@rspack/core';
import { join } from 'node:path';

const { APP, OUT } = process.env;

const config = {
  mode: 'production',
  context: APP,
  entry: './main.js',
  output: { path: OUT, filename: '[name].[contenthash].js', clean: true },
  performance: { hints: false },
  plugins: [
    new rspack.HtmlRspackPlugin({ templateContent: '<!doctype html><meta charset="utf-8"><title>sorter</title><body></body>', scriptLoading: 'defer' }),
    new rspack.CopyRspackPlugin({ patterns: [{ from: join(APP, 'public') }] }),
  ],
};

rspack(config, (error, stats) => {
  if (error === null && !stats.hasErrors() && !stats.hasWarnings()) return;
  console.error(error ?? stats.toString('errors-warnings'));
  process.exitCode = 1;
});
