// worker.ts
export const api = serve({
  sort(numbers: Int32Array) {
    numbers.sort();
    return transfer(numbers, [numbers.buffer]);
  },
});

// page.ts
const sorted = await runner.run('sort', [numbers], { transfer: [numbers.buffer] });
