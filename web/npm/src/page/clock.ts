import { checkTime } from './check.js';

/** The longest time that a timer takes; with a longer one it would fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `f` after `limit` milliseconds; never, if that is longer than a timer can wait (24 days). Returns what takes it back.
 *
 * @throws a `RangeError` that names `what`, when `limit` is no time
 */
export function after(limit: number, what: string, f: () => void): () => void {
  checkTime(limit, what);
  if (limit > LONGEST) return () => {};
  const timer = setTimeout(f, limit);
  return () => clearTimeout(timer);
}
