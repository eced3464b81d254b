import { Cancelled, IsolateLost, RemoteError, TimedOut } from '@insula/web';
import { pool, runner } from './common.js';
import { check, equal, rejects, sleep, test } from './harness.js';

test('a_generator_is_read_in_order', async () => {
  await using r = await runner();
  const items = [];
  for await (const n of r.stream('numbers', [1000], { credits: 8 })) items.push(n);
  equal(items.length, 1000);
  equal(items.at(-1), 999);
});

test('what_a_generator_returns_comes_last', async () => {
  await using r = await runner();
  const stream = r.stream('numbers', [1]);
  equal(await stream.next(), { value: 0, done: false });
  equal(await stream.next(), { value: 'done', done: true });
  equal((await stream.next()).done, true);
});

test('leaving_the_loop_ends_the_generator', async () => {
  await using r = await runner();
  for await (const n of r.stream('ticks')) if (n === 3) break;
  for (let wait = 0; r.load > 0 && wait < 100; wait += 1) await sleep(10);
  equal(await r.run('count'), 1001, 'count, which the generator sets when it is left');
});

test('a_producer_is_not_far_ahead', async () => {
  await using r = await runner();
  const stream = r.stream('counted', [], { credits: 4 });
  for (let read = 1; read <= 10; read += 1) {
    await stream.next();
    await sleep(5);
    // `count` adds one of its own, which the generator then overwrites.
    const made = (await r.run('count')) - 1;
    check(made >= read && made <= read + 4, `${made} items were made when ${read} were read`);
  }
  await stream.return();
});

test('an_error_in_a_generator_comes_after_its_items', async () => {
  await using r = await runner();
  const stream = r.stream('failing');
  equal((await stream.next()).value, 1);
  const error = await rejects(stream.next(), RemoteError, 'in the middle');
  equal(error.name, 'RangeError');
  equal((await stream.next()).done, true);
});

test('limits_and_deaths_end_a_stream', async () => {
  const r = await runner();
  const timed = (async () => {
    for await (const _ of r.stream('ticks', [], { timeout: 100 }));
  })();
  await rejects(timed, TimedOut);
  const abort = new AbortController();
  const cancelled = (async () => {
    for await (const n of r.stream('ticks', [], { signal: abort.signal })) if (n === 2) abort.abort();
  })();
  await rejects(cancelled, Cancelled);
  const lost = (async () => {
    for await (const n of r.stream('ticks')) if (n === 2) r.kill();
  })();
  await rejects(lost, IsolateLost);
});

test('a_pool_streams_and_frees_its_isolate', async () => {
  await using p = await pool({ max: 1 });
  for await (const n of p.stream('ticks')) if (n === 2) break;
  equal(await p.run('add', [1, 2]), 3);
  const items = [];
  for await (const n of p.stream('numbers', [100])) items.push(n);
  equal(items.length, 100);
  equal(p.stats().running, 0, 'number of running jobs');
});

test('a_stream_that_is_never_read_costs_nothing', async () => {
  await using p = await pool({ max: 1 });
  const stream = p.stream('ticks');
  equal(await p.run('add', [1, 2]), 3);
  await stream.return();
  equal((await stream.next()).done, true);
});
