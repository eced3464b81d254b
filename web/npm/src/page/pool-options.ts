import type { RunnersOptions } from './client.js';
import type { JobOptions, StreamOptions } from './job.js';

/**
 * What becomes of a job that comes when the queue is full: it waits for a place; it fails with `QueueFull`; it takes the
 * place of the oldest or of the newest, which fails with `QueueFull`.
 */
export type WhenFull = 'wait' | 'reject' | 'dropOldest' | 'dropNewest';

/** How a pool works. */
export interface PoolOptions extends RunnersOptions {
  /** The fewest isolates. 0 unless given; one is started in any case, to see that it can be. */
  min?: number | undefined;
  /** The most isolates. The cores less one unless given, and at least 1. */
  max?: number | undefined;
  /** After how many milliseconds without a job an isolate above `min` is closed. 30,000 unless given. */
  idleTimeout?: number | undefined;
  /** How many jobs the queue holds. 64 for each isolate unless given. */
  capacity?: number | undefined;
  /** `'wait'` unless given. */
  whenFull?: WhenFull | undefined;
  /** After how many jobs an isolate is replaced by a new one. Never unless given. */
  maxJobs?: number | undefined;
  /** How often a job is tried again when its isolate was lost. 0 unless given. */
  retry?: number | undefined;
  /** How many milliseconds a cancelled job has to let its isolate go, before that is replaced. 1,000 unless given. */
  grace?: number | undefined;
}

/** What one job of a pool may be given. */
export interface PoolJobOptions extends JobOptions {
  /** The larger comes first; 0 unless given. A second of waiting counts as one. */
  priority?: number | undefined;
  /** Jobs with the same key run in the same isolate, one after the other. */
  key?: string | number | undefined;
  /** As the pool's. A stream is not tried again once it has yielded something, nor a job with a `transfer`: that is gone. */
  retry?: number | undefined;
}

/** What one stream of a pool may be given. */
export interface PoolStreamOptions extends PoolJobOptions, StreamOptions {}

/** What a `broadcast` may be given: the options of each of its jobs. */
export type BroadcastOptions = Omit<PoolJobOptions, 'key' | 'transfer'>;

/** What a `map` may be given. */
export interface MapOptions extends Omit<PoolJobOptions, 'transfer' | 'onProgress'> {
  /** Whether results come in the order of the items. True unless given. */
  ordered?: boolean | undefined;
  /** How many jobs are on their way at once. Twice `max` unless given. */
  inFlight?: number | undefined;
}

/** What a pool does at this moment, and what it has done. */
export interface PoolStats {
  readonly queued: number;
  readonly running: number;
  readonly idle: number;
  /** Isolates that are on their way up. */
  readonly starting: number;
  /** Isolates that were started. */
  readonly spawned: number;
  /** Isolates that died, or were replaced because a job did not let them go. */
  readonly lost: number;
  readonly recycled: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** What `closeWithin` came to. */
export interface CloseReport {
  readonly done: number;
  readonly cancelled: number;
  /** The calls that no isolate has seen. */
  readonly neverStarted: readonly { readonly name: string; readonly args: readonly unknown[] }[];
}
