// The first script of an insula worker, and the place where a worker is made: it names itself by a
// literal URL, which is what bundlers look for.
//
// In a worker it waits for the message that says what to run, keeps what arrives meanwhile, loads the
// program's own glue with the module that was compiled already, and calls the isolate's entry through
// the function table. On a page, or in a worker that the root has not made, it does nothing.
// `protocol/head.rs` lists the messages.
//
// The glue is the file that wasm-bindgen writes and that imports this one. Where it is depends on what
// became of the two:
//
//   files as wasm-bindgen left them     at the URL that the glue has on the page
//   a bundler found the literal below   where the bundler resolves `../../../NAME.js`
//   the application has a script        that script imports it, and sets `self.insula`

const TAG = 'insula';

/** Deno and Bun load a script from a file, and whatever its type is. */
const loadsFiles = globalThis.Deno !== undefined || globalThis.Bun !== undefined;

/** Vouches for the scripts of workers, on a page that demands that of somebody (trusted types). */
let policy;

/** From where the page's content security policy has last forbidden a worker: a URL, or no more than `blob` or `data`. */
let forbidden;

function noteForbidden({ effectiveDirective, blockedURI }) {
  if (effectiveDirective === 'worker-src') forbidden = blockedURI;
}

/** Makes a worker: from `url` where one was set, otherwise from this very file. */
export function createWorker(url, name) {
  // The same listener once more is no second one.
  (globalThis.document ?? globalThis).addEventListener?.('securitypolicyviolation', noteForbidden);
  if (policy !== undefined) return makeTrusted(url, name);
  try {
    return make(url, name);
  } catch (error) {
    if (globalThis.trustedTypes === undefined || error.name !== 'TypeError') throw error;
  }
  policy = globalThis.trustedTypes.createPolicy(TAG, { createScriptURL: String });
  return makeTrusted(url, name);
}

function make(url, name) {
  if (url !== undefined) return new Worker(url, { type: 'module', name });
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name });
}

/** Bundlers find the literal in `make` only if nothing is around it, so the policy is applied by the constructor. */
function makeTrusted(url, name) {
  const untrusted = globalThis.Worker;
  globalThis.Worker = class extends untrusted {
    constructor(script, options) {
      super(policy.createScriptURL(script), options);
    }
  };
  try {
    return make(url, name);
  } finally {
    globalThis.Worker = untrusted;
  }
}

/**
 * Calls `done` with `id` and, when what is at `url` is no script for this page, with the reason, and whether it is there at
 * all. Engines differ in what they say of that: Chromium an error with a message, Gecko one without, WebKit (GTK 2.50)
 * nothing for a module. `isFirst`: it is the script that a worker starts with. In a bundle only the bundler knows the URL of
 * its worker: nothing is asked.
 */
export function probe(id, url, isFirst, glue, done) {
  if (url === undefined && !isBeside(glue)) return done(id, undefined, true);
  const script = url === undefined ? new URL(import.meta.url) : new URL(url, ownBase(glue));
  headOf(script).then(
    async (response) => {
      const reason = whyForbidden(script);
      if (reason !== undefined) return done(id, reason, true);
      const noScript = whyNoScript(script, response);
      if (noScript !== undefined || !isFirst) return done(id, noScript, false);
      return done(id, whyElsewhere(script, response, glue) ?? await whyNotEmbedded(script, response), true);
    },
    async (error) => {
      const reason = whyForbidden(script);
      return done(id, reason ?? await whyNotFetched(script, error), reason !== undefined);
    },
  ).catch((error) => done(id, textOf(error), false));
}

/** Why the page's content security policy takes no worker from a script, if it does not. */
function whyForbidden(script) {
  const isIt = forbidden !== undefined && [script.href, script.protocol.slice(0, -1), import.meta.url].includes(forbidden);
  return isIt ? `the page's content security policy forbids it: \`worker-src\` has to allow ${forbidden}` : undefined;
}

/** Why nothing was fetched. Engines do not tell a redirect that is refused from a server that is gone. */
async function whyNotFetched(script, error) {
  const { type } = await headOf(script, { redirect: 'manual' }).catch(() => ({}));
  const why = type === 'opaqueredirect' ? 'it redirects in a circle, or to another origin that does not allow this' : textOf(error);
  return `${script} can't be fetched: ${why}`;
}

/** Why an answer from another origin is no first script of a worker. */
function whyElsewhere(script, { url, redirected }, glue) {
  if (!redirected || new URL(url).origin === new URL(ownBase(glue)).origin) return undefined;
  return `${script} redirects to ${url}, and the first script of a worker has to be of the page's own origin`;
}

/** Whether the page demands a header of the scripts of its workers; asked once. */
let isEmbedder;

