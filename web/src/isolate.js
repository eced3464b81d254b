// What a JavaScript module imports that was started with `Isolate::spawn_uri`: its arguments, and ports.
//
//   import { isolate, ReceivePort } from './isolate.js';
//   const jobs = new ReceivePort();
//   isolate.message.send(jobs.sendPort);
//   for await (const { items, reply } of jobs) reply.send(items.sort());
//
// Values are those of structured clone. Handles stand in them anywhere: a SendPort, or bytes that change their owner as
// a TransferableTypedData. How Rust's types become values and back stands in the documentation of insula's `js` module.
// The file has no imports and needs no build. `protocol/head.rs` lists the messages that it sends and is sent.

const TAG = 'insula';
const HANDLE = 'insula::attachment';

const boot = globalThis[Symbol.for(TAG)];
if (boot?.script === undefined) throw new Error('isolate.js belongs into a worker that insula has started');

// Two copies of this file, at two URLs, share one isolate.
boot.api ??= join();

export const { isolate, SendPort, ReceivePort, TransferableTypedData } = boot.api;

function join() {
  const [, own, , start] = boot.message;
  const ports = new Map();
  let lastPort = 0;
  let numbersOf;
  let bufferOf;

  /** Where messages are sent. */
  class SendPort {
    #isolate;
    #port;

    constructor(isolate, port) {
      this.#isolate = isolate;
      this.#port = port;
    }

    /**
     * Sends a value; never blocks. The value is dropped when the port is closed.
     *
     * Throws a `DataCloneError` when the value can't be cloned; nothing in it is consumed then.
     */
    send(value) {
      const { plain, handles, buffers, consume } = detach(value);
      globalThis.postMessage([TAG, this.#isolate, 'value', this.#port, plain, handles, ...buffers], buffers);
      consume();
    }

    /** Whether both lead to the same port. */
    equals(other) {
      return other instanceof SendPort && other.#isolate === this.#isolate && other.#port === this.#port;
    }

    toString() {
      return `SendPort(#${this.#isolate.toString(16)}:${this.#port})`;
    }

    static {
      numbersOf = (port) => [port.#isolate, port.#port];
    }
  }

  /** Where messages arrive: by `onmessage`, or one after the other by `for await` and `next`. */
  class ReceivePort {
    #number = (lastPort += 1);
    #queue = [];
    #waiting = [];
    #onmessage = null;
    #closed = false;

    constructor() {
      ports.set(this.#number, {
        deliver: (value) => this.#deliver(value),
        close: () => this.close(),
      });
    }

    get sendPort() {
      return new SendPort(own, this.#number);
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

    /** The next value, as an iterator gives it. */
    next() {
      if (this.#queue.length > 0) return Promise.resolve({ value: this.#queue.shift(), done: false });
      if (this.#closed) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve) => this.#waiting.push(resolve));
    }

    [Symbol.asyncIterator]() {
      return this;
    }

    /** Leaving a `for await` closes the port. */
    return(value) {
      this.close();
      return Promise.resolve({ value, done: true });
    }

    /** Takes no more messages; those that came before are still given out. */
    close() {
      this.#closed = true;
      ports.delete(this.#number);
      for (const resolve of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
    }

    #deliver(value) {
      const waiting = this.#waiting.shift();
      if (waiting !== undefined) waiting({ value, done: false });
      else if (this.#onmessage !== null && this.#queue.length === 0) this.#onmessage(value);
      else this.#queue.push(value);
    }
  }

  /** Bytes that change their owner without being copied, once. */
  class TransferableTypedData {
    #buffer;

    /** Of an ArrayBuffer, or of a view of one, whose bytes are copied unless it covers all of it. */
    constructor(data) {
      if (!ArrayBuffer.isView(data)) this.#buffer = data;
      else if (data.byteLength === data.buffer.byteLength) this.#buffer = data.buffer;
      else this.#buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
    }

    /** The ArrayBuffer. Throws when it was sent or materialized before. */
    materialize() {
      const buffer = this.#buffer;
      if (buffer === null) throw new TypeError('the data was transferred or materialized before');
      this.#buffer = null;
      return buffer;
    }

    static {
      bufferOf = (data) => data.#buffer;
    }
  }

  /** A value without its handles, and these. */
  function detach(value) {
    const [handles, buffers, data, seen] = [[], [], new Map(), new Map()];
    const place = (handle) => ({ [HANDLE]: handles.push(handle) - 1 });
    const buffer = (item) => {
      if (data.has(item)) return data.get(item);
      data.set(item, handles.length);
      if (bufferOf(item) === null) return null;
      buffers.push(bufferOf(item));
      return 'buffer';
    };
    const plain = rebuild(value, seen, (item) => {
      if (item instanceof SendPort) return place(numbersOf(item));
      if (item instanceof TransferableTypedData) return place(buffer(item));
      return undefined;
    });
    const consume = () => [...data.keys()].forEach((item) => bufferOf(item) !== null && item.materialize());
    return { plain, handles, buffers, consume };
  }

  /** A value with its handles in their places. */
  function attach(value, handles, buffers) {
    if (handles.length === 0) return value;
    const left = [...buffers];
    const things = [];
    for (const handle of handles) {
      if (Array.isArray(handle)) things.push(new SendPort(...handle));
      else if (typeof handle === 'number') things.push(things[handle]);
      else things.push(new TransferableTypedData(handle === 'buffer' ? left.shift() ?? null : null));
    }
    return rebuild(value, new Map(), (item) => (Object.hasOwn(item, HANDLE) ? things[item[HANDLE]] : undefined));
  }

  /** Copies arrays, maps, sets and plain objects, with what `replace` makes of the objects in them. */
  function rebuild(value, seen, replace) {
    if (typeof value !== 'object' || value === null) return value;
    const replaced = replace(value);
    if (replaced !== undefined) return replaced;
    if (seen.has(value)) return seen.get(value);
    const inner = (item) => rebuild(item, seen, replace);
    const keep = (copy) => {
      seen.set(value, copy);
      return copy;
    };
    if (Array.isArray(value)) {
      const copy = keep([]);
      for (const item of value) copy.push(inner(item));
      return copy;
    }
    if (value instanceof Map) {
      const copy = keep(new Map());
      for (const [key, item] of value) copy.set(inner(key), inner(item));
      return copy;
    }
    if (value instanceof Set) {
      const copy = keep(new Set());
      for (const item of value) copy.add(inner(item));
      return copy;
    }
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return value;
    const copy = keep({});
    for (const [key, item] of Object.entries(value)) {
      // Not by assignment: the key `__proto__` would set the prototype.
      Object.defineProperty(copy, key, { value: inner(item), writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }

  const isolate = Object.freeze({
    /** What `spawn_uri` was given. */
    args: start.args,
    message: attach(start.value, start.handles, start.buffers),
    /** What relative URLs are relative to on the page: `new URL('data.json', isolate.baseUrl)`. */
    baseUrl: start.base,
    /** The debug name. */
    name: start.name,
    /** Sends a last value to `port`, if there is one, and ends this isolate. */
    exit(port, value) {
      port?.send(value);
      globalThis.postMessage([TAG, 0, 'ended']);
      globalThis.close();
    },
  });

  boot.deliver = ([, , kind, port, value, handles, ...buffers]) => {
    if (kind === 'value') ports.get(port)?.deliver(attach(value, handles, buffers));
    else if (kind === 'close') ports.get(port)?.close();
  };
  const backlog = boot.backlog.splice(0);
  // The script's own code comes first: it may open the ports.
  queueMicrotask(() => backlog.forEach(boot.deliver));
  boot.ready();
  return { isolate, SendPort, ReceivePort, TransferableTypedData };
}
