import { asyncDispose } from '../dispose.js';
import { Local } from './ports.js';
import type { Call, FunctionsOf, Item, Result, Returned, RunName, StreamName } from '../types.js';
import { checkConfigTransfer, type RunnersOptions } from './client.js';
import { checkSignal, checkWhole } from './check.js';
import { MOST_WORKERS, type Source } from './guest.js';
import { Closed } from './errors.js';
import { type JobOptions, Limits, type StreamOptions } from './job.js';
import { IsolateRunner } from './runner.js';
import type { ItemStream } from './stream.js';

interface Seat<A> {
  readonly number: number;
  runner: Promise<IsolateRunner<A>>;
  load: number;
}

/**
 * Runners, of which the least loaded one gets the next job, at once. A runner that was lost is replaced when it is next
 * chosen.
 *
 * A job waits behind those of its own runner. `WorkerPool` gives each job to whoever is free first.
 */
export class LoadBalancer<A> extends Local implements AsyncDisposable {
  readonly #source: Source;
  readonly #options: RunnersOptions;
  readonly #seats: Seat<A>[] = [];
  #isClosed = false;
  readonly #ending = new AbortController();

  private constructor(source: Source, options: RunnersOptions) {
    super();
    this.#source = source;
    this.#options = options;
  }

  /**
   * Starts `size` runners.
   *
   * @throws a `RangeError` when `size` is no whole number of at least 1, and a `TypeError` for an option that can't be; a
   * `SpawnError` when one of them can't be started
   */
  static async spawn<A>(size: number, source: Source, options: RunnersOptions = {}): Promise<LoadBalancer<A>> {
    checkWhole(size, 'the size of a balancer', 1, MOST_WORKERS);
    checkSignal(options.signal);
    checkConfigTransfer(options);
    const balancer = new LoadBalancer<A>(source, options);
    for (let number = 0; number < size; number += 1) {
      balancer.#seats.push({ number, load: 0, runner: balancer.#spawn(number, options.signal) });
    }
    const starts = await Promise.allSettled(balancer.#seats.map(({ runner }) => runner));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed === undefined) return balancer;
    await balancer[asyncDispose]();
    throw failed.reason;
  }

  /** How many runners there are. */
  get length(): number {
    return this.#seats.length;
  }

  /** Calls a function on the runner that has the least to do. Errors are those of `IsolateRunner.run`. */
  async run<K extends RunName<FunctionsOf<A>>>(
    name: K,
    ...[args, options = {}]: Call<FunctionsOf<A>[K], JobOptions>
  ): Promise<Result<FunctionsOf<A>[K]>> {
    const seat = this.#least(name);
    seat.load += 1;
    try {
      const since = performance.now();
      const runner = await this.#within(name, options, seat);
      return await runner.run(name, ...([args, { ...options, since }] as Call<FunctionsOf<A>[K], JobOptions>));
    } finally {
      seat.load -= 1;
    }
  }

  /** Reads what a generator yields, on the runner that has the least to do when the reading begins. */
  async *stream<K extends StreamName<FunctionsOf<A>>>(
    name: K,
    ...[args, options = {}]: Call<FunctionsOf<A>[K], StreamOptions>
  ): AsyncGenerator<Item<FunctionsOf<A>[K]>, Returned<FunctionsOf<A>[K]> | undefined, undefined> {
    const seat = this.#least(name);
    seat.load += 1;
    try {
      const since = performance.now();
      const runner = await this.#within(name, options, seat);
      const rest = [args, { ...options, since }] as Call<FunctionsOf<A>[K], StreamOptions>;
      const items: ItemStream<Item<FunctionsOf<A>[K]>> = runner.stream(name, ...rest);
      return (yield* items) as Returned<FunctionsOf<A>[K]> | undefined;
    } finally {
      seat.load -= 1;
    }
  }

  /** Takes no more jobs, waits for those that run, and ends all runners. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#each((runner) => runner.close());
  }

  /** Kills all runners at the end of an `await using` block. */
  async [asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#ending.abort();
    await this.#each((runner) => runner[asyncDispose]());
  }

  #least(name: string): Seat<A> {
    if (this.#isClosed) throw new Closed(`the balancer was closed before \`${name}\` was called`, false);
    return this.#seats.reduce((least, seat) => (seat.load < least.load ? seat : least));
  }

  /** The runner of a job. It may have to start first, for which the job does not wait longer than its limits let it. */
  async #within(name: string, options: JobOptions, seat: Seat<A>): Promise<IsolateRunner<A>> {
    let limits: Limits | undefined;
    const stopped = new Promise<never>((_, reject) => {
      limits = new Limits(options.label ?? name, options, reject);
    });
    try {
      return await Promise.race([stopped, this.#runnerOf(seat)]);
    } finally {
      limits?.done();
    }
  }

  async #runnerOf(seat: Seat<A>): Promise<IsolateRunner<A>> {
    const { runner } = seat;
    const isLost = await runner.then(
      ({ isLost }) => isLost,
      () => true,
    );
    // Another job may have replaced it already.
    if (isLost && seat.runner === runner && !this.#isClosed) seat.runner = this.#spawn(seat.number);
    return seat.runner;
  }

  /** The user's signal is for the first runners alone. */
  #spawn(number: number, signal = this.#ending.signal): Promise<IsolateRunner<A>> {
    const { debugName = 'runner' } = this.#options;
    const runner = IsolateRunner.spawn<A>(this.#source, {
      ...this.#options,
      debugName: `${debugName} ${number}`,
      signal,
    });
    // Whoever awaits the seat hears of it.
    runner.catch(() => {});
    return runner;
  }

  async #each(end: (runner: IsolateRunner<A>) => Promise<void>): Promise<void> {
    await Promise.all(this.#seats.map((seat) => seat.runner.then(end, () => {})));
  }
}
