import { IsolateRunner, type PoolOptions, type RunnerOptions, WorkerPool } from '@insula/web';
import type { api } from './workers/main.js';

export const main = () => new Worker(new URL('./workers/main.js', import.meta.url), { type: 'module' });

export const pool = (options?: PoolOptions) => WorkerPool.spawn<typeof api>(main, options);

export const runner = (options?: RunnerOptions) => IsolateRunner.spawn<typeof api>(main, options);

export type Api = typeof api;
