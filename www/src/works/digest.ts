// worker.ts
export const api = serve({
  digest: ([salt, bytes]: [string, Uint8Array]): Uint8Array => md5(salt, bytes),
});

// page.ts
for await (const sum of pool.map('digest', pieces)) sums.push(sum); // in their order
