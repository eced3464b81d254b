import { after } from './clock.js';
import { findings } from './findings.js';
import { type Guest, guestsNow } from './guest.js';
import type { Inspection, IsolateInfo } from './inspection.js';
import { jobsOf, poolsNow, streamsNow } from './known.js';

/** How long isolates may take to answer, and from where on something stands out. */
export interface InspectOptions {
  /** For how many milliseconds isolates are waited for. 500 unless given. */
  within?: number | undefined;
  /** For how many milliseconds an isolate may not answer, or a job for whose end others wait may run. 1,000 unless given. */
  busy?: number | undefined;
  /** How many messages may wait at an isolate. 1,000 unless given. */
  queue?: number | undefined;
  /** For how many milliseconds items of a stream may not be read. 1,000 unless given. */
  unread?: number | undefined;
}

/** Since when an isolate has not answered, and what resolves when it does. */
interface Asked {
  since: number;
  answered: Promise<unknown>;
}

const asked = new WeakMap<Guest, Asked>();

/**
 * What all isolates, pools and streams of this page do now.
 *
 * Each isolate is asked for a sign, which it gives between two events, paused or not. It resolves when all have answered, and
 * after `within` milliseconds at the latest. Of one that has not answered it says since when. That one is not asked again until it
 * has.
 *
 * ```ts
 * const now = await inspect();
 * console.table(now.isolates);
 * for (const { text } of now.findings) console.warn(text);
 * ```
 *
 * @throws a `RangeError` when an option is no time
 */
export async function inspect(options: InspectOptions = {}): Promise<Inspection> {
  const { within = 500, busy = 1000, queue = 1000, unread = 1000 } = options;
  let clear = () => {};
  const late = new Promise<void>((resolve) => {
    clear = after(within, 'within', resolve);
  });
  const answers = guestsNow().map(ask);
  await Promise.race([late, Promise.all(answers)]);
  clear();
  const [isolates, pools, streams] = [guestsNow().map(look), poolsNow(), streamsNow()];
  const known = { isolates, pools, streams };
  return { ...known, findings: findings(known, { busy, queue, unread }) };
}

/**
 * Makes `insula.inspect()` available in the browser's console. There it prints a table of the isolates, one of the pools and one
 * of the streams, and what stands out as warnings; its promise gives the same as values.
 */
export function inspectInConsole(): void {
  const global = globalThis as { insula?: { inspect?: typeof inspect } };
  (global.insula ??= {}).inspect = async (options) => {
    const now = await inspect(options);
    console.table(now.isolates.map(({ jobs, ...rest }) => ({ ...rest, jobs: jobs.map(({ label }) => label).join() })));
    if (now.pools.length > 0) console.table(now.pools.map(({ name, stats }) => ({ name, ...stats })));
    if (now.streams.length > 0) console.table(now.streams);
    for (const { text } of now.findings) console.warn(text);
    return now;
  };
}

/** Asks for a sign, unless one is due already. */
function ask(guest: Guest): Promise<unknown> {
  // Nothing but its start is read before it has started.
  if (guest.isStarting) return Promise.resolve();
  const known = asked.get(guest);
  if (known !== undefined) return known.answered;
  const sign = new Promise<void>((resolve) => {
    guest.ping(() => {
      asked.delete(guest);
      resolve();
    });
  });
  const answered = Promise.race([sign, guest.ended]);
  asked.set(guest, { since: performance.now(), answered });
  return answered;
}

function look(guest: Guest): IsolateInfo {
  const now = performance.now();
  const question = asked.get(guest);
  const { number, name, since, isStarting, pauses, waiting, answered, errors } = guest;
  return {
    id: number,
    name,
    age: now - since,
    state: isStarting ? 'starting' : question !== undefined ? 'busy' : pauses > 0 ? 'paused' : 'idle',
    ...(question && { silent: now - question.since }),
    jobs: jobsOf(name, guest.calls()),
    pauses,
    queue: waiting,
    answered,
    errors,
  };
}
