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
  min?: number;
  /** The most isolates. The cores less one unless given, and at least 1. */
  max?: number;
  /** After how many milliseconds without a job an isolate above `min` is closed. 30,000 unless given. */
  idleTimeout?: number;
  /** How many jobs the queue holds. 64 for each isolate unless given. */
  capacity?: number;
  /** `'wait'` unless given. */
  whenFull?: WhenFull;
  /** After how many jobs an isolate is replaced by a new one. Never unless given. */
  maxJobs?: number;
  /** How often a job is tried again when its isolate was lost. 0 unless given. */
  retry?: number;
  /** How many milliseconds a cancelled job has to let its isolate go, before that is replaced. 1,000 unless given. */
  grace?: number;
}

/** What one job of a pool may be given. */
export interface PoolJobOptions extends JobOptions {
  /** The larger comes first; 0 unless given. A second of waiting counts as one. */
  priority?: number;
  /** Jobs with the same key run in the same isolate, one after the other. */
  key?: string | number;
  /** As the pool's. A stream is not tried again once it has yielded something. */
  retry?: number;
}

/** What one stream of a pool may be given. */
export interface PoolStreamOptions extends PoolJobOptions, StreamOptions {}

/** What a `broadcast` may be given: the options of each of its jobs. */
export type BroadcastOptions = Omit<PoolJobOptions, 'key' | 'transfer'>;

/** What a `map` may be given. */
export interface MapOptions extends Omit<PoolJobOptions, 'transfer' | 'onProgress'> {
  /** Whether results come in the order of the items. True unless given. */
  ordered?: boolean;
  /** How many jobs are on their way at once. Twice `max` unless given. */
  inFlight?: number;
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
