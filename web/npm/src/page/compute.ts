/**
 * Runs a function on this event loop, after the browser has painted. It is for work that is short, or that awaits: longer
 * work freezes the page; `WorkerPool` takes it away from here.
 *
 * @throws what the function throws
 */
export async function compute<A extends unknown[], R>(f: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
  await nextFrame();
  return await f(...args);
}

/** A hidden page paints no frame, and a worker may have none; then a timer does. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const later = () => setTimeout(resolve);
    if (globalThis.document?.visibilityState !== 'visible') return void later();
    requestAnimationFrame(later);
    // The page may be hidden before its next frame.
    setTimeout(resolve, 100);
  });
}
