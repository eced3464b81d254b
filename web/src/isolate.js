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
function tried(read) {
  try {
    return read();
  } catch {
    return void 0;
  }
}
function isError(value) {
  return tried(() => value instanceof Error) === true;
}
function text(read) {
  return tried(() => String(read() ?? "")) ?? "a value without text";
}
function texts(error) {
  return isError(error) ? [`${text(() => error.name)}: ${text(() => error.message)}`, text(() => error.stack)] : [text(() => String(error)), ""];
}
function randomNumber() {
  return Number(crypto.getRandomValues(new BigUint64Array(1))[0] >> 12n);
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
      start.script ??= globalThis.location?.href ?? "";
      boot.message = message;
      globalThis[symbol] = boot;
      begin(boot, start, started);
    } else if (kind === "ping") post("pong", message[3]);
    else if (kind === "load") started(boot);
    else if (boot.deliver === void 0) boot.backlog.push(message);
    else boot.deliver(message);
  });
  scope.addEventListener("messageerror", () => post("lost", "a message for it can not be read"));
}
function begin(boot, { paused }, started) {
  scope.addEventListener("unhandledrejection", (event) => {
    if (event.defaultPrevented) return;
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
  return new Promise((resolve) => {
    const refuse = () => resolve(false);
    const hold = () => {
      resolve(true);
      return new Promise(() => {
      });
    };
    globalThis.navigator?.locks?.request(name, hold).catch(refuse) ?? refuse();
  });
}

// web/npm/src/dispose.ts
var dispose = Symbol.dispose ?? /* @__PURE__ */ Symbol.for("Symbol.dispose");

// web/npm/src/fifo.ts
var Fifo = class {
  #pushed = [];
  /** The older ones, the first at the end. */
  #turned = [];
  get length() {
    return this.#pushed.length + this.#turned.length;
  }
  push(item) {
    this.#pushed.push(item);
  }
  shift() {
    if (this.#turned.length === 0) {
      this.#turned = this.#pushed.reverse();
      this.#pushed = [];
    }
    return this.#turned.pop();
  }
};

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
    const moved = [.../* @__PURE__ */ new Set([...buffers, ...transfer2])];
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
    throw new TypeError(`${port} belongs to the isolate around this one`);
  }
};
var Local = class {
};
var BasePort = class extends Local {
  #scope;
  /** Nobody guesses it: another worker may post to any number. */
  #number = randomNumber();
  #queue = new Fifo();
  #waiting = [];
  #onmessage = null;
  #closed = false;
  /** @internal */
  constructor(scope2) {
    super();
    this.#scope = scope2;
    scope2.ports.set(this.#number, this);
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
    this.#handOver();
  }
  /** The next value, as an iterator gives it; `done` when the port is closed. */
  next() {
    return new Promise((resolve) => {
      if (this.#queue.length > 0) resolve({ value: this.#queue.shift(), done: false });
      else if (this.#closed) resolve({ value: void 0, done: true });
      else this.#waiting.push(resolve);
    });
  }
  [Symbol.asyncIterator]() {
    return this;
  }
  /** Closes the port, when a `for await` is left. */
  async return() {
    this.close();
    return { value: void 0, done: true };
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
  #handOver() {
    queueMicrotask(() => {
      if (this.#onmessage === null || this.#queue.length === 0) return;
      this.#handOver();
      this.#onmessage(this.#queue.shift());
    });
  }
  /** @internal */
  deliver(value) {
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
    if (buffer === null) throw new TypeError("the data was taken out before");
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
  if (!hasHandle(value)) return { plain: value, handles, buffers, consume: () => {
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
    if (item instanceof Local) {
      throw new TypeError("of a port only its `SendPort` can be sent");
    }
    return void 0;
  });
  const consume = () => {
    for (const item of data.keys()) if (TransferableTypedData.bufferOf(item) !== null) item.materialize();
  };
  return { plain, handles, buffers, consume };
}
function attach(scope2, value, handles, buffers) {
  if (handles.length === 0) return value;
  const things = [];
  for (const handle of handles) {
    things.push(
      Array.isArray(handle) ? new SendPort(scope2, handle[0], handle[1]) : typeof handle === "number" ? things[handle] : new TransferableTypedData(handle === "buffer" && buffers.shift() || null)
    );
  }
  return rebuild(
    value,
    /* @__PURE__ */ new Map(),
    (item) => Object.hasOwn(item, HANDLE) ? things[item[HANDLE]] : void 0
  );
}
function hasFields(value) {
  return Object.prototype.toString.call(value) === "[object Object]";
}
var DEEPEST = 500;
function hasHandle(value, seen = /* @__PURE__ */ new Set(), depth = 0) {
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  if (depth > DEEPEST) throw new RangeError(`more than ${DEEPEST} levels`);
  let found = value instanceof SendPort || value instanceof TransferableTypedData || value instanceof Local;
  const look = (item) => {
    found = hasHandle(item, seen, depth + 1) || found;
  };
  seen.add(value);
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
    value.forEach((item, key) => {
      look(key);
      look(item);
    });
  } else if (hasFields(value)) Object.values(value).forEach(look);
  return found;
}
function rebuild(value, seen, replace) {
  if (typeof value !== "object" || value === null) return value;
  const replaced = replace(value) ?? seen.get(value);
  if (replaced !== void 0) return replaced;
  const inner = (item) => rebuild(item, seen, replace);
  const keep = (copy2) => {
    seen.set(value, copy2);
    return copy2;
  };
  if (Array.isArray(value)) {
    const copy2 = keep(new Array(value.length));
    value.forEach((item, at) => {
      copy2[at] = inner(item);
    });
    return copy2;
  }
  if (value instanceof Map) {
    const copy2 = keep(/* @__PURE__ */ new Map());
    value.forEach((item, key) => {
      copy2.set(inner(key), inner(item));
    });
    return copy2;
  }
  if (value instanceof Set) {
    const copy2 = keep(/* @__PURE__ */ new Set());
    value.forEach((item) => {
      copy2.add(inner(item));
    });
    return copy2;
  }
  if (!hasFields(value)) return value;
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
  if (boot?.api) return boot.api;
  const { half: half2, start } = makeHalf();
  const join = (boot2) => {
    boot2.api ??= half2;
    start(boot2);
  };
  if (boot !== void 0) join(boot);
  else if (isDedicatedWorker()) listen(join);
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
    throw new Error("only a worker that insula has started knows this, after `isolate.started`");
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
      if (!isWorker()) known();
      port?.send(value);
      post("ended");
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
var Running = class {
  /** Made when the function looks at its signal, or when it is cancelled: most calls need none. */
  #abort;
  constructor(state, progress) {
    this.state = state;
    this.progress = progress;
  }
  get #made() {
    return this.#abort ??= new AbortController();
  }
  get signal() {
    return this.#made.signal;
  }
  cancel(reason) {
    this.#made.abort(new DOMException(reason, "AbortError"));
    this.grant?.(0);
  }
};
var serves = false;
var transfers = /* @__PURE__ */ new WeakMap();
function serve(functions, options = {}) {
  if (isWorker()) {
    if (serves) throw new Error("`serve` was called before in this worker");
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
  const { message } = isolate;
  const { ready, config } = typeof message?.send === "function" ? { ready: message } : message ?? {};
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
  calls.onmessage = (message2) => {
    if ("call" in message2) {
      const key = keyOf(message2.id, message2.reply);
      const reply = message2.reply ?? ready;
      const send = (answer, list) => reply?.send(answer, list);
      const job = new Running(state, (progress) => send({ id: message2.id, progress }));
      running.set(key, job);
      run(functions, message2, job, send).finally(() => running.delete(key));
    } else if ("cancel" in message2) {
      running.get(keyOf(message2.cancel, message2.reply))?.cancel(message2.reason);
    } else if ("grant" in message2) running.get(keyOf(message2.grant, message2.reply))?.grant?.(message2.credits);
    else if ("close" in message2) {
      Promise.resolve(state).then(teardown).catch((error) => fail(bootOf(), error)).finally(() => isolate.exit());
    }
  };
  ready?.send(calls.sendPort);
}
async function run(functions, call, job, send) {
  const { id, call: name, credits } = call;
  const give = (value, answer, what) => {
    try {
      send(answer, transfers.get(value));
    } catch (error) {
      throw new TypeError(`${what} can't be sent: ${texts(error)[0]}`);
    }
  };
  try {
    const f = Object.hasOwn(functions, name) ? functions[name] : void 0;
    if (typeof f !== "function") {
      throw new TypeError(
        `no function \`${name}\` is served here; there are: ${Object.keys(functions).join(", ") || "none"}`
      );
    }
    let value = f.apply(job, call.args);
    const iterator = iteratorOf(value);
    if (credits === void 0) {
      if (iterator !== void 0) throw new TypeError(`\`${name}\` is a generator: call it by \`stream\``);
      value = await value;
    } else {
      if (iterator === void 0) throw new TypeError(`\`${name}\` is no generator: call it by \`run\``);
      const item = (item2) => give(item2, { id, item: item2 }, `an item of \`${name}\``);
      value = await stream(iterator, credits, job, item);
    }
    give(value, { id, value }, `what \`${name}\` returned`);
  } catch (error) {
    send({ id, error: thrown(error) });
    if (tried(() => error instanceof WebAssembly.RuntimeError)) {
      fail(bootOf(), error);
      isolate.exit();
    }
  }
}
function iteratorOf(value) {
  return typeof value?.next === "function" && (value[Symbol.asyncIterator] || value[Symbol.iterator]) ? value : void 0;
}
async function stream(iterator, credits, job, give) {
  let wake = () => {
  };
  const { signal } = job;
  job.grant = (more) => {
    credits += more;
    wake();
  };
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
      give(await value);
    }
  } catch (error) {
    try {
      await iterator.return?.();
    } catch {
    }
    throw error;
  }
}
function thrown(error, depth = 8) {
  const isOne = isError(error);
  const cause = depth > 0 ? tried(() => error.cause) : void 0;
  const data = cloneOf(() => isOne ? fieldsOf(error) : error);
  return {
    name: isOne ? text(() => error.name) : "Error",
    message: text(() => isOne ? error.message : String(error)),
    stack: isOne ? text(() => error.stack) : "",
    ...cause !== void 0 && { cause: thrown(cause, depth - 1) },
    ...data !== void 0 && { data }
  };
}
function fieldsOf(error) {
  const fields = [...Object.keys(error), "errors"].flatMap((name) => {
    const field = cloneOf(() => error[name]);
    return field === void 0 ? [] : [[name, field]];
  });
  return fields[0] && Object.fromEntries(fields);
}
function cloneOf(read) {
  return tried(() => {
    const copy = structuredClone(read());
    hasHandle(copy, void 0, 50);
    return copy;
  });
}
export {
  ReceivePort,
  SendPort2 as SendPort,
  TransferableTypedData2 as TransferableTypedData,
  isolate,
  serve,
  transfer
};
