import type { JobInfo, PoolInfo, StreamInfo } from './inspection.js';

/** The pools that are not closed. One that nothing else keeps is not kept for this. */
const pools = new Set<WeakRef<Inspectable<PoolInfo>>>();

/** The streams that have begun and not ended. */
const streams = new Set<Inspectable<StreamInfo>>();

interface Inspectable<T> {
  /** @internal What it does now. */
  info(): T;
}

/** Lists a pool; what is returned takes it off the list. */
export function listPool(pool: Inspectable<PoolInfo>): () => void {
  const known = new WeakRef(pool);
  pools.add(known);
  return () => pools.delete(known);
}

/** Lists a stream; what is returned takes it off the list. */
export function listStream(stream: Inspectable<StreamInfo>): () => void {
  streams.add(stream);
  return () => streams.delete(stream);
}

export function poolsNow(): PoolInfo[] {
  const infos: PoolInfo[] = [];
  for (const known of pools) {
    const pool = known.deref();
    if (pool === undefined) pools.delete(known);
    else infos.push(pool.info());
  }
  return infos;
}

export function streamsNow(): StreamInfo[] {
  return [...streams].map((stream) => stream.info());
}

/** Jobs of one isolate, which run since different moments. */
export function jobsOf(isolate: string, jobs: Iterable<{ label: string; began: number }>): JobInfo[] {
  const now = performance.now();
  return [...jobs].map(({ label, began }) => ({ label, isolate, running: now - began }));
}
