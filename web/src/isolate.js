// The worker's half of @insula/web as one file: what a JavaScript module imports that runs as an isolate.
// `./build.sh bundle` makes it from web/npm/src/worker.ts. Change that.


// web/npm/src/protocol.ts
var TAG = "insula";
var ROOT = 0;
function isMessage(data) {
  return Array.isArray(data) && data[0] === TAG && typeof data[1] === "number" && typeof data[2] === "string";
}
function lockName(isolate2) {
  return `${TAG} ${isolate2}`;
}
function texts(error) {
  return error instanceof Error ? [`${error.name}: ${error.message}`, error.stack ?? ""] : [String(error), ""];
}

// web/npm/src/worker/boot.ts
var scope = globalThis;
var symbol = Symbol.for(TAG);
function bootOf() {
  const boot = globalThis[symbol];
  return boot?.message?.[3]?.script === void 0 ? void 0 : boot;
}
function isDedicatedWorker() {
  const { DedicatedWorkerGlobalScope: own, Bun } = globalThis;
  return own === void 0 ? Bun?.isMainThread === false : globalThis instanceof own;
}
function post(kind, ...rest) {
  scope.postMessage([TAG, ROOT, kind, ...rest]);
}
function listen(started) {
  const boot = { message: void 0, backlog: [] };
  scope.addEventListener("message", (event) => {
    const message = event.data;
    if (!isMessage(message)) return;
    const kind = message[2];
    if (boot.message === void 0) {
      if (kind !== "start") return;
      const start = message[3];
      const script = start.script ?? globalThis.location?.href ?? "its own script";
      boot.message = [TAG, message[1], kind, { ...start, script }];
      globalThis[symbol] = boot;
      begin(boot, start, started);
    } else if (kind === "ping") post("pong", message[3]);
    else if (kind === "load") started(boot);
    else if (boot.deliver === void 0) boot.backlog.push(message);
    else boot.deliver(message);
  });
  scope.addEventListener("messageerror", () => {
    if (boot.message !== void 0) post("lost", "a message for this worker could not be read");
  });
}
function begin(boot, { paused }, started) {
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail(boot, event.reason);
  });
  holdLock(lockName(boot.message[1])).then((holdsLock) => {
    boot.ready = () => {
      if (!boot.isReady) post("ready", "", holdsLock);
      boot.isReady = true;
    };
    if (paused) boot.ready();
    else started(boot);
  });
}
function fail(boot, error) {
  const [description, stack] = texts(error);
  if (boot.isReady) post("error", description, stack);
  else post("failed", `${description}
${stack}`);
}
function holdLock(name) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return Promise.resolve(false);
  return new Promise((resolve) => {
    locks.request(name, () => {
      resolve(true);
      return new Promise(() => {
      });
    }).catch(() => resolve(false));
  });
}

// web/npm/src/dispose.ts
var dispose = Symbol.dispose ?? /* @__PURE__ */ Symbol.for("Symbol.dispose");

