// worker.ts
export const api = serve({
  count: (from: number, to: number): number => countPrimes(from, to),
});

// page.ts
const ranges = Array.from({ length: 64 }, (_, n) => [n * step, (n + 1) * step] as const);
const counts = await Promise.all(ranges.map((range) => pool.run('count', range)));
const primes = counts.reduce((sum, count) => sum + count, 0);
