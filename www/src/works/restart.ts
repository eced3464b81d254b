// worker.ts
export const api = serve({
  work: (range: Range): number => countPrimes(range), // may take its worker with it
});

// page.ts
await using pool = await WorkerPool.spawn<typeof api>(worker, { retry: 1 });
const counts = await Promise.all(ranges.map((range) => pool.run('work', [range])));
// A lost worker is replaced; its job begins again, once.
