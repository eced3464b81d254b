// worker.ts
export const api = serve({
  async shrink(file: Blob, width: number): Promise<Blob> { /* decodes, scales, encodes */ },
});

// page.ts
const items = files.map((file) => [file, 1080] as const);
for await (const jpeg of pool.map('shrink', items, { ordered: false })) show(jpeg);
