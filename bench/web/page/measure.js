// How a contestant of a row is measured.

/** A go of `count` operations: the time of one. `work(count)` may also give back a time that it took itself, in milliseconds. */
export const timed = (count, work) => async () => {
  const began = performance.now();
  const took = (await work(count)) ?? performance.now() - began;
  return { values: [(took * 1e6) / count], operations: count };
};

/**
 * A go of one operation: the longest time that the page could do nothing else, and the whole time. `prepare` comes before the clock,
 * and what `work` gives is dropped behind it.
 */
export const felt = (prepare, work) => async () => {
  const prepared = await prepare();
  // A message to itself comes as soon as the page is free.
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  let longest = 0;
  port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    port2.postMessage(0);
  };
  port2.postMessage(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  longest = 0;
  last = performance.now();
  const began = performance.now();
  const result = await work(prepared);
  const took = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, 20));
  port1.close();
  result?.free?.();
  return { values: [longest * 1e6, took * 1e6], operations: 1 };
};

/** Ends the page's patience with a mistake. */
export const expect = (came, sent) => {
  if (came !== sent) throw new Error(`${came} came for ${sent}`);
};
