// What Rust imports for isolates in workers of gloo's (feature `gloo`). A page without them does not load it.

import { describe, holdLock } from './worker.js';

/** Told of what a guarded callback throws, while this worker is an isolate that was not started from here. */
let failed;

/** A callback whose errors are told here, as Gecko (153) fires no event in a worker whose stack has overflowed. */
export function guard(callback) {
  return () => {
    try {
      callback();
    } catch (error) {
      if (failed === undefined) throw error;
      failed(error);
    }
  };
}

/**
 * For an isolate in a worker of gloo's: calls `held` with whether the worker holds the lock `name`, and `lost`
 * with the first error that nothing catches. What it returns ends both, at once or after a last call in a microtask. The
 * lock goes last: what is posted after that may come too late for the root, which waits for it.
 */
export function hold(name, held, lost) {
  const errors = new AbortController();
  const life = new AbortController();
  const hear = { signal: errors.signal };
  const deafen = () => {
    failed = undefined;
    errors.abort();
  };
  // After some errors no code of the module runs any more: then the free lock has to tell.
  const finish = (last) => {
    try {
      last();
    } finally {
      life.abort();
    }
  };
  failed = (error) => {
    deafen();
    finish(() => lost(describe(error)));
  };
  const fail = (event) => {
    event.preventDefault();
    failed(event.reason ?? event.error ?? event.message);
  };
  globalThis.addEventListener('error', fail, hear);
  globalThis.addEventListener('unhandledrejection', fail, hear);
  holdLock(name, life.signal).then(held);
  return {
    end() {
      deafen();
      life.abort();
    },
    endAfter(last) {
      deafen();
      queueMicrotask(() => finish(last));
    },
  };
}
