import { type Boot, bootOf, fail } from './boot.js';
import type { Answer, Call, Close, Failed, Order, Thrown } from '../calls.js';
import { isolate, isWorker, ReceivePort, type SendPort } from './isolate.js';
import { hasHandle } from '../ports.js';
import { isError, text, texts, tried } from '../protocol.js';
import type { Functions, Served } from '../types.js';

/** What a function that is called from outside finds in `this`. */
export interface Job<S = undefined> {
  /** What `init` has returned: one for each worker. */
  readonly state: S;
  /** Aborted when the caller no longer wants the result: it has cancelled, or its time is up. */
  readonly signal: AbortSignal;
  /** Tells the caller how far the work is; `onProgress` of the call hears it. */
  progress(value: unknown): void;
}

/** What surrounds the functions. */
export interface ServeOptions<S> {
  /** Makes the worker's state, before its first job. `config` is what the spawner gives as `config`. */
  init?(config: any): S | Promise<S>;
  /**
   * Called with the state when the worker is closed. It may take a second; then the worker is killed. A worker that is killed
   * otherwise has no time for it.
   */
  teardown?(state: S): void | Promise<void>;
}

/** A call that runs, which its function finds in `this`. */
class Running implements Job<unknown> {
  /** Made when the function looks at its signal, or when it is cancelled: most calls need none. */
  #abort: AbortController | undefined;
  declare readonly state: unknown;
  declare readonly progress: (value: unknown) => void;
  /** Of a stream: gives it credits. */
  declare grant?: (credits: number) => void;

  constructor(state: unknown, progress: (value: unknown) => void) {
    this.state = state;
    this.progress = progress;
  }

  get #made(): AbortController {
    return (this.#abort ??= new AbortController());
  }

  get signal(): AbortSignal {
    return this.#made.signal;
  }

  cancel(reason: unknown): void {
    this.#made.abort(new DOMException(reason as string | undefined, 'AbortError'));
    this.grant?.(0);
  }
}

let serves = false;
const transfers = new WeakMap<object, readonly Transferable[]>();

/**
 * Makes functions of this worker callable from its page: plain ones, `async` ones, and generators of both kinds.
 *
 * Arguments and results are what structured clone takes, and ports. What a function throws arrives as a `RemoteError` with
 * its name, message, cause and stack. A function that is written as a method finds its {@link Job} in `this`. After a trap of
 * WebAssembly, as a panic in Rust is one, the worker ends; a pool replaces it.
 *
 * On a page and on a server this does nothing but return, so a module with functions may be imported there too.
 *
 * ```ts
 * export const api = serve({
 *   sort: (xs: number[]) => xs.sort((a, b) => a - b),
 *   async *lines(url: string) { … },
 * });
 * ```
 *
 * @returns nothing that can be used but its type: `WorkerPool.spawn<typeof api>(…)`
 * @throws an `Error` when it is called twice in one worker
 */
export function serve<F extends Functions, S = undefined>(
  functions: F & ThisType<Job<S>>,
  options: ServeOptions<S> = {},
): Served<F> {
  if (isWorker()) {
    if (serves) throw new Error('`serve` was called before in this worker');
    serves = true;
    isolate.started.then(() => open(functions, options));
  }
  return {} as unknown as Served<F>;
}

/**
 * Returns `value` with a list of what changes its owner when a served function returns it, instead of being cloned.
 *
 * ```ts
 * serve({ pixels: () => { const data = new Uint8Array(1e6); return transfer(data, [data.buffer]); } });
 * ```
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  transfers.set(value, list);
  return value;
}

async function open<S>(functions: Functions, { init, teardown }: ServeOptions<S>): Promise<void> {
  const { message } = isolate;
  const { ready, config }: Told = typeof message?.send === 'function' ? { ready: message } : (message ?? {});
  let state: S;
  try {
    state = (await init?.(config)) as S;
  } catch (error) {
    if (ready === undefined) throw error;
    return ready.send({ failed: thrown(error) });
  }
  const calls = new ReceivePort<Call | Order | Close>();
  const running = new Map<string, Running>();
  const keyOf = (id: number, reply: SendPort<never> | undefined) => `${reply ?? ''}/${id}`;
  calls.onmessage = (message) => {
    if ('call' in message) {
      const key = keyOf(message.id, message.reply);
      const reply = message.reply ?? ready;
      const send = (answer: Answer, list?: readonly Transferable[]) => reply?.send(answer, list);
      const job = new Running(state, (progress) => send({ id: message.id, progress }));
      running.set(key, job);
      run(functions, message, job, send).finally(() => running.delete(key));
    } else if ('cancel' in message) {
      running.get(keyOf(message.cancel, message.reply))?.cancel(message.reason);
    } else if ('grant' in message) running.get(keyOf(message.grant, message.reply))?.grant?.(message.credits);
    else if ('close' in message) {
      Promise.resolve(state)
        .then(teardown)
        .catch((error) => fail(bootOf() as Boot, error))
        .finally(() => isolate.exit());
    }
  };
  ready?.send(calls.sendPort);
}

/** Whom to tell of the start, and the configuration. */
interface Told {
  ready?: SendPort<SendPort<any> | Failed | Answer>;
  config?: unknown;
}

