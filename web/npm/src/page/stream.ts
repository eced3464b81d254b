import { asyncDispose } from '../dispose.js';
import { Fifo } from '../fifo.js';
import type { Hearing } from './client.js';
import { Local } from './ports.js';
import { Cancelled } from './errors.js';
import type { StreamInfo } from './inspection.js';
import type { Execution, StreamOptions } from './job.js';
import { listStream } from './known.js';

const CREDITS = 32;

/**
 * The items of a generator in another isolate, as they come. The producer is never more than `credits` items ahead. Leaving
 * the loop, or the end of an `await using` block, cancels it.
 */
export class ItemStream<T, R = unknown>
  extends Local
  implements AsyncIterableIterator<T, R | undefined>, AsyncDisposable
{
  readonly #start: (hearing: Hearing, credits: number) => Execution;
  readonly #credits: number;
  readonly #label: string;
  #items = new Fifo<T>();
  readonly #waiting: { resolve(result: IteratorResult<T, R | undefined>): void; reject(error: unknown): void }[] = [];
  #execution: Execution | undefined;
  #consumed = 0;
  #taken = 0;
  /** When an item came for which nobody waited, or one was read, whichever was last. */
  #since = 0;
  #unlist = () => {};
  #end: { value: R | undefined } | { error: unknown } | undefined;

  /** @internal */
  constructor(label: string, options: StreamOptions, start: (hearing: Hearing, credits: number) => Execution) {
    super();
    const { credits = CREDITS } = options;
    if (typeof credits !== 'number' || !(credits >= 1))
      throw new RangeError(`credits is ${String(credits)}: a stream needs at least 1`);
    this.#credits = credits;
    this.#label = label;
    this.#start = start;
  }

  /** The next item. The first call starts the generator. After the last item comes what the generator returned, once. */
  next(): Promise<IteratorResult<T, R | undefined>> {
    if (this.#execution === undefined && this.#end === undefined) {
      try {
        this.#begin();
      } catch (error) {
        this.#finish({ error });
      }
    }
    if (this.#items.length > 0) {
      this.#since = performance.now();
      const value = this.#items.shift() as T;
      this.#grant();
      return Promise.resolve({ value, done: false });
    }
    const end = this.#end;
    if (end === undefined) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#end = { value: undefined };
    if ('error' in end) return Promise.reject(end.error);
    return Promise.resolve({ value: end.value, done: true });
  }

  /** Cancels the generator. */
  return(): Promise<IteratorResult<T, R | undefined>> {
    const execution = this.#execution;
    const isOver = this.#end !== undefined;
    this.#items = new Fifo();
    this.#finish({ value: undefined });
    this.#end = { value: undefined };
    if (!isOver) execution?.stop(new Cancelled(`the reader has left the stream \`${this.#label}\``, true));
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [asyncDispose](): Promise<void> {
    await this.return();
  }

  /** @internal What `inspect` is told. */
  info(): StreamInfo {
    const unread = this.#items.length;
    return {
      label: this.#label,
      items: this.#taken,
      unread,
      lasting: unread === 0 ? 0 : performance.now() - this.#since,
      isAwaited: this.#waiting.length > 0,
    };
  }

  #begin(): void {
    const item = (item: unknown) => {
      if (this.#end !== undefined) return;
      const waiting = this.#waiting.shift();
      if (waiting === undefined) {
        if (this.#items.length === 0) this.#since = performance.now();
        this.#items.push(item as T);
      } else {
        waiting.resolve({ value: item as T, done: false });
        this.#grant();
      }
    };
    this.#unlist = listStream(this);
    this.#execution = this.#start({ item }, this.#credits);
    this.#execution.result.then(
      (value) => this.#finish({ value: value as R }),
      (error) => this.#finish({ error }),
    );
  }

  #finish(end: { value: R | undefined } | { error: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#unlist();
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      const last = this.#end;
      this.#end = { value: undefined };
      if ('error' in last) reject(last.error);
      else resolve({ value: last.value, done: true });
    }
  }

  /** Gives credits back in halves, so that small items need few messages. */
  #grant(): void {
    this.#taken += 1;
    this.#consumed += 1;
    if (this.#consumed * 2 < this.#credits) return;
    this.#execution?.grant(this.#consumed);
    this.#consumed = 0;
  }
}
