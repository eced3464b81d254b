import { checkList, checkSignal } from './check.js';
import { after } from './clock.js';
import { Cancelled, SpawnError, UnsupportedError } from './errors.js';
import { BasePort, deliver, detach, rootScope, workers } from './ports.js';
import {
  isError,
  isMessage,
  lockName,
  type Message,
  type Posted,
  randomNumber,
  ROOT,
  type Start,
  TAG,
  text,
} from '../protocol.js';

/**
 * Where a worker comes from: a function that makes a new one each time it is called, or the URL of a module.
 *
 * The function is what bundlers understand, if the worker is written in one piece:
 *
 * ```ts
 * () => new Worker(new URL('./sorter.ts', import.meta.url), { type: 'module' })
 * ```
 *
 * A URL is relative to the page. The module there is loaded as it is: a bundler does not see it.
 */
export type Source = (() => Worker) | string | URL;

/** How an isolate is started. */
export interface Launch {
  /** What errors and `isolate.name` call it. */
  debugName: string;
  args: readonly string[];
  message: unknown;
  transfer: readonly Transferable[];
  /** Whether its first event waits for `resume`. */
  paused: boolean;
  /** After how many milliseconds without an answer its start has failed. */
  startTimeout: number;
  /** The script of the worker for a URL: this package's `loader`, where a bundler has put it. */
  loader: string | URL | undefined;
  /** Cancels the start. */
  signal: AbortSignal | undefined;
}

/** What an uncaught error of an isolate says. */
export interface ErrorReport {
  readonly description: string;
  readonly stackTrace: string;
}

/** A worker's end. `cause` is missing where it has ended as it should. */
export interface End {
  readonly cause?: Error;
}

/** After a worker's lock is free: what it has posted before may still be on its way. */
const LAST_MESSAGES = 100;

/** No more workers run at once: a page in Firefox may hang when there are more than 512. */
export const MOST_WORKERS = 500;

const guests = new Map<number, Guest>();

/** The workers that have not ended, in the order of their starts. */
export function guestsNow(): Guest[] {
  return [...guests.values()];
}

let lastNumber = 0;

/** Where messages arrive on this side. See {@link BasePort}. */
export class ReceivePort<T = unknown> extends BasePort<T> {
  constructor() {
    super(rootScope);
  }
}

/** Workers that an isolate was made of: each can be one only once. */
const used = new WeakSet<Worker>();

/** One worker, seen from the side that owns it. */
export class Guest {
  readonly id = randomNumber() + 1;
  readonly name: string;
  /** Resolves when the worker has ended, whatever ended it. */
  readonly ended: Promise<End>;
  /** How many workers were started before it, and itself. */
  readonly number = (lastNumber += 1);
  /** When it was started. */
  readonly since = performance.now();
  /** By how many its isolate is paused. */
  pauses = 0;
  /** How many of its errors nothing has caught. */
  errors = 0;
  /** The calls that it has not answered. */
  calls: () => Iterable<{ label: string; began: number }> = () => [];
  /** How many calls it has answered. */
  answered = 0;
  /** The last error that nothing caught. */
  lastError: Error | undefined;
  /** Told of each uncaught error. The isolate ends by it if that returns true. */
  onError: (report: ErrorReport, error: Error) => boolean = () => true;
  readonly #worker: Worker;
  readonly #held: Posted[] = [];
  readonly #pings = new Map<number, (isThere: boolean) => void>();
  #lastPing = 0;
  #isHeld = false;
  #end: ((end: End) => void) | undefined;
  #startFailed: ((error: Error) => void) | undefined;
  #started: (() => void) | undefined;

  private constructor(worker: Worker, name: string) {
    this.#worker = worker;
    this.name = name;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    guests.set(this.id, this);
    workers.set(this.id, this);
    worker.addEventListener('message', ({ data }) => {
      if (isMessage(data)) this.#hear(data);
    });
    worker.addEventListener('messageerror', () => this.end(new Error('a message of it can not be read here')));
    worker.addEventListener('error', (event) => {
      // Deno ends the whole program by an error that nobody has taken.
      event.preventDefault?.();
      this.#fail(errorOf(event), event.error?.stack ?? '');
    });
    // Bun's sign of a worker that is gone.
    worker.addEventListener('close', () => setTimeout(() => this.end(), LAST_MESSAGES));
  }

