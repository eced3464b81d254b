// What throws, returns and yields what few functions do.
import { isolate, ReceivePort, type SendPort, serve, transfer } from '@insula/web/worker';

class Clever extends Error {
  get detail(): string {
    throw new Error('the getter has thrown');
  }
}

class Quiet extends Error {
  override get message(): string {
    throw new Error('the message has thrown');
  }
}

/** As many levels as can be sent, and no more around them. */
const levels = () => {
  let value: object = {};
  for (let n = 1; n < 500; n += 1) value = { value };
  return value;
};

/** What is thrown, by name. */
const thrown: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  text: () => 'a text',
  number: () => 42,
  symbol: () => Symbol('a symbol'),
  bigint: () => 10n,
  function: () => () => {},
  'no prototype': () => Object.create(null),
  'a bad toString': () => ({
    toString() {
      throw new Error('toString has thrown');
    },
  }),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'a proxy of an error': () => new Proxy(new RangeError('behind a proxy'), {}),
  'a DOMException': () => new DOMException('of the web', 'AbortError'),
  'a frozen error': () => Object.freeze(new TypeError('frozen')),
  'a frozen object': () => Object.freeze({ code: 1 }),
  'a cyclic cause': () => {
    const error = new Error('cyclic');
    error.cause = error;
    return error;
  },
  'an AggregateError': () => new AggregateError([new RangeError('one'), new TypeError('two')], 'several'),
  'a getter that throws': () =>
    Object.defineProperty(new Error('clever'), 'detail', {
      enumerable: true,
      get() {
        throw new Error('the getter has thrown');
      },
    }),
  'a class with a getter that throws': () => new Clever('cleverer'),
  'a message that throws': () => new Quiet('not to be read'),
  'a symbol for a name': () => Object.assign(new Error('named by a symbol'), { name: Symbol('name') }),
  'an object for a message': () => Object.assign(new Error(), { message: { an: 'object' } }),
  'a function for a message': () => Object.assign(new Error(), { message: () => {} }),
  'a list for a stack': () => Object.assign(new Error('with a list'), { stack: [() => {}] }),
  'some fields that can be cloned': () =>
    Object.assign(new Error('of a library'), { code: 'E_NET', request: () => {} }),
  'a field that contains a cycle': () => {
    const error = Object.assign(new Error('cycle'), { self: undefined as unknown, code: 7 });
    error.self = error;
    return error;
  },
  'many levels': levels,
  'a field of many levels': () => Object.assign(new Error('deep'), { levels: levels() }),
  'a thenable': () => ({ then: () => {} }),
  'a promise': () => Promise.resolve(1),
  'an error without a stack': () => Object.assign(new Error('no stack'), { stack: undefined }),
};

const returned: Record<string, () => unknown> = {
  symbol: () => Symbol('s'),
  function: () => () => {},
  proxy: () => new Proxy({}, {}),
  'weak map': () => new WeakMap(),
  promise: () => [Promise.resolve(1)],
  'a thenable': () => ({ then: (resolve: (value: number) => void) => resolve(5) }),
  'a thenable that throws': () => ({
    then() {
      throw new RangeError('then has thrown');
    },
  }),
  'a thenable that rejects': () => ({
    then: (_: unknown, reject: (error: Error) => void) => reject(new RangeError('no')),
  }),
  'a getter that throws': () =>
    Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new RangeError('the getter');
      },
    }),
  cycle: () => {
    const list: unknown[] = [1];
    list.push(list);
    return list;
  },
  error: () => new RangeError('as a value'),
  date: () => new Date(7),
  regexp: () => /a+/g,
  bigint: () => 12n,
  map: () => new Map([[{ a: 1 }, new Set([1, 2])]]),
  'no prototype': () => Object.assign(Object.create(null), { a: 1 }),
  hole: () => [1, , 3],
  'minus zero': () => -0,
  port: () => new ReceivePort(),
  'a key __proto__': () => JSON.parse('{"__proto__": {"a": 1}}'),
  iterator: () => [1, 2][Symbol.iterator](),
  'many levels': () => {
    let value: object = {};
    for (let n = 1; n < 5000; n += 1) value = { value };
    return value;
  },
};

