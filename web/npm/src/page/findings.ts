import type { Finding, Inspection, IsolateInfo, PoolInfo, StreamInfo } from './inspection.js';

/** From where on something stands out. */
interface Thresholds {
  busy: number;
  queue: number;
  unread: number;
}

/** What stands out, in words. */
export function findings(
  { isolates, pools, streams }: Omit<Inspection, 'findings'>,
  { busy, queue, unread }: Thresholds,
): Finding[] {
  return [
    ...pools.flatMap((pool) => stuck(pool, busy)),
    ...isolates.flatMap((isolate) => standsOut(isolate, busy, queue)),
    ...streams.flatMap((stream) => left(stream, unread)),
  ];
}

function stuck({ name, stats, jobs }: PoolInfo, busy: number): Finding[] {
  const isTaken = stats.idle + stats.starting === 0 && jobs.length > 0;
  if (stats.queued === 0 || !isTaken || jobs.some(({ running }) => running < busy)) return [];
  const each = jobs.map(({ label, isolate, running }) => `\`${label}\` has run for ${time(running)} in \`${isolate}\``);
  return [
    { type: 'stuckPool', of: name, text: `in the pool \`${name}\` ${wait(stats.queued, 'job')}, and ${each.join(', ')}` },
  ];
}

function standsOut({ id, name, silent = 0, jobs, queue, pauses }: IsolateInfo, busy: number, most: number): Finding[] {
  const findings: Finding[] = [];
  const isolate = `isolate ${id} \`${name}\``;
  const find = (type: Finding['type'], text: string) => findings.push({ type, of: name, text });
  if (silent >= busy) {
    const labels = jobs.map(({ label }) => `\`${label}\``).join(', ');
    const what = labels === '' ? 'it does not answer' : `the job ${labels}`;
    find('busy', `${isolate} has been busy for at least ${time(silent)}: ${what}`);
  }
  if (queue > most) find('longQueue', `${wait(queue, 'message')} at ${isolate}`);
  if (pauses > 0 && queue > 0) {
    const missing = pauses === 1 ? 'one resume is missing' : `${pauses} resumes are missing`;
    find('paused', `${isolate} is paused, and ${wait(queue, 'message')}; ${missing}`);
  }
  return findings;
}

function left({ label, unread, lasting }: StreamInfo, most: number): Finding[] {
  if (unread === 0 || lasting < most) return [];
  const items = `${unread} ${unread === 1 ? 'item' : 'items'}`;
  const text = `the stream \`${label}\` holds ${items}, and nobody has read one for ${time(lasting)}`;
  return [{ type: 'unread', of: label, text }];
}

function wait(count: number, what: string): string {
  return count === 1 ? `1 ${what} waits` : `${count} ${what}s wait`;
}

function time(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
