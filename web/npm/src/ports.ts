import { dispose } from './dispose.js';
import { Fifo } from './fifo.js';
import { type Message, randomNumber, TAG } from './protocol.js';

const HANDLE = 'insula::attachment';

/** One isolate's own ports, and its way to those of others. */
export interface Scope {
  /** The number of the isolate. */
  readonly own: number;
  /** Sends a message. Throws a `DataCloneError` when something in it can't be cloned. */
  post(message: Message, transfer: Transferable[]): void;
  readonly ports: Map<number, Receiver>;
}

interface Receiver {
  deliver(value: unknown): void;
  close(): void;
}

/** Hands a message of the kinds `value` and `close` to the port that it is for. */
export function deliver(scope: Scope, [, , kind, port, value, handles, ...buffers]: Message): void {
  const receiver = scope.ports.get(port as number);
  if (kind === 'close') receiver?.close();
  else if (receiver !== undefined && Array.isArray(handles)) receiver.deliver(attach(scope, value, handles, buffers));
}

/**
 * Where messages are sent.
 *
 * A value may be everything that structured clone takes. Anywhere in its arrays, maps, sets and objects there may be
 * `SendPort`s and {@link TransferableTypedData}. It may have 500 levels.
 */
export class SendPort<T = unknown> {
  readonly #scope: Scope;
  readonly #isolate: number;
  readonly #port: number;

  /** @internal */
  constructor(scope: Scope, isolate: number, port: number) {
    this.#scope = scope;
    this.#isolate = isolate;
    this.#port = port;
  }

