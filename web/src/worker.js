// The first script of an insula worker, and the place where a worker is made: it names itself by a
// literal URL, which is what bundlers look for.
//
// In a worker it waits for the message that says what to run, keeps what arrives meanwhile, loads the
// program's own glue with the module that was compiled already, and calls the isolate's entry through
// the function table. On a page, or in a worker of somebody else's, it does nothing.

const TAG = 'insula';

/** Makes a worker: from `url` where one was set, otherwise from this very file. */
export function createWorker(url, name) {
  if (url !== undefined) return new Worker(url, { type: 'module', name });
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name });
}

/**
 * Calls `done` with `id` and, when the script at `url` can't be fetched, with the reason. Engines differ in what they
 * say of a missing script: Chromium an error with a message, Gecko one without, WebKit (GTK 2.50) nothing for a module.
 * Not HEAD: WebKit refuses it for blobs.
 */
export function probe(id, url, done) {
  const script = new URL(url ?? './worker.js', url === undefined ? import.meta.url : globalThis.location.href);
  fetch(script).then(
    (response) => done(id, response.ok ? undefined : `${script} answered ${response.status}`),
    (error) => done(id, describe(error)),
  );
}

/** What this worker was started with; undefined elsewhere. */
export function takeBoot() {
  const boot = globalThis[Symbol.for(TAG)];
  return boot?.message === undefined ? undefined : boot;
}

function listen(scope) {
  const boot = { message: undefined, backlog: [] };
  const post = (text) => scope.postMessage([TAG, 0, 'failed', text]);
  scope.addEventListener('message', function keep(event) {
    const message = event.data;
    if (!Array.isArray(message) || message[0] !== TAG) return;
    if (boot.message !== undefined) {
      if (boot.backlog === null) scope.removeEventListener('message', keep);
      else boot.backlog.push(message);
      return;
    }
    if (message[2] !== 'boot') return;
    boot.message = message;
    scope[Symbol.for(TAG)] = boot;
    scope.addEventListener('unhandledrejection', (rejection) => post(describe(rejection.reason)));
    const { glue, module, table, entry } = message[3];
    import(glue).then(
      (bindings) => bindings.initSync({ module })[table].get(entry)(),
    ).catch((error) => post(describe(error)));
  });
}

function describe(error) {
  return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ''}` : String(error);
}

if (typeof DedicatedWorkerGlobalScope !== 'undefined' && globalThis instanceof DedicatedWorkerGlobalScope) {
  listen(globalThis);
}