  /**
   * Starts a worker, and waits until it has said that it is ready.
   *
   * @throws a {@link SpawnError} with the name of the isolate and the reason; {@link Cancelled}
   */
  static async start(source: Source, launch: Launch): Promise<Guest> {
    const { debugName, startTimeout, signal } = launch;
    const abort = () => guest.end(cancelled(launch));
    checkSignal(signal);
    checkList(launch.args, 'args');
    const url = urlOf(source, debugName);
    if (signal?.aborted) throw cancelled(launch);
    const parts = tellingOf(debugName, () => detach(rootScope, launch.message));
    const guest: Guest = new Guest(makeWorker(source, launch), debugName);
    const start: Start = {
      ...(url === undefined ? {} : { script: url }),
      base: baseUrl(),
      name: debugName,
      args: [...launch.args],
      value: parts.plain,
      handles: parts.handles,
      buffers: parts.buffers,
      paused: launch.paused && url !== undefined,
    };
    guest.#isHeld = launch.paused;
    if (start.paused) guest.#held.push([[TAG, guest.id, 'load'], []]);
    signal?.addEventListener('abort', abort);
    let clear = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        guest.#started = resolve;
        guest.#startFailed = reject;
        clear = after(startTimeout, 'startTimeout', () => reject(new Error(silence(startTimeout))));
        const moved = [...new Set<Transferable>([...parts.buffers, ...launch.transfer])];
        guest.#worker.postMessage([TAG, guest.id, 'start', start], moved);
        parts.consume();
      });
      return guest;
    } catch (error) {
      guest.end(error as Error);
      if (error instanceof Cancelled || error instanceof RangeError) throw error;
      throw new SpawnError(`${debugName} can't be started: ${(error as Error).message}`, { cause: error });
    } finally {
      clear();
      signal?.removeEventListener('abort', abort);
      guest.#started = guest.#startFailed = undefined;
    }
  }

  get isStarting(): boolean {
    return this.#started !== undefined;
  }

  /** How many messages wait until it is resumed. */
  get waiting(): number {
    return this.#held.length;
  }

  get hasEnded(): boolean {
    return this.#end === undefined;
  }

  /** Sends a message, or keeps it while the isolate is paused. */
  post(message: Message, transfer: Transferable[]): void {
    if (this.hasEnded) return;
    if (!this.#isHeld) return this.#worker.postMessage(message, transfer);
    const copy = structuredClone(message, { transfer });
    this.#held.push([copy, transfer.length > 0 ? (copy.slice(6) as Transferable[]) : []]);
  }

  /** Keeps messages from now on, or hands over what was kept. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) return;
    for (const [message, transfer] of this.#held.splice(0)) this.#worker.postMessage(message, transfer);
  }

  /** Calls `heard` when the worker has come to its event loop, or when it has ended. Returns what takes that back. */
  ping(heard: (isThere: boolean) => void): () => void {
    const number = (this.#lastPing += 1);
    if (this.hasEnded) heard(false);
    else {
      this.#pings.set(number, heard);
      this.#worker.postMessage([TAG, this.id, 'ping', number]);
    }
    return () => this.#pings.delete(number);
  }

  /** Stops the worker, whatever it does. */
  end(cause?: Error): void {
    if (this.#end === undefined) return;
    const end = this.#end;
    this.#end = undefined;
    guests.delete(this.id);
    workers.delete(this.id);
    this.#worker.terminate();
    this.#held.length = 0;
    for (const heard of this.#pings.values()) heard(false);
    this.#pings.clear();
    this.#startFailed?.(cause ?? new Error('its worker has ended'));
    end(cause === undefined ? {} : { cause });
  }

  #hear(message: Message): void {
    const [, to, kind, first, second] = message;
    if (to !== ROOT || kind === 'value' || kind === 'close') this.#route(message);
    else if (kind === 'ready') {
      this.#started?.();
      if (second === true) this.#watch();
    } else if (kind === 'failed') {
      const [description, ...stack] = String(first).split('\n');
      this.#fail(description as string, stack.join('\n'));
    } else if (kind === 'error') this.#fail(String(first), String(second));
    else if (kind === 'pong') {
      this.#pings.get(first as number)?.(true);
      this.#pings.delete(first as number);
    } else if (kind === 'lost') this.end(new Error(String(first)));
    else if (kind === 'ended') this.end();
  }

  /** Hands a message of a port on, with what is transferred in it. Only this side says what the others are told. */
  #route(message: Message): void {
    if (message[1] === ROOT) return deliver(rootScope, message);
    if (message[2] !== 'value' && message[2] !== 'close') return;
    try {
      rootScope.post(message, message.slice(6) as Transferable[]);
    } catch (error) {
      console.error(`insula: a message of ${this.name} is dropped: ${(error as Error).message}`);
    }
  }

  #fail(description: string, stackTrace: string): void {
    const error = new Error(description);
    if (stackTrace !== '') error.stack = stackTrace;
    this.lastError = error;
    this.errors += 1;
    if (this.#startFailed !== undefined) this.#startFailed(error);
    else if (!this.hasEnded && this.onError({ description, stackTrace }, error)) this.end(error);
  }

  /** Waits for the lock that the worker holds as long as it lives. */
  #watch(): void {
    globalThis.navigator?.locks
      ?.request(lockName(this.id), () => setTimeout(() => this.end(), LAST_MESSAGES))
      .catch(() => {});
  }
}

