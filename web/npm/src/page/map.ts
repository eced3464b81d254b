import { Fifo } from '../fifo.js';
import { Cancelled } from './errors.js';

/** How the items are run. */
interface How {
  readonly label: string;
  readonly ordered: boolean;
  readonly inFlight: number;
  /** Ends the whole. */
  readonly signal: AbortSignal;
}

interface Job {
  outcome?: { value: unknown } | { error: unknown };
}

/**
 * Submits a job for each item, and gives the results. Neither waits for the other: a result is given while the source has no
 * further item yet, and an error or the signal ends both.
 */
export async function* mapped<R>(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  submit: (item: unknown) => Promise<unknown>,
  { label, ordered, inFlight, signal }: How,
): AsyncGenerator<R, void, undefined> {
  const source = iteratorOf(items);
  /** Whose results are given, in this order: all that are on their way, or those that are done. */
  const line = new Fifo<Job>();
  let first: Job | undefined;
  let onTheirWay = 0;
  let hasMore = true;
  let isTaking = false;
  let failure: { error: unknown } | undefined;
  let wake = () => {};
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  const abort = () => fail(new Cancelled(`\`${label}\` was cancelled`, true, { cause: signal.reason }));
  const take = async () => {
    let next: IteratorResult<unknown>;
    try {
      next = await source.next();
    } catch (error) {
      hasMore = false;
      throw error;
    }
    hasMore = !next.done;
    if (!hasMore) return;
    const item = await next.value;
    // The reader may have left.
    if (failure !== undefined) return;
    const job: Job = {};
    onTheirWay += 1;
    if (ordered) line.push(job);
    const done = (outcome: NonNullable<Job['outcome']>) => {
      job.outcome = outcome;
      if (!ordered) line.push(job);
      wake();
    };
    submit(item).then(
      (value) => done({ value }),
      (error) => done({ error }),
    );
  };
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    for (;;) {
      if (failure !== undefined) throw failure.error;
      first ??= line.shift();
      const outcome = first?.outcome;
      if (outcome !== undefined) {
        first = undefined;
        onTheirWay -= 1;
        if ('error' in outcome) throw outcome.error;
        yield outcome.value as R;
        continue;
      }
      if (!hasMore && onTheirWay === 0) return;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (hasMore && !isTaking && onTheirWay < inFlight) {
        isTaking = true;
        take()
          .catch(fail)
          .finally(() => {
            isTaking = false;
            wake();
          });
      }
      await woken;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    failure ??= { error: undefined };
    // A source that waits for its own next item can't answer now.
    if (hasMore) void Promise.resolve(source.return?.()).catch(() => {});
  }
}

function iteratorOf(items: any): Iterator<unknown> | AsyncIterator<unknown> {
  const iterate = items?.[Symbol.asyncIterator] ?? items?.[Symbol.iterator];
  if (typeof iterate !== 'function') throw new TypeError('the items of `map` can not be iterated');
  return iterate.call(items);
}