type Send = (answer: Answer, transfer?: readonly Transferable[]) => void;

async function run(functions: Functions, call: Call, job: Running, send: Send): Promise<void> {
  const { id, call: name, credits } = call;
  const give = (value: unknown, answer: Answer, what: string) => {
    try {
      send(answer, transfers.get(value as object));
    } catch (error) {
      throw new TypeError(`${what} can't be sent: ${texts(error)[0]}`);
    }
  };
  try {
    const f = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (typeof f !== 'function') {
      throw new TypeError(
        `no function \`${name}\` is served here; there are: ${Object.keys(functions).join(', ') || 'none'}`,
      );
    }
    let value: unknown = f.apply(job, call.args);
    const iterator = iteratorOf(value);
    if (credits === undefined) {
      if (iterator !== undefined) throw new TypeError(`\`${name}\` is a generator: call it by \`stream\``);
      value = await value;
    } else {
      if (iterator === undefined) throw new TypeError(`\`${name}\` is no generator: call it by \`run\``);
      const item = (item: unknown) => give(item, { id, item }, `an item of \`${name}\``);
      value = await stream(iterator, credits, job, item);
    }
    give(value, { id, value }, `what \`${name}\` returned`);
  } catch (error) {
    send({ id, error: thrown(error) });
    // After a trap, as a panic in Rust is one, the memory of a WebAssembly module can't be trusted.
    if (tried(() => error instanceof WebAssembly.RuntimeError)) {
      fail(bootOf() as Boot, error);
      isolate.exit();
    }
  }
}

/** Of generators, and of nothing else that can be iterated. */
function iteratorOf(value: any): Iterator<unknown> | AsyncIterator<unknown> | undefined {
  return typeof value?.next === 'function' && (value[Symbol.asyncIterator] || value[Symbol.iterator])
    ? value
    : undefined;
}

/** Sends items as far as the caller's credits go. A cancelled stream is left as by `return`. */
async function stream(
  iterator: Iterator<unknown> | AsyncIterator<unknown>,
  credits: number,
  job: Running,
  give: (item: unknown) => void,
): Promise<unknown> {
  let wake = () => {};
  const { signal } = job;
  job.grant = (more) => {
    credits += more;
    wake();
  };
  try {
    for (;;) {
      while (credits <= 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (signal.aborted) {
        await iterator.return?.();
        return undefined;
      }
      const { value, done } = await iterator.next();
      if (done) return value;
      credits -= 1;
      // A plain generator may yield promises.
      give(await value);
    }
  } catch (error) {
    // A generator that has thrown is over already; one whose item could not be sent is not.
    try {
      await iterator.return?.();
    } catch {}
    throw error;
  }
}

/** An error as a message. `depth`: how many causes are told. */
function thrown(error: any, depth = 8): Thrown {
  const isOne = isError(error);
  const cause = depth > 0 ? tried(() => error.cause) : undefined;
  const data = cloneOf(() => (isOne ? fieldsOf(error) : error));
  return {
    name: isOne ? text(() => error.name) : 'Error',
    message: text(() => (isOne ? error.message : String(error))),
    stack: isOne ? text(() => error.stack) : '',
    ...(cause !== undefined && { cause: thrown(cause, depth - 1) }),
    ...(data !== undefined && { data }),
  };
}

/** The enumerable fields of an error that can be cloned, if there are any; in an `AggregateError` its errors are one. */
function fieldsOf(error: any): object | undefined {
  const fields = [...Object.keys(error), 'errors'].flatMap((name) => {
    const field = cloneOf(() => error[name]);
    return field === undefined ? [] : [[name, field]];
  });
  return fields[0] && Object.fromEntries(fields);
}

/** A copy that can be sent within an error, if there can be one. */
function cloneOf(read: () => unknown): unknown {
  return tried(() => {
    const copy = structuredClone(read());
    hasHandle(copy, undefined, 50);
    return copy;
  });
}
