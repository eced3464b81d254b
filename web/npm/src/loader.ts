/**
 * The first script of a worker that `Isolate.spawnUri` starts from a URL. It loads the isolate's module, which need not know
 * of insula: pings are answered, and errors are told, in any case.
 *
 * @module
 */
import { fail, isDedicatedWorker, listen } from './worker/boot.js';

if (isDedicatedWorker()) {
  listen((boot) => {
    const script = boot.message?.[3].script as string;
    import(/* webpackIgnore: true */ /* @vite-ignore */ /* turbopackIgnore: true */ script)
      .then(() => boot.ready?.())
      .catch((error) => fail(boot, error));
  });
}

export {};