/** Why a page with an embedder policy takes no worker from an answer. */
async function whyNotEmbedded(script, response) {
  const hasPolicy = ({ headers }) => /require-corp|credentialless/.test(headers.get('cross-origin-embedder-policy'));
  // A blob has the policy of its page; Deno and Bun have no page.
  if (loadsFiles || !script.protocol.startsWith('http') || hasPolicy(response)) return undefined;
  isEmbedder ??= globalThis.crossOriginIsolated || headOf(globalThis.location.href).then(hasPolicy, () => false);
  if (!await isEmbedder) return undefined;
  return `${script} came without the header \`Cross-Origin-Embedder-Policy: require-corp\`, which the page demands by its own`;
}

/**
 * What is said of `url` before its text, which is let go of: unread, it would keep a connection from workers whose scripts
 * are still to come. Not by the method HEAD: WebKit refuses it for blobs. Bun opens a file only when it is read.
 */
async function headOf(url, options) {
  const response = await fetch(url, options);
  if (loadsFiles) await response.arrayBuffer();
  else response.body?.cancel().catch(() => {});
  return response;
}

/** Why no engine takes an answer for a module; undefined when they do. */
function whyNoScript(script, { ok, status, headers }) {
  if (!ok) return `${script} answered ${status}`;
  if (loadsFiles) return undefined;
  const type = headers.get('content-type') ?? '';
  if (/^\s*(text|application)\/(x-)?(java|ecma|j|live)script/i.test(type)) return undefined;
  return `${script} is of the type \`${type}\`, which is no script`;
}

/** Whether the host has something of this name. */
export function hasGlobal(name) {
  return globalThis[name] !== undefined;
}

/** An error as text. */
export function textOf(error) {
  try {
    return String(error?.message ?? error);
  } catch {
    return 'an object that has no text';
  }
}

/** Where an error event has happened, and behind a line feed what; undefined where the engine does not say. */
export function heardIn(event) {
  event.preventDefault();
  // In Deno some of them are null.
  const { message, filename, lineno, colno } = event;
  return message ? `at ${filename ?? ''}:${lineno ?? 0}:${colno ?? 0}\n${message}` : undefined;
}

/** A URL that is there until it is revoked, or this worker ends. Not empty: engines may treat an empty answer as they like. */
export function makeUrl() {
  return URL.createObjectURL(new Blob([TAG]));
}

/** Whether a blob's URL is there, without waiting for the event loop: only in workers. */
export function isThere(url) {
  try {
    const request = new XMLHttpRequest();
    request.open('GET', url, false);
    request.send();
    return request.status === 200;
  } catch {
    return false;
  }
}

/**
 * What relative URLs are relative to: on a page, or in the worker that the application began in. Deno and Bun have neither,
 * so there it is the program itself, which `glue` is.
 */
export function ownBase(glue) {
  return globalThis.document?.baseURI ?? globalThis.location?.href ?? glue;
}

/** A URL that may be relative to `base`. */
export function resolveUrl(url, base) {
  return new URL(url, base).href;
}

/**
 * Calls `done` with `name` when the lock `name` is free. False where there are no locks: pages that came
 * by plain http from another machine.
 */
export function awaitLock(name, done) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return false;
  locks.request(name, () => done(name)).catch(() => {});
  return true;
}

/** Holds the lock `name` as long as this worker lives, or until `signal`; resolves to whether it does. */
export function holdLock(name, signal) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return Promise.resolve(false);
  return new Promise((resolve) => {
    locks.request(name, () => {
      resolve(true);
      return new Promise((free) => {
        if (signal?.aborted) free();
        signal?.addEventListener('abort', free);
      });
    }).catch(() => resolve(false));
  });
}

/** The names of what a module imports and exports. In one text: wasm that is cold takes milliseconds to ask for each. */
export function namesOf(module) {
  const entries = [...WebAssembly.Module.imports(module), ...WebAssembly.Module.exports(module)];
  return entries.map(({ name }) => name).join();
}

/** The key under which an object has a value. */
export function keyOf(object, value) {
  return Object.keys(object).find((key) => object[key] === value);
}

/**
 * Up to how many bytes travel as a text with one character for each: engines clone a short text as cheaply as a number, and an
 * array of bytes some microseconds slower.
 */
const SHORT = 256;
const NOTHING = new Uint8Array(0);

/** Bytes in the memory of a module, as what can be posted. */
function pack(bytes) {
  return bytes.length > SHORT ? bytes.slice() : String.fromCharCode.apply(null, bytes);
}

function isPacked(data) {
  return typeof data === 'string' || data instanceof Uint8Array;
}

