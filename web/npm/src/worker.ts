/**
 * The worker's half: what a module imports that runs as an isolate.
 *
 * @module
 */
export { type IsolateScope, isolate, ReceivePort, SendPort, TransferableTypedData } from './worker/isolate.js';
export { type Job, type ServeOptions, serve, transfer } from './worker/serve.js';
export type { Answer, Call, Close, Failed, Order, Thrown } from './calls.js';
export type { Functions, Served } from './types.js';
