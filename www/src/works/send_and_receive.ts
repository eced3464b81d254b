// worker.ts
export const api = serve({
  countKeys: (json: string) => Object.keys(JSON.parse(json)).length,
});

// page.ts
const counts: number[] = [];
for await (const count of pool.map('countKeys', documents)) counts.push(count);