/** What `pack` has made, as bytes again; undefined for anything else. */
export function unpack(data) {
  if (typeof data !== 'string') return data instanceof Uint8Array ? data : undefined;
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = data.charCodeAt(i);
  return bytes;
}

/** A message of frames that have nothing but functions beside their bytes. */
export function compose(to, kind, bytes, functions) {
  const message = [TAG, to, kind, pack(bytes)];
  if (functions.length > 0) message.push(pack(functions));
  return message;
}

/** Posts such a message, to this worker's parent where there is no `target`. */
export function postFrames(target, to, kind, bytes, functions) {
  (target ?? globalThis).postMessage(compose(to, kind, bytes, functions));
}

/**
 * Listens to `target`, or to this worker's parent. Such messages go to `frames` in their parts, if they are for the isolate
 * `own` or to be read by whoever gets them. What else is ours goes to `other`.
 */
export function hear(target, own, frames, other) {
  const listener = ({ data }) => {
    if (!Array.isArray(data) || data[0] !== TAG) return;
    const to = data[1];
    const kind = data[2];
    const isRead = typeof to === 'number' && (kind === 0 || (kind === 1 && to === own));
    if (isRead && data.length <= 5 && isPacked(data[3]) && (data.length < 5 || isPacked(data[4]))) {
      frames(to, unpack(data[3]), data.length < 5 ? NOTHING : unpack(data[4]));
    } else other(data);
  };
  if (target === undefined) globalThis.addEventListener('message', listener);
  else target.onmessage = listener;
}

/** Calls `code`. What it throws is caught on the other side of this import. */
export function call(code) {
  code();
}

/**
 * Calls `flush` when an error is on its way to the root. After a trap a module whose panics unwind refuses
 * every call; that is not another error.
 */
export function flushOnError(flush) {
  globalThis.addEventListener('error', () => {
    try {
      flush();
    } catch {
      // What was buffered is lost with the module.
    }
  });
}

/** Leaves whatever code runs in this worker, which is over. The error that does it is not reported. */
export function leave() {
  globalThis.addEventListener('error', (event) => event.preventDefault(), { once: true });
  throw new Error('this isolate has ended');
}

/** What this worker was started with; undefined elsewhere, and in scripts. */
export function takeBoot() {
  const boot = globalThis[Symbol.for(TAG)];
  return boot?.message === undefined || boot.message[3].script !== undefined ? undefined : boot;
}

/** A module with nothing in it. */
const EMPTY_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** Why no wasm runs in this worker, if none does: its script comes with a policy of its own. */
function whyNoWasm() {
  try {
    // WebKit refuses no more than the instance.
    return new WebAssembly.Instance(new WebAssembly.Module(EMPTY_MODULE)) && undefined;
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) return undefined;
    return `the content security policy that comes with ${import.meta.url} has to allow wasm (\`script-src 'wasm-unsafe-eval'\`): ${textOf(error)}`;
  }
}

/**
 * Has `post` told when this worker closes itself, until what this returns is called: no event tells of that. Whoever is
 * ready holds a lock, which does.
 */
function tellClose(scope, post) {
  const { close } = scope;
  // Bun has none.
  if (close === undefined) return () => {};
  scope.close = () => {
    post('the worker has closed itself before it was ready');
    close.call(scope);
  };
  return () => {
    scope.close = close;
  };
}

function listen(scope) {
  const boot = { message: undefined, backlog: [], holdsLock: false };
  const post = (text) => scope.postMessage([TAG, 0, 'failed', text]);
  // Gecko (153) delivers no module where none may run.
  scope.addEventListener('messageerror', () => {
    if (boot.message === undefined) post(whyNoWasm() ?? 'the message that says what the worker is to run can\'t be read there');
  });
  scope.addEventListener('message', function keep(event) {
    const message = event.data;
    if (!Array.isArray(message) || message[0] !== TAG) return;
    if (boot.message !== undefined) {
      if (boot.script !== undefined) return boot.script(message);
      if (boot.backlog === null) scope.removeEventListener('message', keep);
      else boot.backlog.push(message);
      return;
    }
    if (message[2] !== 'boot') return;
    boot.message = message;
    scope[Symbol.for(TAG)] = boot;
    const { script, module, table, entry } = message[3];
    if (script !== undefined) return runScript(scope, boot, message[1], message[3]);
    const starts = module === undefined ? undefined : tellClose(scope, post);
    scope.addEventListener('unhandledrejection', (rejection) => post(describe(rejection.reason)));
    // Who hears that this worker is ready may wait for the end of its lock.
    const held = holdLock(`${TAG} ${message[1]}`).then((holdsLock) => {
      boot.holdsLock = holdsLock;
    });
    const glue = () => load(scope, message[3]);
    // With the target `bundler` the glue starts by itself, and `insula::main` becomes the isolate.
    const loaded = module === undefined ? held.then(glue) : glue();
    Promise.all([loaded, held]).then(
      ([bindings]) => {
        if (module === undefined) return;
        const exports = instantiate(bindings, module);
        starts();
        exports[table].get(entry)();
      },
    ).catch((error) => post(whyNoWasm() ?? describe(error)));
  });
}

