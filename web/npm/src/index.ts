/**
 * The page's half: pools, runners and isolates in workers.
 *
 * @module
 */
export { LoadBalancer } from './page/balancer.js';
export { Capability } from './page/capability.js';
export type { ConfigTransfer, RunnerOptions, RunnersOptions } from './page/client.js';
export { compute } from './page/compute.js';
export {
  Cancelled,
  Closed,
  DeadlineExceeded,
  EncodeError,
  IsolateLost,
  JobError,
  QueueFull,
  RemoteError,
  SpawnError,
  TimedOut,
  UnsupportedError,
} from './page/errors.js';
export type { PoolEvent } from './page/events.js';
export { type End, type ErrorReport, ReceivePort, type Source } from './page/guest.js';
export { inspect, inspectInConsole, type InspectOptions } from './page/inspect.js';
export type {
  Finding,
  Inspection,
  IsolateInfo,
  IsolateState,
  JobInfo,
  PoolInfo,
  StreamInfo,
} from './page/inspection.js';
export { Isolate, type IsolateOptions, type Priority } from './page/isolate.js';
export type { JobOptions, StreamOptions } from './page/job.js';
export { WorkerPool } from './page/pool.js';
export type {
  BroadcastOptions,
  CloseReport,
  MapOptions,
  PoolJobOptions,
  PoolOptions,
  PoolStats,
  PoolStreamOptions,
  WhenFull,
} from './page/pool-options.js';
export { IsolateRunner } from './page/runner.js';
export type { ItemStream } from './page/stream.js';
export { SendPort, TransferableTypedData } from './page/ports.js';
export type { BasePort } from './ports.js';
export type {
  Args,
  Call,
  Functions,
  FunctionsOf,
  IsStream,
  Item,
  MapName,
  Result,
  Returned,
  RunName,
  Served,
  StreamName,
} from './types.js';
