/** Keeps its thread busy for so many milliseconds. */
export const busy = (milliseconds) => {
  if (milliseconds > 0) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  }
  return milliseconds;
};
