import { isolate, serve } from '@insula/web/worker';

export const api = serve({
  sort: (xs) => xs.sort((a, b) => a - b),
  *numbers(below) {
    for (let n = 0; n < below; n += 1) yield n;
  },
  name: () => isolate.name,
  fail() {
    throw new RangeError('as asked');
  },
});
