/**
 * The messages between a page and its workers. They are those of insula's Rust side for scripts, so that either side may be
 * written in either language.
 *
 * Each is an array that begins with `"insula"`, the number of the isolate it is for (0 is the page) and its kind:
 *
 * | kind | from, to | what follows |
 * |---|---|---|
 * | `start` | page, worker | a {@link Start}. A worker that the Rust side makes gets `boot` with the same fields |
 * | `ready` | worker, page | the identity of a Rust build, empty here; whether the worker holds its lock |
 * | `failed` | worker, page | why it did not start, a stack trace behind the first line |
 * | `load` | page, worker | load the script now: it was born paused |
 * | `ping` → `pong` | page, worker | the number of a ping |
 * | `value` | any, any | a port, a value, its handles, its buffers |
 * | `close` | any, any | a port |
 * | `error` | worker, page | a description, a stack trace |
 * | `lost` | worker, page | why the worker can't go on |
 * | `ended` | worker, page | |
 */
export const TAG = 'insula';

/** The number of the page, or of whatever owns the workers. */
export const ROOT = 0;

export type Message = [tag: typeof TAG, to: number, kind: string, ...rest: unknown[]];

/** A message and what it transfers. */
export type Posted = [message: Message, transfer: Transferable[]];

/** What a worker is told first. */
export interface Start {
  /** The module that is the isolate. A worker whose own first script that is gets none. */
  script?: string;
  /** What relative URLs are relative to. */
  base: string;
  /** The debug name. */
  name: string;
  args: string[];
  value: unknown;
  handles: unknown[];
  buffers: ArrayBuffer[];
  /** Whether `script` is loaded only when `load` comes. */
  paused: boolean;
}

export function isMessage(data: unknown): data is Message {
  return Array.isArray(data) && data[0] === TAG && typeof data[1] === 'number' && typeof data[2] === 'string';
}

/** The name of the lock that a worker holds as long as it lives. */
export function lockName(isolate: number): string {
  return `${TAG} ${isolate}`;
}

/** What `read` gives; nothing, if it throws. What was thrown may have code of its own. */
export function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export function isError(value: unknown): value is Error {
  // A revoked proxy throws.
  return tried(() => value instanceof Error) === true;
}

/** What `read` gives, as a text. */
export function text(read: () => unknown): string {
  return tried(() => String(read() ?? '')) ?? 'a value without text';
}

/** An error in two texts. */
export function texts(error: unknown): [description: string, stack: string] {
  return isError(error)
    ? [`${text(() => error.name)}: ${text(() => error.message)}`, text(() => error.stack)]
    : [text(() => String(error)), ''];
}

/** A number of 52 random bits, which nobody guesses. */
export function randomNumber(): number {
  return Number((crypto.getRandomValues(new BigUint64Array(1))[0] as bigint) >> 12n);
}
