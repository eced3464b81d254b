import { type Inspection, inspect, inspectInConsole, type IsolateInfo } from '@insula/web';
import { pool, runner } from './common.js';
import { check, equal, host, sleep, test } from './harness.js';

function isolateOf({ isolates }: Inspection, name: string): IsolateInfo {
  const found = isolates.find((isolate) => isolate.name === name);
  check(found, `there is no isolate ${name} in ${JSON.stringify(isolates)}`);
  return found;
}

const textsOf = ({ findings }: Inspection, of: string) =>
  findings.filter((finding) => finding.of === of).map(({ type, text }) => `${type}: ${text}`);

test('inspect_lists_an_isolate_until_its_end', async () => {
  const r = await runner({ debugName: 'listed' });
  await r.run('add', [1, 1]);
  const { state, silent, jobs, pauses, queue, answered, errors, id } = isolateOf(await inspect(), 'listed');
  equal({ state, silent, jobs, pauses, queue, answered, errors }, { state: 'idle', jobs: [], pauses: 0, queue: 0, answered: 1, errors: 0 });
  check(id > 0, `its number is ${id}`);
  await r.close();
  check((await inspect()).isolates.every(({ name }) => name !== 'listed'), 'it has ended, and is listed');
});

test('inspect_says_since_when_an_isolate_is_busy', async () => {
  await using r = await runner({ debugName: 'spinning' });
  const job = r.run('busy', [1200], { label: 'a long one' });
  const first = isolateOf(await inspect({ within: 50 }), 'spinning');
  equal(first.state, 'busy');
  check(first.silent !== undefined && first.silent >= 49, `it was silent for ${first.silent} ms`);
  await sleep(100);
  const second = await inspect({ within: 0, busy: 100 });
  const { silent, jobs } = isolateOf(second, 'spinning');
  check(silent !== undefined && silent >= first.silent + 99, `it was silent for ${silent} ms, after ${first.silent}`);
  equal(jobs.map(({ label, isolate }) => `${label} in ${isolate}`), ['a long one in spinning']);
  const [text = ''] = textsOf(second, 'spinning');
  check(/^busy: isolate \d+ `spinning` has been busy for at least [\d.]+ ms: the job `a long one`$/.test(text), text);
  equal(await job, 1200);
  const last = isolateOf(await inspect({ within: 5000 }), 'spinning');
  equal([last.state, last.silent, last.jobs.length, last.answered], ['idle', undefined, 0, 1]);
});

test('inspect_finds_what_waits_for_a_resume', async () => {
  await using r = await runner({ debugName: 'held' });
  r.pause();
  const job = r.run('add', [1, 2]);
  const held = await inspect();
  const { state, pauses, queue } = isolateOf(held, 'held');
  equal({ state, pauses, queue }, { state: 'paused', pauses: 1, queue: 1 });
  const [text = ''] = textsOf(held, 'held');
  check(/^paused: isolate \d+ `held` is paused, and 1 message waits; one resume is missing$/.test(text), text);
  equal(textsOf(await inspect({ queue: 0 }), 'held').map((text) => text.split(':')[0]), ['longQueue', 'paused']);
  r.resume();
  equal(await job, 3);
  equal(textsOf(await inspect(), 'held'), []);
});

test('inspect_counts_the_errors_that_nothing_catches', async () => {
  if (!host.workersOutliveErrors) return;
  await using r = await runner({ debugName: 'faulty' });
  await r.run('rejectsLate').catch(() => {});
  for (let wait = 0; wait < 100 && isolateOf(await inspect(), 'faulty').errors === 0; wait += 1) await sleep(10);
  equal(isolateOf(await inspect(), 'faulty').errors, 1);
});

test('inspect_names_the_jobs_of_a_stuck_pool', async () => {
  const p = await pool({ min: 2, max: 2, debugName: 'stuck' });
  const held = [p.run('slowly', [600, 'a'], { label: 'backup' }), p.run('slowly', [600, 'b'], { label: 'index' })];
  const waits = p.run('add', [1, 1]);
  await sleep(100);
  const now = await inspect({ busy: 50 });
  const [of] = now.pools.filter(({ name }) => name === 'stuck');
  equal([of?.stats.queued, of?.jobs.map(({ label }) => label)], [1, ['backup', 'index']]);
  const [text = ''] = textsOf(now, 'stuck');
  const job = (label: string) => `\`${label}\` has run for [\\d.]+ ms in \`stuck [01]\``;
  check(new RegExp(`^stuckPool: in the pool \`stuck\` 1 job waits, and ${job('backup')}, ${job('index')}$`).test(text), text);
  equal(isolateOf(now, 'stuck 0').state, 'idle', 'state of an isolate whose job awaits');
  equal(await Promise.all([...held, waits]), ['a', 'b', 2]);
  equal(textsOf(await inspect({ busy: 0 }), 'stuck'), []);
  await p.close();
  check((await inspect()).pools.every(({ name }) => name !== 'stuck'), 'it is closed, and is listed');
});

test('inspect_finds_a_stream_that_nobody_reads', async () => {
  await using r = await runner();
  const stream = r.stream('numbers', [100], { credits: 4, label: 'measurements' });
  const of = ({ streams }: Inspection) => streams.filter(({ label }) => label === 'measurements');
  equal(of(await inspect()), [], 'streams that have not begun');
  await stream.next();
  await sleep(200);
  const now = await inspect({ unread: 100 });
  const [{ items, unread, isAwaited } = {}] = of(now);
  equal({ items, unread, isAwaited }, { items: 1, unread: 3, isAwaited: false });
  const [text = ''] = textsOf(now, 'measurements');
  check(/^unread: the stream `measurements` holds 3 items, and nobody has read one for [\d.]+ ms$/.test(text), text);
  await stream.next();
  equal(textsOf(await inspect({ unread: 100 }), 'measurements'), []);
  await stream.return();
  equal(of(await inspect()), [], 'streams that have ended');
});

test('inspect_is_in_the_console_for_who_asks_for_it', async () => {
  const { table } = console;
  const rows: { name?: string }[] = [];
  await using r = await runner({ debugName: 'in the console' });
  const global = globalThis as { insula?: { inspect?: typeof inspect } };
  inspectInConsole();
  console.table = (printed: { name?: string }[]) => void rows.push(...printed);
  try {
    const now = await global.insula?.inspect?.({ within: 5000 });
    equal(now && isolateOf(now, 'in the console').state, 'idle');
  } finally {
    console.table = table;
    delete global.insula;
  }
  check(rows.some(({ name }) => name === r.isolate.debugName), `it is not in ${JSON.stringify(rows)}`);
});

test('inspect_refuses_what_is_no_time', async () => {
  const error = await inspect({ within: -1 }).catch((error: unknown) => error);
  check(error instanceof RangeError && error.message.startsWith('within is -1'), String(error));
});