// web/npm/src/ports.ts
var HANDLE = "insula::attachment";
function deliver(scope2, [, , kind, port, value, handles, ...buffers]) {
  const receiver = scope2.ports.get(port);
  if (kind === "close") receiver?.close();
  else if (receiver !== void 0 && Array.isArray(handles)) receiver.deliver(attach(scope2, value, handles, buffers));
}
var SendPort = class _SendPort {
  #scope;
  #isolate;
  #port;
  /** @internal */
  constructor(scope2, isolate2, port) {
    this.#scope = scope2;
    this.#isolate = isolate2;
    this.#port = port;
  }
  /**
   * Sends a value; never blocks. The value is dropped when the port is closed.
   *
   * @param transfer what changes its owner instead of being cloned: `ArrayBuffer`s, `MessagePort`s, `ImageBitmap`s and so on
   * @throws a `DataCloneError` when something can't be cloned. Then nothing was sent, and nothing in it is consumed.
   */
  send(value, transfer2 = []) {
    const { plain, handles, buffers, consume } = detach(this.#scope, value);
    const moved = [...buffers, ...transfer2.filter((item) => !buffers.includes(item))];
    this.#scope.post([TAG, this.#isolate, "value", this.#port, plain, handles, ...moved], moved);
    consume();
  }
  /** Whether both lead to the same port. */
  equals(other) {
    return other instanceof _SendPort && other.#isolate === this.#isolate && other.#port === this.#port;
  }
  toString() {
    return `SendPort(#${this.#isolate.toString(16)}:${this.#port})`;
  }
  /** @internal The two numbers, for a message that goes out of the same scope. */
  static numbersOf(port, scope2) {
    if (port.#scope === scope2) return [port.#isolate, port.#port];
    throw new TypeError(`${port} belongs to the isolate around this one: a message inside can't carry it`);
  }
};
var lastPort = 0;
var BasePort = class {
  #scope;
  #number = lastPort += 1;
  #queue = [];
  #waiting = [];
  #onmessage = null;
  #closed = false;
  /** @internal */
  constructor(scope2) {
    this.#scope = scope2;
    scope2.ports.set(this.#number, {
      deliver: (value) => this.#deliver(value),
      close: () => this.close()
    });
  }
  /** Leads here. It can be sent in a message. */
  get sendPort() {
    return new SendPort(this.#scope, this.#scope.own, this.#number);
  }
  get onmessage() {
    return this.#onmessage;
  }
  /** Called with each value; those that came before are handed over in a microtask. */
  set onmessage(handler) {
    this.#onmessage = handler;
    queueMicrotask(() => {
      while (this.#onmessage !== null && this.#queue.length > 0) this.#onmessage(this.#queue.shift());
    });
  }
  /** The next value, as an iterator gives it; `done` when the port is closed. */
  next() {
    if (this.#queue.length > 0) return Promise.resolve({ value: this.#queue.shift(), done: false });
    if (this.#closed) return Promise.resolve({ value: void 0, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  /** Closes the port, when a `for await` is left. */
  return() {
    this.close();
    return Promise.resolve({ value: void 0, done: true });
  }
  /** Takes no more messages; those that came before are still given out. */
  close() {
    this.#closed = true;
    this.#scope.ports.delete(this.#number);
    for (const resolve of this.#waiting.splice(0)) resolve({ value: void 0, done: true });
  }
  /** Closes the port at the end of a `using` block. */
  [dispose]() {
    this.close();
  }
  #deliver(value) {
    const waiting = this.#waiting.shift();
    if (waiting !== void 0) waiting({ value, done: false });
    else if (this.#onmessage !== null && this.#queue.length === 0) this.#onmessage(value);
    else this.#queue.push(value);
  }
};
var TransferableTypedData = class {
  #buffer;
  /** Of an `ArrayBuffer`, or of a view of one, whose bytes are copied unless it covers all of it. */
  constructor(data) {
    if (!ArrayBuffer.isView(data)) this.#buffer = data;
    else if (data.byteLength === data.buffer.byteLength) this.#buffer = data.buffer;
    else this.#buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  }
  /**
   * The `ArrayBuffer`.
   *
   * @throws a `TypeError` when the data was sent or materialized before
   */
  materialize() {
    const buffer = this.#buffer;
    if (buffer === null) throw new TypeError("the data was transferred or materialized before");
    this.#buffer = null;
    return buffer;
  }
  /** @internal The buffer, left where it is. */
  static bufferOf(data) {
    return data.#buffer;
  }
};
function detach(scope2, value) {
  const handles = [];
  const buffers = [];
  if (!hasHandle(value, /* @__PURE__ */ new Set())) return { plain: value, handles, buffers, consume: () => {
  } };
  const data = /* @__PURE__ */ new Map();
  const place = (handle) => ({ [HANDLE]: handles.push(handle) - 1 });
  const buffer = (item) => {
    if (data.has(item)) return data.get(item);
    data.set(item, handles.length);
    const bytes = TransferableTypedData.bufferOf(item);
    if (bytes === null) return null;
    buffers.push(bytes);
    return "buffer";
  };
  const plain = rebuild(value, /* @__PURE__ */ new Map(), (item) => {
    if (item instanceof SendPort) return place(SendPort.numbersOf(item, scope2));
    if (item instanceof TransferableTypedData) return place(buffer(item));
    return void 0;
  });
  const consume = () => {
    for (const item of data.keys()) if (TransferableTypedData.bufferOf(item) !== null) item.materialize();
  };
  return { plain, handles, buffers, consume };
}
function attach(scope2, value, handles, buffers) {
  if (handles.length === 0) return value;
  const left = [...buffers];
  const things = [];
  for (const handle of handles) {
    if (Array.isArray(handle)) things.push(new SendPort(scope2, handle[0], handle[1]));
    else if (typeof handle === "number") things.push(things[handle]);
    else
      things.push(
        new TransferableTypedData(handle === "buffer" ? left.shift() ?? null : null)
      );
  }
  return rebuild(
    value,
    /* @__PURE__ */ new Map(),
    (item) => Object.hasOwn(item, HANDLE) ? things[item[HANDLE]] : void 0
  );
}
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
function hasHandle(value, seen) {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof SendPort || value instanceof TransferableTypedData) return true;
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value) && !(value instanceof Map) && !(value instanceof Set)) return false;
  if (seen.has(value)) return false;
  seen.add(value);
  if (isList) return value.some((item) => hasHandle(item, seen));
  if (value instanceof Set) return [...value].some((item) => hasHandle(item, seen));
  if (value instanceof Map) return [...value].some(([key, item]) => hasHandle(key, seen) || hasHandle(item, seen));
  return Object.values(value).some((item) => hasHandle(item, seen));
}
function rebuild(value, seen, replace) {
  if (typeof value !== "object" || value === null) return value;
  const replaced = replace(value);
  if (replaced !== void 0) return replaced;
  if (seen.has(value)) return seen.get(value);
  const inner = (item) => rebuild(item, seen, replace);
  const keep = (copy2) => {
    seen.set(value, copy2);
    return copy2;
  };
  if (Array.isArray(value)) {
    const copy2 = keep([]);
    for (const item of value) copy2.push(inner(item));
    return copy2;
  }
  if (value instanceof Map) {
    const copy2 = keep(/* @__PURE__ */ new Map());
    for (const [key, item] of value) copy2.set(inner(key), inner(item));
    return copy2;
  }
  if (value instanceof Set) {
    const copy2 = keep(/* @__PURE__ */ new Set());
    for (const item of value) copy2.add(inner(item));
    return copy2;
  }
  if (!isPlain(value)) return value;
  const copy = keep({});
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(copy, key, { value: inner(item), writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

// web/npm/src/worker/isolate.ts
var half = enter();
var isolate = half.isolate;
var ReceivePort = half.ReceivePort;
var SendPort2 = half.SendPort;
var TransferableTypedData2 = half.TransferableTypedData;
function isWorker() {
  return bootOf() !== void 0 || isDedicatedWorker();
}
function enter() {
  const boot = bootOf();
  if (boot !== void 0) return boot.api ??= join(boot);
  const late = makeHalf();
  if (isDedicatedWorker()) {
    listen((started) => {
      started.api ??= late.half;
      late.start(started);
    });
  }
  return late.half;
}
function join(boot) {
  const { half: half2, start } = makeHalf();
  start(boot);
  return half2;
}
function makeHalf() {
  let told;
  let begin2;
  const started = new Promise((resolve) => {
    begin2 = resolve;
  });
  const known = () => {
    if (told !== void 0) return told;
    throw new Error(
      "this is not known here: it belongs into a worker that insula has started; there await `isolate.started` first"
    );
  };
  const own = {
    get own() {
      return known().own;
    },
    post: (message, transfer2) => scope.postMessage(message, transfer2),
    ports: /* @__PURE__ */ new Map()
  };
  class ReceivePort2 extends BasePort {
    constructor() {
      super(own);
    }
  }
  const isolate2 = {
    started,
    get args() {
      return known().args;
    },
    get message() {
      return known().message;
    },
    get baseUrl() {
      return known().base;
    },
    get name() {
      return known().name;
    },
    exit(port, value) {
      port?.send(value);
      scope.postMessage([TAG, ROOT, "ended"]);
      scope.close?.();
    }
  };
  const start = (boot) => {
    const [, number, , start2] = boot.message;
    told = { ...start2, own: number, message: attach(own, start2.value, start2.handles, start2.buffers) };
    boot.deliver = (message) => deliver(own, message);
    queueMicrotask(() => {
      for (const message of boot.backlog.splice(0)) deliver(own, message);
    });
    boot.ready?.();
    begin2();
  };
  return { half: { isolate: isolate2, SendPort, ReceivePort: ReceivePort2, TransferableTypedData }, start };
}

// web/npm/src/worker/serve.ts
var serves = false;
var transfers = /* @__PURE__ */ new WeakMap();
function serve(functions, options = {}) {
  if (isWorker()) {
    if (serves) throw new Error("`serve` was called before: a worker serves one set of functions");
    serves = true;
    isolate.started.then(() => open(functions, options));
  }
  return {};
}
function transfer(value, list) {
  transfers.set(value, list);
  return value;
}
async function open(functions, { init, teardown }) {
  const { ready, config } = startOf();
  let state;
  try {
    state = await init?.(config);
  } catch (error) {
    if (ready === void 0) throw error;
    return ready.send({ failed: thrown(error) });
  }
  const calls = new ReceivePort();
  const running = /* @__PURE__ */ new Map();
  const keyOf = (id, reply) => `${reply ?? ""}/${id}`;
  calls.onmessage = (message) => {
    if ("call" in message) {
      const key = keyOf(message.id, message.reply);
      const job = { abort: new AbortController() };
      running.set(key, job);
      const reply = message.reply ?? ready;
      const send = (answer, list) => reply?.send(answer, list);
      run(functions, state, message, job, send).finally(() => running.delete(key));
    } else if ("cancel" in message) running.get(keyOf(message.cancel, message.reply))?.abort.abort(message.reason);
    else if ("grant" in message) running.get(keyOf(message.grant, message.reply))?.grant?.(message.credits);
    else if ("close" in message) {
      Promise.resolve(state).then(teardown).catch((error) => fail(bootOf(), error)).finally(() => isolate.exit());
    }
  };
  ready?.send(calls.sendPort);
}
function startOf() {
  const { message } = isolate;
  if (typeof message?.send === "function") return { ready: message };
  return typeof message === "object" && message !== null ? message : {};
}
async function run(functions, state, call, job, send) {
  const { id } = call;
  try {
    const f = Object.hasOwn(functions, call.call) ? functions[call.call] : void 0;
    if (typeof f !== "function") {
      throw new TypeError(
        `no function \`${call.call}\` is served here; there are: ${Object.keys(functions).join(", ")}`
      );
    }
    const self = { state, signal: job.abort.signal, progress: (progress) => send({ id, progress }) };
    let value = f.apply(self, call.args);
    const iterator = iteratorOf(value);
    if (call.credits === void 0) {
      if (iterator !== void 0)
        throw new TypeError(`\`${call.call}\` is a generator: call it by \`stream\`, not by \`run\``);
      value = await value;
    } else {
      if (iterator === void 0)
        throw new TypeError(`\`${call.call}\` is no generator: call it by \`run\`, not by \`stream\``);
      value = await stream(id, iterator, call.credits, job, send);
    }
    try {
      send({ id, value }, transferOf(value));
    } catch (error) {
      throw new TypeError(`what \`${call.call}\` returned can't be sent: ${error.message}`);
    }
  } catch (error) {
    send({ id, error: thrown(error) });
    if (isTrap(error)) {
      fail(bootOf(), error);
      isolate.exit();
    }
  }
}
function isTrap(error) {
  return typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError;
}
function transferOf(value) {
  return typeof value === "object" && value !== null ? transfers.get(value) : void 0;
}
function iteratorOf(value) {
  return typeof value?.next === "function" && (value[Symbol.asyncIterator] || value[Symbol.iterator]) ? value : void 0;
}
async function stream(id, iterator, credits, job, send) {
  let wake = () => {
  };
  job.grant = (more) => {
    credits += more;
    wake();
  };
  const { signal } = job.abort;
  signal.addEventListener("abort", () => wake());
  try {
    for (; ; ) {
      while (credits <= 0 && !signal.aborted) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
      if (signal.aborted) {
        await iterator.return?.();
        return void 0;
      }
      const { value, done } = await iterator.next();
      if (done) return value;
      credits -= 1;
      send({ id, item: value }, transferOf(value));
    }
  } catch (error) {
    await Promise.resolve(iterator.return?.()).catch(() => {
    });
    throw error;
  }
}
function thrown(error, depth = 8) {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), stack: "", ...dataOf(error) };
  }
  const { name, message, stack = "", cause } = error;
  const own = Object.fromEntries(
    Object.entries(error).filter(([key]) => !["name", "message", "stack", "cause"].includes(key))
  );
  return {
    name,
    message,
    stack,
    ...cause !== void 0 && depth > 0 ? { cause: thrown(cause, depth - 1) } : {},
    ...Object.keys(own).length > 0 ? dataOf(own) : {}
  };
}
function dataOf(data) {
  try {
    return { data: structuredClone(data) };
  } catch {
    return {};
  }
}
export {
  ReceivePort,
  SendPort2 as SendPort,
  TransferableTypedData2 as TransferableTypedData,
  isolate,
  serve,
  transfer
};
