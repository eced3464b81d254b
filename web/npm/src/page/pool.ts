import { asyncDispose } from '../dispose.js';
import { Local } from './ports.js';
import type { Args, Call, FunctionsOf, Item, MapName, Result, Returned, RunName, StreamName } from '../types.js';
import { checkConfigTransfer, type Hearing } from './client.js';
import { checkCount, checkKey, checkList, checkSignal, checkTime, checkWhole } from './check.js';
import { after } from './clock.js';
import { Cancelled, Closed, IsolateLost, JobError, QueueFull } from './errors.js';
import { Events, type PoolEvent } from './events.js';
import { MOST_WORKERS, type Source } from './guest.js';
import type { PoolInfo } from './inspection.js';
import { type Execution, Limits } from './job.js';
import { listPool } from './known.js';
import type {
  BroadcastOptions,
  CloseReport,
  MapOptions,
  PoolJobOptions,
  PoolOptions,
  PoolStats,
  PoolStreamOptions,
} from './pool-options.js';
import { mapped } from './map.js';
import { Slot } from './slot.js';
import { ItemStream } from './stream.js';
import { Waiting } from './waiting.js';

/** One job, from `run` to its end. */
interface Job extends Hearing {
  readonly name: string;
  readonly label: string;
  readonly args: readonly unknown[];
  readonly options: PoolJobOptions;
  readonly credits: number | undefined;
  readonly priority: number;
  readonly since: number;
  readonly order: number;
  /** The only place where it may run. */
  readonly home: Slot | undefined;
  limits: Limits | undefined;
  retries: number;
  /** Where it runs; undefined while it waits. */
  slot: Slot | undefined;
  isSettled: boolean;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** After so many failed starts in a row the jobs that wait for this isolate fail. */
const MOST_FAILURES = 3;

/**
 * Isolates that share one queue. A job goes to whoever is free first, so none waits behind a long one while others idle. The
 * pool grows up to `max`, shrinks after `idleTimeout`, and replaces an isolate that dies or does not let go of a cancelled
 * job. Each isolate has one job at a time.
 *
 * Every job ends: with its value, or with an error that says whether it had begun.
 */
export class WorkerPool<A> extends Local implements AsyncDisposable {
  readonly #options: { [K in 'min' | 'max' | 'idleTimeout' | 'capacity' | 'maxJobs' | 'retry' | 'grace']: number };
  readonly #slots: Slot[];
  readonly #waiting: Waiting<Job>;
  readonly #running = new Set<Job>();
  readonly #count = { spawned: 0, lost: 0, recycled: 0, done: 0, failed: 0, cancelled: 0 };
  /** How many jobs were submitted. */
  #submitted = 0;
  #isClosed = false;
  #restListeners: (() => void)[] = [];
  readonly #events = new Events();
  readonly #name: string;
  readonly #unlist: () => void;

