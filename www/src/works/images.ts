// worker.ts
export const api = serve({
  shrink: (file: Blob): Promise<Blob> => jpeg(file, { width: 1080, quality: 0.85 }),
});

// page.ts
for await (const small of pool.map('shrink', files, { ordered: false })) show(small);