  /**
   * Sends a value; never blocks. The value is dropped when the port is closed.
   *
   * @param transfer what changes its owner instead of being cloned: `ArrayBuffer`s, `MessagePort`s, `ImageBitmap`s and so on
   * @throws a `DataCloneError` when something can't be cloned. Then nothing was sent, and nothing in it is consumed.
   */
  send(value: T, transfer: readonly Transferable[] = []): void {
    const { plain, handles, buffers, consume } = detach(this.#scope, value);
    const moved = [...new Set<Transferable>([...buffers, ...transfer])];
    this.#scope.post([TAG, this.#isolate, 'value', this.#port, plain, handles, ...moved], moved);
    consume();
  }

  /** Whether both lead to the same port. */
  equals(other: unknown): boolean {
    return other instanceof SendPort && other.#isolate === this.#isolate && other.#port === this.#port;
  }

  toString(): string {
    return `SendPort(#${this.#isolate.toString(16)}:${this.#port})`;
  }

  /** @internal The two numbers, for a message that goes out of the same scope. */
  static numbersOf(port: SendPort, scope: Scope): [isolate: number, port: number] {
    if (port.#scope === scope) return [port.#isolate, port.#port];
    throw new TypeError(`${port} belongs to the isolate around this one`);
  }
}

/** What has a meaning only where it was made. Structured clone would make an empty object of it, so it is refused instead. */
export abstract class Local {}

/**
 * Where messages arrive: by `onmessage`, or one after the other by `for await` and `next`.
 *
 * Leaving a `for await`, and the end of a `using` block, close the port.
 */
export class BasePort<T> extends Local implements AsyncIterableIterator<T, undefined>, Disposable {
  readonly #scope: Scope;
  /** Nobody guesses it: another worker may post to any number. */
  readonly #number = randomNumber();
  readonly #queue = new Fifo<T>();
  readonly #waiting: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #onmessage: ((value: T) => void) | null = null;
  #closed = false;

  /** @internal */
  constructor(scope: Scope) {
    super();
    this.#scope = scope;
    scope.ports.set(this.#number, this);
  }

  /** Leads here. It can be sent in a message. */
  get sendPort(): SendPort<T> {
    return new SendPort(this.#scope, this.#scope.own, this.#number);
  }

  get onmessage(): ((value: T) => void) | null {
    return this.#onmessage;
  }

  /** Called with each value; those that came before are handed over in a microtask. */
  set onmessage(handler: ((value: T) => void) | null) {
    this.#onmessage = handler;
    this.#handOver();
  }

  /** The next value, as an iterator gives it; `done` when the port is closed. */
  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve) => {
      if (this.#queue.length > 0) resolve({ value: this.#queue.shift() as T, done: false });
      else if (this.#closed) resolve({ value: undefined, done: true });
      else this.#waiting.push(resolve);
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Closes the port, when a `for await` is left. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.close();
    return { value: undefined, done: true };
  }

  /** Takes no more messages; those that came before are still given out. */
  close(): void {
    this.#closed = true;
    this.#scope.ports.delete(this.#number);
    for (const resolve of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  /** Closes the port at the end of a `using` block. */
  [dispose](): void {
    this.close();
  }

  #handOver(): void {
    queueMicrotask(() => {
      if (this.#onmessage === null || this.#queue.length === 0) return;
      // The handler may throw; the next value is not its concern.
      this.#handOver();
      this.#onmessage(this.#queue.shift() as T);
    });
  }

  /** @internal */
  deliver(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting({ value, done: false });
    else if (this.#onmessage !== null && this.#queue.length === 0) this.#onmessage(value);
    else this.#queue.push(value);
  }
}

/** Bytes that change their owner without being copied, once. */
export class TransferableTypedData {
  #buffer: ArrayBuffer | null;

  /** Of an `ArrayBuffer`, or of a view of one, whose bytes are copied unless it covers all of it. */
  constructor(data: ArrayBuffer | ArrayBufferView<ArrayBuffer> | null) {
    if (!ArrayBuffer.isView(data)) this.#buffer = data;
    else if (data.byteLength === data.buffer.byteLength) this.#buffer = data.buffer;
    else this.#buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  }

  /**
   * The `ArrayBuffer`.
   *
   * @throws a `TypeError` when the data was sent or materialized before
   */
  materialize(): ArrayBuffer {
    const buffer = this.#buffer;
    if (buffer === null) throw new TypeError('the data was taken out before');
    this.#buffer = null;
    return buffer;
  }

  /** @internal The buffer, left where it is. */
  static bufferOf(data: TransferableTypedData): ArrayBuffer | null {
    return data.#buffer;
  }
}

interface Detached {
  plain: unknown;
  handles: unknown[];
  buffers: ArrayBuffer[];
  /** Called when the message is sent: data in it is gone here. */
  consume(): void;
}

/** A value without its handles, and these. A value that has none stays as it is. */
export function detach(scope: Scope, value: unknown): Detached {
  const handles: unknown[] = [];
  const buffers: ArrayBuffer[] = [];
  if (!hasHandle(value)) return { plain: value, handles, buffers, consume: () => {} };
  const data = new Map<TransferableTypedData, number>();
  const place = (handle: unknown) => ({ [HANDLE]: handles.push(handle) - 1 });
  const buffer = (item: TransferableTypedData) => {
    if (data.has(item)) return data.get(item);
    data.set(item, handles.length);
    const bytes = TransferableTypedData.bufferOf(item);
    if (bytes === null) return null;
    buffers.push(bytes);
    return 'buffer';
  };
  const plain = rebuild(value, new Map(), (item) => {
    if (item instanceof SendPort) return place(SendPort.numbersOf(item, scope));
    if (item instanceof TransferableTypedData) return place(buffer(item));
    if (item instanceof Local) {
      throw new TypeError('of a port only its `SendPort` can be sent');
    }
    return undefined;
  });
  const consume = () => {
    for (const item of data.keys()) if (TransferableTypedData.bufferOf(item) !== null) item.materialize();
  };
  return { plain, handles, buffers, consume };
}

/** A value as it is now. Throws what `send` would. */
export function copyOf<T>(scope: Scope, value: T): T {
  const { plain, handles, buffers } = detach(scope, value);
  return attach(scope, structuredClone(plain), handles, buffers) as T;
}

/** A value with its handles in their places. Takes the buffers out of their list. */
export function attach(scope: Scope, value: unknown, handles: unknown[], buffers: unknown[]): unknown {
  if (handles.length === 0) return value;
  const things: unknown[] = [];
  for (const handle of handles) {
    things.push(
      Array.isArray(handle)
        ? new SendPort(scope, handle[0], handle[1])
        : typeof handle === 'number'
          ? things[handle]
          : new TransferableTypedData(((handle === 'buffer' && buffers.shift()) || null) as ArrayBuffer | null),
    );
  }
  return rebuild(value, new Map(), (item) =>
    Object.hasOwn(item, HANDLE) ? things[(item as Record<string, number>)[HANDLE] as number] : undefined,
  );
}

/** Whether structured clone takes an object by its own fields. */
function hasFields(value: object): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** Workers of Chromium read no value of more than 1,000 objects within each other, and say nothing then. */
const DEEPEST = 500;

/**
 * Looks through a value as structured clone does: whether there is a handle in it. `depth`: how many levels there are around it.
 *
 * @throws a `RangeError` for more than 500 levels
 */
export function hasHandle(value: unknown, seen = new Set<unknown>(), depth = 0): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  if (depth > DEEPEST) throw new RangeError(`more than ${DEEPEST} levels`);
  let found = value instanceof SendPort || value instanceof TransferableTypedData || value instanceof Local;
  const look = (item: unknown) => {
    found = hasHandle(item, seen, depth + 1) || found;
  };
  seen.add(value);
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
    value.forEach((item: unknown, key: unknown) => {
      look(key);
      look(item);
    });
  } else if (hasFields(value)) Object.values(value).forEach(look);
  return found;
}

/** Copies arrays, maps, sets and objects, with what `replace` makes of the objects in them. */
function rebuild(value: unknown, seen: Map<object, unknown>, replace: (item: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replaced = replace(value) ?? seen.get(value);
  if (replaced !== undefined) return replaced;
  const inner = (item: unknown) => rebuild(item, seen, replace);
  const keep = <C>(copy: C): C => {
    seen.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) {
    const copy: unknown[] = keep(new Array(value.length));
    value.forEach((item, at) => {
      copy[at] = inner(item);
    });
    return copy;
  }
  if (value instanceof Map) {
    const copy = keep(new Map());
    value.forEach((item, key) => {
      copy.set(inner(key), inner(item));
    });
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    value.forEach((item) => {
      copy.add(inner(item));
    });
    return copy;
  }
  if (!hasFields(value)) return value;
  const copy = keep({});
  for (const [key, item] of Object.entries(value)) {
    // Not by assignment: the key `__proto__` would set the prototype.
    Object.defineProperty(copy, key, { value: inner(item), writable: true, enumerable: true, configurable: true });
  }
  return copy;
}