  private constructor(source: Source, options: PoolOptions) {
    super();
    const cores = globalThis.navigator?.hardwareConcurrency ?? 4;
    const {
      min = 0,
      max = Math.max(1, min, cores - 1),
      idleTimeout = 30_000,
      capacity = 64 * max,
      whenFull = 'wait',
      maxJobs = Infinity,
      retry = 0,
      grace = 1000,
    } = options;
    checkTime(idleTimeout, 'idleTimeout');
    checkTime(grace, 'grace');
    checkWhole(min, 'min', 0);
    checkWhole(max, 'max', 1, MOST_WORKERS);
    if (min > max) throw new RangeError(`min is ${min}, and max only ${max}`);
    checkCount(capacity, 'capacity', 1);
    checkCount(maxJobs, 'maxJobs', 1);
    checkCount(retry, 'retry', 0);
    checkSignal(options.signal);
    checkConfigTransfer(options);
    if (!['wait', 'reject', 'dropOldest', 'dropNewest'].includes(whenFull))
      throw new RangeError(`whenFull is '${whenFull}', which is no policy`);
    this.#options = { min, max, idleTimeout, capacity, maxJobs, retry, grace };
    this.#waiting = new Waiting(capacity, whenFull);
    const { debugName = 'pool' } = options;
    this.#name = debugName;
    this.#unlist = listPool(this);
    this.#slots = Array.from(
      { length: max },
      (_, number) =>
        new Slot(
          number,
          source,
          { ...options, debugName: `${debugName} ${number}` },
          {
            spawned: (slot) => {
              this.#count.spawned += 1;
              this.#events.tell({ type: 'started', isolate: slot.number });
              this.#schedule();
            },
            spawnFailed: (error, slot) => this.#spawnFailed(error, slot),
            lost: (slot) => {
              this.#count.lost += 1;
              this.#events.tell({ type: 'lost', isolate: slot.number });
              this.#schedule();
            },
            retired: (slot, isWornOut) =>
              this.#events.tell({ type: isWornOut ? 'recycled' : 'ended', isolate: slot.number }),
            free: () => this.#schedule(),
          },
        ),
    );
  }