self.addEventListener('unhandledrejection', (event) => {
  if (event.reason?.message === 'the worker takes this itself') event.preventDefault();
});

let left = 0;
let reason = '';
let kept: Uint8Array<ArrayBuffer> | undefined;

export const api = serve({
  throwsA(what: string): never {
    throw thrown[what]!();
  },
  async rejectsWith(what: string): Promise<never> {
    throw thrown[what]!();
  },
  returnsA: (what: string): any => returned[what]!(),
  uncaught(what: string) {
    setTimeout(() => {
      throw thrown[what]!();
    });
  },
  unhandled(what: string) {
    void Promise.reject(thrown[what]!());
  },
  taken() {
    void Promise.reject(new Error('the worker takes this itself'));
  },
  type: (value: unknown) => (value === null ? 'null' : typeof value),
  echo: (value: any) => value,
  count: (...values: unknown[]) => values.length,
  twice() {
    const data = (kept ??= new Uint8Array(8));
    return transfer(data, [data.buffer]);
  },
  twiceInOneList() {
    const data = new Uint8Array(8);
    return transfer(data, [data.buffer, data.buffer]);
  },
  ['__proto__']: () => 'proto',
  constructor: () => 'constructor',
  toString: () => 'toString',
  then: () => 'then',
  hasOwnProperty: () => 'hasOwnProperty',
  left: () => left,
  async fetches(): Promise<void> {
    await new Promise<void>((_, reject) => {
      this.signal.addEventListener('abort', () => {
        reason = `${this.signal.reason?.name}: ${this.signal.reason?.message}`;
        reject(this.signal.reason);
      });
    });
  },
  reason: () => reason,
  lateProgress() {
    setTimeout(() => this.progress('late'), 1);
    return 'done';
  },
  badProgress() {
    this.progress(() => {});
  },
  frozen: Object.freeze(() => 'frozen'),
  async busyThenExit() {
    isolate.exit();
    return 'the answer is in front of it';
  },
  exitUnclonable(port: SendPort<unknown>) {
    isolate.exit(port, () => {});
  },
  exitWith(port: SendPort<unknown>) {
    isolate.exit(port, 'last');
  },
  overwrite() {
    self.onmessage = () => {};
    self.onerror = () => true;
    return 1;
  },
  foreign() {
    for (const message of [
      1,
      null,
      { type: 'webpackOk' },
      ['insula', 'x'],
      ['insula', 0, 3, 4],
      '["insula"]',
      ['insula', 0, 'value', {}, {}, {}],
    ]) {
      self.postMessage(message);
    }
    return 1;
  },
  *promises() {
    yield Promise.resolve(1);
    yield Promise.resolve(2);
  },
  *rejected() {
    yield 1;
    yield Promise.reject(new RangeError('an item'));
  },
  *unclonable() {
    yield 1;
    yield () => {};
  },
  ignoresReturn(): Iterator<number> & Iterable<number> {
    return {
      next: () => ({ value: 1, done: false }),
      return() {
        left += 1;
        return { value: 2, done: false };
      },
      [Symbol.iterator]() {
        return this;
      },
    };
  },
  async *hangsInReturn() {
    try {
      for (let n = 0; ; n += 1) yield n;
    } finally {
      left += 1;
      await new Promise(() => {});
    }
  },
  async *throwsInReturn() {
    try {
      for (let n = 0; ; n += 1) yield n;
    } finally {
      left += 1;
      // biome-ignore lint: that is what it is to do
      throw new Error('in return');
    }
  },
  async *hangs() {
    yield 1;
    await new Promise(() => {});
  },
  *none() {},
  *undefineds() {
    yield undefined;
    yield undefined;
    return null;
  },
  iterator: () => [1, 2, 3].values(),
  notAnIterator: () => ({ next: 5, [Symbol.iterator]: true }) as unknown as Iterator<number>,
  badIterator: () =>
    ({
      next: () => undefined,
      [Symbol.iterator]() {
        return this;
      },
    }) as unknown as Iterator<number>,
  stream: () => new ReadableStream(),
});
