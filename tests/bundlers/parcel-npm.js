// Parcel, for an application that uses the npm package. It reads its settings at the root of a project, which it knows by the
// lock file there.
import { Parcel } from '@parcel/core';
import { cpSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { APP, OUT, BASE, CACHE } = process.env;

rmSync(CACHE, { recursive: true, force: true });
cpSync(APP, CACHE, { recursive: true, filter: (path) => !path.includes('node_modules') });
symlinkSync(join(APP, 'node_modules'), join(CACHE, 'node_modules'));
writeFileSync(join(CACHE, 'package.json'), JSON.stringify({ '@parcel/resolver-default': { packageExports: true } }));
writeFileSync(join(CACHE, 'package-lock.json'), '{}');

const parcel = new Parcel({
  entries: join(CACHE, 'index.html'),
  defaultConfig: createRequire(import.meta.url).resolve('@parcel/config-default'),
  mode: 'production',
  shouldDisableCache: true,
  defaultTargetOptions: { distDir: OUT, publicUrl: BASE },
});
try {
  await parcel.run();
} catch (error) {
  for (const { message } of error.diagnostics ?? [error]) console.error(message);
  process.exitCode = 1;
}
cpSync(join(CACHE, 'public'), OUT, { recursive: true });