  /**
   * Starts a pool with its first `min` isolates, and at least one.
   *
   * ```ts
   * const pool = await WorkerPool.spawn<typeof api>(
   *   () => new Worker(new URL('./sorter.ts', import.meta.url), { type: 'module' }),
   * );
   * ```
   *
   * @param source makes a new worker at each call. The literal above is what bundlers look for.
   * @throws a `SpawnError` when an isolate can't be started; `Cancelled`; a `RangeError` or a `TypeError` for an option that can't be
   */
  static async spawn<A>(source: Source, options: PoolOptions = {}): Promise<WorkerPool<A>> {
    const { signal, debugName = 'pool' } = options;
    const pool = new WorkerPool<A>(source, options);
    const first = pool.#slots.slice(0, Math.max(1, pool.#options.min));
    const abort = () => void pool.closeWithin(0);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    const starts = await Promise.allSettled(first.map((slot) => slot.start()));
    signal?.removeEventListener('abort', abort);
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed === undefined) return pool;
    await pool.closeWithin(0);
    if (signal?.aborted)
      throw new Cancelled(`${debugName} was cancelled before it had started`, false, { cause: signal.reason });
    throw failed.reason;
  }

  /**
   * Runs a function in the isolate that is free first. The arguments are cloned when it begins: what you change in them before
   * that, it sees.
   *
   * @throws what the function throws, as a `RemoteError`; `Cancelled`, `TimedOut`, `DeadlineExceeded`, `QueueFull`,
   * `IsolateLost`, `Closed`, which tell by `begun` whether the function was called; `EncodeError`, `SpawnError`
   */
  async run<K extends RunName<FunctionsOf<A>>>(
    name: K,
    ...[args, options = {}]: Call<FunctionsOf<A>[K], PoolJobOptions>
  ): Promise<Result<FunctionsOf<A>[K]>> {
    return (await this.#submit(name, args ?? [], options, {}).result) as Result<FunctionsOf<A>[K]>;
  }

  /**
   * Reads what a generator yields. It is submitted at the first `next`, and has its isolate until it ends or the loop is left.
   * Errors are those of `run`.
   */
  stream<K extends StreamName<FunctionsOf<A>>>(
    name: K,
    ...[args, options = {}]: Call<FunctionsOf<A>[K], PoolStreamOptions>
  ): ItemStream<Item<FunctionsOf<A>[K]>, Returned<FunctionsOf<A>[K]>> {
    return new ItemStream(options.label ?? name, options, (hearing, credits) =>
      this.#submit(name, args ?? [], options, hearing, credits),
    );
  }

  /**
   * Runs a function once for each item, which is its only argument. No more than `inFlight` jobs are on their way at once, so
   * the items may have no end. Leaving the loop, and the first error, cancel the rest.
   */
  async *map<K extends MapName<FunctionsOf<A>>>(
    name: K,
    items: Iterable<Args<FunctionsOf<A>[K]>[0]> | AsyncIterable<Args<FunctionsOf<A>[K]>[0]>,
    options: MapOptions = {},
  ): AsyncGenerator<Result<FunctionsOf<A>[K]>, void, undefined> {
    const { ordered = true, inFlight = 2 * this.#options.max, signal, ...rest } = options;
    checkCount(inFlight, 'inFlight', 1);
    checkSignal(signal);
    const abort = new AbortController();
    const signals = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
    const submit = (item: unknown) => this.#submit(name, [item], { ...rest, signal: signals }, {}).result;
    try {
      yield* mapped(items, submit, { label: rest.label ?? name, ordered, inFlight, signal: signals });
    } finally {
      abort.abort('the results are not read any more');
    }
  }

  /**
   * Runs a function once in each isolate that there is at this moment, beside the other jobs: to empty a cache, or to read a
   * setting anew. Of an isolate that is replaced before it has begun, its successor runs it. One that starts later does not.
   *
   * @returns what came of each, in no certain order
   * @throws a `RangeError` for an option that can't be
   */
  async broadcast<K extends RunName<FunctionsOf<A>>>(
    name: K,
    ...[args, options = {}]: Call<FunctionsOf<A>[K], BroadcastOptions>
  ): Promise<PromiseSettledResult<Result<FunctionsOf<A>[K]>>[]> {
    const homes = this.#slots.filter(({ state }) => state === 'idle' || state === 'busy');
    const results = homes.map((home) => this.#submit(name, args ?? [], options, {}, undefined, home).result);
    return Promise.allSettled(results as Promise<Result<FunctionsOf<A>[K]>>[]);
  }

  /**
   * Resolves when the first `min` isolates, and at least one, take jobs. Starts them where need be.
   *
   * @throws why they can't be started, after three attempts; `Closed`
   */
  async ready(): Promise<void> {
    const first = this.#slots.slice(0, Math.max(1, this.#options.min));
    const events = this.#events.read();
    for (;;) {
      if (this.#isClosed) break;
      if (first.every(({ state }) => state === 'idle' || state === 'busy')) return void events.return();
      for (const slot of first) if (slot.state === 'empty') slot.startLater();
      const { value, done } = await events.next();
      if (done) break;
      if (value.type !== 'notStarted' || (first[value.isolate]?.failures ?? 0) < MOST_FAILURES) continue;
      events.return();
      throw value.error;
    }
    events.return();
    throw new Closed('the pool was closed before it was ready', false);
  }

  /**
   * What happens to its isolates from now on. It ends with the pool. A reader who is late finds the last 100 events, and before
   * them `missed` with the number of those that are gone.
   *
   * ```ts
   * for await (const event of pool.events()) if (event.type === 'lost') console.warn(`isolate ${event.isolate} has ended`);
   * ```
   */
  events(): AsyncGenerator<PoolEvent, void, undefined> {
    return this.#events.read();
  }

  /** What it does at this moment, and what it has done. */
  stats(): PoolStats {
    const of = (state: Slot['state']) => this.#slots.filter((slot) => slot.state === state).length;
    return {
      queued: this.#waiting.length,
      running: this.#running.size,
      idle: of('idle'),
      starting: of('starting'),
      ...this.#count,
    };
  }

  /** @internal What `inspect` is told. */
  info(): PoolInfo {
    const jobs = this.#slots.flatMap((slot) => slot.jobs());
    return { name: this.#name, stats: this.stats(), jobs };
  }

  /** Resolves when no job waits and none runs. */
  async idle(): Promise<void> {
    while (!this.#isResting) await new Promise<void>((resolve) => this.#restListeners.push(resolve));
  }

  /** Replaces each isolate by a new one as soon as its job is done, for instance to give memory back. */
  recycle(): void {
    for (const slot of this.#slots) if (slot.recycle()) this.#count.recycled += 1;
  }

  /** Takes no more jobs, finishes those that it has, and ends the isolates, with their `teardown`, which may take a second. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#schedule();
    await this.idle();
    await this.#end();
  }

  /** As `close`; after `limit` milliseconds the jobs that are left are cancelled, and their isolates killed. */
  async closeWithin(limit: number): Promise<CloseReport> {
    checkTime(limit, 'limit');
    const { done, cancelled } = this.#count;
    this.#isClosed = true;
    this.#schedule();
    let clear = () => {};
    if (limit > 0)
      await Promise.race([this.idle(), new Promise<void>((resolve) => (clear = after(limit, 'limit', resolve)))]);
    clear();
    const left: Job[] = [];
    for (let job = this.#waiting.takeOldest(); job !== undefined; job = this.#waiting.takeOldest()) left.push(job);
    for (const job of left)
      this.#settle(job, undefined, new Cancelled(`\`${job.label}\` was cancelled: the pool has ended`, false));
    const busy = [...this.#running];
    for (const job of busy) {
      job.slot?.kill();
      this.#settle(job, undefined, new Cancelled(`\`${job.label}\` was cancelled: the pool has ended`, true));
    }
    await this.#end();
    return {
      done: this.#count.done - done,
      cancelled: this.#count.cancelled - cancelled,
      neverStarted: left.map(({ name, args }) => ({ name, args })),
    };
  }

  /** Cancels what is left at the end of an `await using` block, and ends all isolates. */
  async [asyncDispose](): Promise<void> {
    await this.closeWithin(0);
  }

  async #end(): Promise<void> {
    this.#unlist();
    await Promise.all(this.#slots.map((slot) => slot.close()));
    this.#events.end();
  }

  get #isResting(): boolean {
    return this.#waiting.length + this.#running.size === 0;
  }

  #submit(
    name: string,
    args: readonly unknown[],
    options: PoolJobOptions,
    hearing: Hearing,
    credits?: number,
    place?: Slot,
  ): Execution {
    const { label = name, priority = 0, key, retry = this.#options.retry, onProgress } = options;
    checkList(args, 'the arguments', name);
    checkCount(retry, 'retry', 0);
    if (key !== undefined) checkKey(key);
    if (!Number.isFinite(priority))
      throw new RangeError(`priority is ${String(priority)}: it has to be a finite number`);
    let job!: Job;
    const result = new Promise((resolve, reject) => {
      const progress = onProgress && { progress: onProgress };
      // What a job gave away is gone: it can't be called again.
      const retries = options.transfer?.length ? 0 : retry;
      const own = { name, label, args, options, credits, priority, retries, resolve, reject };
      const when = { since: performance.now(), order: (this.#submitted += 1) };
      const home = place ?? (key === undefined ? undefined : this.#slotOf(key));
      job = { ...own, ...when, home, ...hearing, ...progress, limits: undefined, slot: undefined, isSettled: false };
    });
    if (hearing.item !== undefined) {
      job.item = (item) => {
        // It would yield this one again.
        job.retries = 0;
        hearing.item?.(item);
      };
    }
    const stop = (error: JobError) => this.#stop(job, error);
    if (this.#isClosed)
      this.#settle(job, undefined, new Closed(`the pool was closed before \`${label}\` was called`, false));
    else {
      job.limits = new Limits(label, options, stop);
      // Its signal may have been aborted before.
      if (!job.isSettled) this.#admit(job, place);
    }
    return { result, stop, grant: (more) => job.slot?.grant(job, more) };
  }

  #admit(job: Job, place: Slot | undefined): void {
    // Each isolate gets its own of a broadcast, however many jobs wait for any.
    if (place !== undefined) this.#waiting.push(job);
    const full = place === undefined && this.#waiting.admit(job);
    if (!full) return this.#schedule();
    const error = `\`${full.label}\` has no place: the queue of ${this.#options.capacity} jobs is full`;
    this.#settle(full, undefined, new QueueFull(error, false));
  }

  /** Gives jobs to isolates that are free, and starts isolates where jobs wait. */
  #schedule(): void {
    for (;;) {
      this.#waiting.moveUp();
      const free = this.#slots.filter(({ state }) => state === 'idle');
      if (free.length === 0) break;
      const job = this.#waiting.take([undefined, ...free]);
      if (job === undefined) break;
      this.#start(job, job.home ?? (free[0] as Slot));
    }
    this.#grow();
    for (const slot of this.#slots) {
      if (slot.state === 'idle')
        slot.rest(this.#options.idleTimeout, () => this.#living > this.#options.min && !this.#isClosed);
    }
    if (this.#isResting) for (const listener of this.#restListeners.splice(0)) listener();
  }

  get #living(): number {
    return this.#slots.filter(({ state }) => state !== 'empty').length;
  }

  /** The isolate of a key, which is the same as long as the pool lives. */
  #slotOf(key: string | number): Slot {
    let hash = 0x811c9dc5;
    for (const letter of String(key)) hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x01000193);
    return this.#slots[(hash >>> 0) % this.#slots.length] as Slot;
  }

  #grow(): void {
    let wanted = this.#waiting.placed - this.#slots.filter(({ state }) => state === 'starting').length;
    for (const slot of this.#slots) {
      if (slot.state !== 'empty' || wanted <= 0) continue;
      if (!this.#waiting.has(undefined) && !this.#waiting.has(slot)) continue;
      slot.startLater();
      wanted -= 1;
    }
  }

  #start(job: Job, slot: Slot): void {
    job.slot = slot;
    this.#running.add(job);
    job.limits?.began();
    slot.run(job, this.#options.maxJobs).then(
      (value) => this.#settle(job, value),
      (error) => this.#runFailed(job, error),
    );
  }

  #runFailed(job: Job, error: Error): void {
    if (error instanceof IsolateLost && !job.isSettled && (job.retries > 0 || !error.begun)) {
      if (error.begun) job.retries -= 1;
      job.slot = undefined;
      this.#running.delete(job);
      this.#waiting.putBack(job);
      return this.#schedule();
    }
    this.#settle(job, undefined, error);
  }

  /** Ends a job by its limit, or because its reader has gone. */
  #stop(job: Job, error: JobError): void {
    if (job.isSettled) return;
    if (job.slot === undefined) this.#waiting.remove(job);
    else job.slot.cancel(job, error.message, this.#options.grace);
    this.#settle(job, undefined, error);
  }

  #settle(job: Job, value: unknown, error?: Error): void {
    this.#running.delete(job);
    if (!job.isSettled) {
      job.isSettled = true;
      job.limits?.done();
      if (error === undefined) this.#count.done += 1;
      else if (error instanceof Cancelled) this.#count.cancelled += 1;
      else this.#count.failed += 1;
      if (error === undefined) job.resolve(value);
      else job.reject(error);
    }
    this.#schedule();
  }

  /** An isolate that can't be started is tried again; if none can, jobs must not wait for ever. One that starts may. */
  #spawnFailed(error: Error, slot: Slot): void {
    this.#events.tell({ type: 'notStarted', isolate: slot.number, error });
    if (slot.failures >= MOST_FAILURES) {
      const lives = this.#slots.some(
        ({ state, failures }) => state === 'idle' || state === 'busy' || (state === 'starting' && failures < MOST_FAILURES),
      );
      const failed: Job[] = [];
      const take = () => (lives ? this.#waiting.take([slot]) : this.#waiting.takeOldest());
      for (let job = take(); job !== undefined; job = take()) failed.push(job);
      for (const job of failed) this.#settle(job, undefined, error);
    }
    this.#schedule();
  }
}