/** Makes an instance of the module, and runs its `start`. */
function instantiate(bindings, module) {
  try {
    return bindings.initSync({ module });
  } catch (error) {
    const [what, stack] = texts(error);
    throw Object.assign(new Error(`the module does not start in the worker: ${what}`), { stack });
  }
}

/**
 * Runs a script as an isolate: loads it, now or when it is resumed, answers pings and tells what it throws, whether it
 * imports isolate.js or not. The first import of that says that all of the script is there; otherwise its end does.
 */
function runScript(scope, boot, id, { script, paused }) {
  const post = (kind, ...rest) => scope.postMessage([TAG, 0, kind, ...rest]);
  const fail = (error) => (boot.isReady ? post('error', ...texts(error)) : post('failed', describe(error)));
  const starts = tellClose(scope, (text) => post('failed', text));
  boot.ready = () => {
    if (!boot.isReady) post('ready', '', boot.holdsLock);
    boot.isReady = true;
    starts();
  };
  const load = () => import(/* webpackIgnore: true */ /* @vite-ignore */ script).then(boot.ready).catch(fail);
  boot.script = (message) => {
    if (message[2] === 'ping') post('pong', message[3]);
    else if (message[2] === 'load') load();
    else if (boot.deliver === undefined) boot.backlog.push(message);
    else boot.deliver(message);
  };
  scope.addEventListener('unhandledrejection', (rejection) => {
    rejection.preventDefault();
    fail(rejection.reason);
  });
  holdLock(`${TAG} ${id}`).then((holdsLock) => {
    boot.holdsLock = holdsLock;
    if (!paused) return load();
    return headOf(script).then((response) => {
      if (!response.ok) throw new Error(`${script} answered ${response.status}`);
      boot.ready();
    });
  }).catch(fail);
}

/** The bindings, from wherever the glue is for this worker. */
async function load(scope, { glue, module }) {
  if (scope[TAG] !== undefined) return scope[TAG];
  if (isBeside(glue)) return import(/* webpackIgnore: true */ /* @vite-ignore */ glue);
  return resolve(glue, module).catch((error) => {
    throw new Error(
      `there is no glue beside the script of the worker, ${import.meta.url}, nor in a bundle: a script of its own has to set self.${TAG} (${textOf(error)})`,
    );
  });
}

/** Where the bundler has put the glue. Each understands one of the two forms, and leaves the other alone. */
async function resolve(glue, module) {
  if (isWebpack()) {
    const [, name] = glue.match(/([^/]+?)(?:_bg)?\.js$/);
    return import(/* @vite-ignore */ `../../../${name}.js`);
  }
  const files = import.meta.glob('../../../*.js');
  return files[`../../../${nameOf(module, Object.keys(files))}.js`]();
}

/** webpack and its kin put the URL of the source here, where nothing is served. */
function isWebpack() {
  return new URL(import.meta.url).protocol === 'file:' && !loadsFiles;
}

/** Whether this file lies where wasm-bindgen has put it, seen from the glue. In a bundle it does not. */
function isBeside(glue) {
  const here = new URL(import.meta.url);
  here.search = here.hash = '';
  const path = here.pathname.match(/\/snippets\/[^/]+\/src\/worker\.js$/)?.[0];
  return path !== undefined && !isWebpack() && new URL(`.${path}`, glue).href === here.href;
}

/**
 * The file name of the glue. wasm-bindgen names all imports of a module `./NAME_bg.js`, which for its target `bundler`,
 * where no module is posted, is a file.
 */
function nameOf(module, files) {
  const imports = module === undefined ? files : WebAssembly.Module.imports(module).map((entry) => entry.module);
  return imports.map((file) => file.match(/([^/]+)_bg\.js$/)?.[1]).find((name) => name !== undefined);
}

function texts(error) {
  return error instanceof Error ? [`${error.name}: ${error.message}`, error.stack ?? ''] : [String(error), ''];
}

/** An error as text: what it says, and behind the first line where. */
export function describe(error) {
  return texts(error).join('\n');
}

/** Whether this is a worker that can be an isolate. Bun has no class for the scope of one. */
function isDedicatedWorker() {
  if (typeof DedicatedWorkerGlobalScope === 'undefined') return globalThis.Bun?.isMainThread === false;
  return globalThis instanceof DedicatedWorkerGlobalScope;
}

if (isDedicatedWorker()) listen(globalThis);
