import { asyncDispose } from '../dispose.js';
import { Local } from './ports.js';
import type { Args, Call, FunctionsOf, Item, Result, Returned, RunName, StreamName } from '../types.js';
import type { Capability } from './capability.js';
import { Client, type RunnerOptions } from './client.js';
import { after } from './clock.js';
import type { End, Source } from './guest.js';
import { guests, type Isolate } from './isolate.js';
import { execute, type JobOptions, type StreamOptions } from './job.js';
import { ItemStream } from './stream.js';

/**
 * One isolate that runs functions when asked. Asynchronous functions of it run side by side, as in any event loop.
 *
 * A limit of a job ends the waiting, and the function sees its `signal` aborted; the isolate goes on. A pool replaces an
 * isolate that does not let go.
 */
export class IsolateRunner<A> extends Local implements AsyncDisposable {
  readonly #client: Client;
  #pause: Capability | undefined;

  /** @internal */
  constructor(client: Client) {
    super();
    this.#client = client;
  }

  /**
   * Starts an isolate whose module calls `serve`.
   *
   * @throws a `SpawnError` that names the isolate and says what went wrong
   */
  static async spawn<A>(source: Source, options: RunnerOptions = {}): Promise<IsolateRunner<A>> {
    return new IsolateRunner<A>(await Client.spawn(source, options));
  }

  get isolate(): Isolate {
    return this.#client.isolate;
  }

  /** How many jobs are not done. */
  get load(): number {
    return this.#client.load;
  }

  /** Whether the isolate has ended. */
  get isLost(): boolean {
    return this.#client.hasEnded;
  }

  /** Resolves when the isolate has ended. */
  get exited(): Promise<End> {
    return this.#client.isolate.exited;
  }

  /**
   * Calls a function.
   *
   * @throws what the function throws, as a `RemoteError`; `EncodeError`, `Cancelled`, `TimedOut`, `DeadlineExceeded`,
   * `IsolateLost`, `Closed`
   */
  async run<K extends RunName<FunctionsOf<A>>>(
    name: K,
    ...[args, options = {}]: Call<FunctionsOf<A>[K], JobOptions>
  ): Promise<Result<FunctionsOf<A>[K]>> {
    const hearing = options.onProgress && { progress: options.onProgress };
    const { result } = execute(this.#client, name, args ?? [], options, hearing ?? {});
    return (await result) as Result<FunctionsOf<A>[K]>;
  }

  /** Reads what a generator yields. Errors are those of `run`. */
  stream<K extends StreamName<FunctionsOf<A>>>(
    name: K,
    ...[args, options = {}]: Call<FunctionsOf<A>[K], StreamOptions>
  ): ItemStream<Item<FunctionsOf<A>[K]>, Returned<FunctionsOf<A>[K]>> {
    const { onProgress: progress } = options;
    return new ItemStream(options.label ?? name, options, (hearing, credits) =>
      execute(
        this.#client,
        name,
        (args ?? []) as Args<unknown>,
        options,
        { ...hearing, ...(progress && { progress }) },
        credits,
      ),
    );
  }

  /** Whether the isolate comes to its event loop within `timeout` milliseconds. */
  ping(timeout = 1000): Promise<boolean> {
    return new Promise((resolve) => {
      const clear = after(timeout, 'timeout', () => {
        forget();
        resolve(false);
      });
      const forget = guests.get(this.isolate)!.ping((isThere) => {
        clear();
        resolve(isThere);
      });
    });
  }

  /** Holds jobs back until `resume`. */
  pause(): void {
    this.#pause ??= this.isolate.pause();
  }

  resume(): void {
    if (this.#pause !== undefined) this.isolate.resume(this.#pause);
    this.#pause = undefined;
  }

  /** Stops the isolate at once. Its jobs fail with `IsolateLost`. */
  kill(): void {
    this.isolate.kill();
  }

  /**
   * Takes no more jobs, waits for those that run, and ends the isolate. It waits no longer than a second for those that were
   * cancelled, and than another for `teardown`.
   */
  close(): Promise<void> {
    this.resume();
    return this.#client.close();
  }

  /** Kills the isolate at the end of an `await using` block. */
  async [asyncDispose](): Promise<void> {
    this.kill();
    await this.exited;
  }
}
