// worker.ts
export const api = serve({
  digest: (salt: string, piece: Uint8Array): Uint8Array => md5(salt, piece),
});

// page.ts
for await (const sum of pool.map('digest', pieces)) sums.push(sum); // in their order
