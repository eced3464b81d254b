import type { PoolStats } from './pool-options.js';

/** What an isolate does: it starts; it has come to its event loop; it has not; it waits to be resumed. */
export type IsolateState = 'starting' | 'idle' | 'busy' | 'paused';

/** A job that an isolate has begun and not finished. */
export interface JobInfo {
  /** Its label; the name of its function unless given. */
  readonly label: string;
  /** The name of its isolate. */
  readonly isolate: string;
  /** For how many milliseconds it has run. */
  readonly running: number;
}

/** What one isolate does. */
export interface IsolateInfo {
  /** Its number among the isolates of the page; from 1, in the order of their starts. */
  readonly id: number;
  readonly name: string;
  /** How many milliseconds ago it was started. */
  readonly age: number;
  readonly state: IsolateState;
  /** For how many milliseconds it has not answered. Missing when it has: it then is at its event loop, and not busy. */
  readonly silent?: number;
  /** The calls that it has not answered. One that awaits is among them, and does not keep its isolate busy. */
  readonly jobs: readonly JobInfo[];
  /** By how many it is paused. */
  readonly pauses: number;
  /** How many messages wait here until it is resumed. What a busy worker has got already is not known. */
  readonly queue: number;
  /** How many calls it has answered. */
  readonly answered: number;
  /** How many of its errors nothing has caught. */
  readonly errors: number;
}

/** What one pool does. */
export interface PoolInfo {
  readonly name: string;
  readonly stats: PoolStats;
  /** The jobs that run. */
  readonly jobs: readonly JobInfo[];
}

/** What one stream does that has begun and not ended. */
export interface StreamInfo {
  readonly label: string;
  /** How many items were read. */
  readonly items: number;
  /** How many items have come that were not read. */
  readonly unread: number;
  /** For how many milliseconds none of them was read. */
  readonly lasting: number;
  /** Whether a reader waits for an item. */
  readonly isAwaited: boolean;
}

/** What stands out, in words. */
export interface Finding {
  readonly type: 'stuckPool' | 'busy' | 'longQueue' | 'paused' | 'unread';
  /** The name of the isolate or pool, or the label of the stream. */
  readonly of: string;
  readonly text: string;
}

/** What isolates, pools and streams do at one moment. */
export interface Inspection {
  readonly isolates: readonly IsolateInfo[];
  readonly pools: readonly PoolInfo[];
  readonly streams: readonly StreamInfo[];
  /** What stands out: pools first, as their jobs explain what their isolates do. */
  readonly findings: readonly Finding[];
}
