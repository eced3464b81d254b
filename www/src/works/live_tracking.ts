// tracker.ts
export const api = serve({
  async *track(points: ReadableStream<Point[]>) {
    for await (const packet of points) yield length(packet);
  },
});

// page.ts
const legs = pool.stream('track', [points], { transfer: [points] });
for await (const leg of legs) draw((metres += leg));