function cancelled({ debugName, signal }: Launch): Cancelled {
  return new Cancelled(`${debugName} was cancelled before it had started`, false, { cause: signal?.reason });
}

/** What an error event says. */
function errorOf({ message, filename, lineno }: ErrorEvent): string {
  if (!message) return 'its script, or one that it imports, can not be loaded (the browser tells no more)';
  return filename ? `${message} (${filename}:${lineno})` : message;
}

function silence(limit: number): string {
  return (
    `it said nothing in ${limit} ms. Its script may be missing (WebKit tells that nobody), may be busy from its first line on, ` +
    "or imports neither '@insula/web/worker' nor isolate.js"
  );
}

function makeWorker(source: Source, { debugName, loader }: Launch): Worker {
  if (typeof Worker === 'undefined') {
    throw new UnsupportedError(
      `${debugName} can't be started: this host has no \`Worker\`. \`compute\` runs here, on the caller's own loop`,
    );
  }
  if (workers.size >= MOST_WORKERS)
    throw new SpawnError(`${debugName} can't be started: ${MOST_WORKERS} isolates run already`);
  const worker = tellingOf(debugName, () =>
    typeof source === 'function' ? source() : loaderWorker(loader, debugName),
  );
  if (typeof worker?.postMessage !== 'function' || typeof worker.terminate !== 'function') {
    throw new SpawnError(`${debugName} can't be started: the function returned no Worker`);
  }
  if (used.has(worker)) {
    throw new SpawnError(
      `${debugName} can't be started: the function returned a Worker again; it has to make a new one at each call`,
    );
  }
  used.add(worker);
  return worker;
}

/** The URL of a source that is no function. */
function urlOf(source: Source, debugName: string): string | undefined {
  if (typeof source === 'function') return undefined;
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new TypeError(
      `the source of ${debugName} is ${String(source)}: it has to be a function that makes a new Worker at each call, or a URL`,
    );
  }
  return tellingOf(debugName, () => new URL(source, baseUrl()).href);
}

/** What `make` gives; a {@link SpawnError} with the isolate's name, if it throws. */
export function tellingOf<T>(debugName: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new SpawnError(`${debugName} can't be started: ${text(() => (isError(error) ? error.message : error))}`, {
      cause: error,
    });
  }
}

/** The literal is what bundlers look for. */
function loaderWorker(loader: string | URL | undefined, name: string): Worker {
  if (loader !== undefined) return new Worker(loader, { type: 'module', name });
  return new Worker(new URL('../loader.js', import.meta.url), { type: 'module', name });
}

/** What relative URLs are relative to. Deno and Bun have no page. */
function baseUrl(): string {
  return globalThis.document?.baseURI ?? globalThis.location?.href ?? import.meta.url;
}
