import {
  Cancelled,
  Closed,
  DeadlineExceeded,
  EncodeError,
  IsolateLost,
  QueueFull,
  RemoteError,
  SpawnError,
  TimedOut,
  WorkerPool,
} from '@insula/web';
import { type Api, main, pool } from './common.js';
import { check, equal, rejects, sleep, test } from './harness.js';

test('short_jobs_do_not_wait_behind_a_long_one', async () => {
  await using p = await pool({ min: 2, max: 2 });
  const began = performance.now();
  const long = p.run('slowly', [1000, 'long']);
  await Promise.all(Array.from({ length: 20 }, () => p.run('slowly', [10, 'short'])));
  const took = performance.now() - began;
  check(took < 800, `the short ones took ${took} ms`);
  equal(await long, 'long');
});

test('jobs_that_hang_are_timed_out_and_the_pool_heals', async () => {
  await using p = await pool({ min: 2, max: 2, grace: 50 });
  const hung = [1, 2, 3, 4].map(() => rejects(p.run('hang', [], { timeout: 200 }), TimedOut));
  const healthy = Array.from({ length: 8 }, (_, n) => p.run('add', [n, 1]));
  await Promise.all(hung);
  equal(await Promise.all(healthy), [1, 2, 3, 4, 5, 6, 7, 8]);
  for (let wait = 0; p.stats().lost < 4 && wait < 100; wait += 1) await sleep(10);
  equal(p.stats().lost, 4, 'number of lost isolates');
});

test('a_function_that_sees_its_signal_keeps_its_isolate', async () => {
  await using p = await pool({ max: 1, grace: 2000 });
  await rejects(p.run('patient', [], { timeout: 50 }), TimedOut);
  equal(await p.run('add', [1, 1]), 2);
  equal(p.stats().lost, 0, 'number of lost isolates');
  equal(p.stats().spawned, 1, 'number of isolates');
});

test('a_waiting_job_is_cancelled_for_nothing', async () => {
  await using p = await pool({ max: 1 });
  const long = p.run('slowly', [200, 'long']);
  const abort = new AbortController();
  const waiting = p.run('count', [], { signal: abort.signal });
  const late = p.run('count', [], { deadline: 50 });
  abort.abort();
  equal((await rejects(waiting, Cancelled)).begun, false);
  equal((await rejects(late, DeadlineExceeded)).begun, false);
  equal(await long, 'long');
  equal(await p.run('count'), 1, 'count of calls');
  const { lost, cancelled } = p.stats();
  equal({ lost, cancelled }, { lost: 0, cancelled: 1 });
});

test('a_full_queue_does_what_it_is_told', async () => {
  const full = async (whenFull: 'wait' | 'reject' | 'dropOldest' | 'dropNewest') => {
    await using p = await pool({ max: 1, capacity: 2, whenFull });
    const first = p.run('slowly', [100, 'running']);
    const rest = ['a', 'b', 'c'].map((name) => p.run('slowly', [1, name]).catch((error) => error));
    await first;
    return (await Promise.all(rest)).map((value) => (value instanceof QueueFull && !value.begun ? 'full' : value));
  };
  equal(await full('wait'), ['a', 'b', 'c']);
  equal(await full('reject'), ['a', 'b', 'full']);
  equal(await full('dropOldest'), ['full', 'b', 'c']);
  equal(await full('dropNewest'), ['a', 'full', 'c']);
});

test('waiting_jobs_move_up_when_others_are_cancelled', async () => {
  await using p = await pool({ max: 1, capacity: 1 });
  const abort = new AbortController();
  const running = p.run('slowly', [100, 'running'], { signal: abort.signal });
  const queued = p.run('add', [1, 1], { signal: abort.signal });
  const outside = p.run('add', [2, 2]);
  abort.abort();
  await rejects(running, Cancelled);
  await rejects(queued, Cancelled);
  equal(await outside, 4);
});

test('the_larger_priority_goes_first', async () => {
  await using p = await pool({ max: 1 });
  const first = p.run('slowly', [100, '']);
  const order: string[] = [];
  const jobs = [
    ['low', -1],
    ['middle', 0],
    ['high', 1],
  ] as const;
  await Promise.all([
    first,
    ...jobs.map(([name, priority]) => p.run('slowly', [1, name], { priority }).then((value) => order.push(value))),
  ]);
  equal(order, ['high', 'middle', 'low']);
});

test('a_job_that_has_waited_for_a_second_goes_before_a_new_one_of_one_more', async () => {
  await using p = await pool({ max: 1 });
  const first = p.run('slowly', [1500, '']);
  const order: string[] = [];
  const old = p.run('slowly', [1, 'old']).then((value) => order.push(value));
  await sleep(1300);
  const fresh = p.run('slowly', [1, 'fresh'], { priority: 1 }).then((value) => order.push(value));
  await Promise.all([first, old, fresh]);
  equal(order, ['old', 'fresh']);
});

test('a_key_has_one_isolate', async () => {
  await using p = await pool({ min: 3, max: 3 });
  const names = (key: string) => Promise.all(Array.from({ length: 6 }, () => p.run('name', [], { key })));
  for (const key of ['a', 'b', 'c', 'd']) equal(new Set(await names(key)).size, 1, `number of isolates of ${key}`);
});

test('a_lost_isolate_fails_its_job_unless_it_is_to_be_retried', async () => {
  await using p = await pool({ max: 1 });
  equal((await rejects(p.run('end'), IsolateLost)).begun, true);
  equal(await p.run('add', [1, 1]), 2);
  // It ends each isolate it runs in: the first, and that of its one retry.
  await rejects(p.run('end', [], { retry: 1 }), IsolateLost);
  equal(p.stats().lost, 3, 'number of lost isolates');
});

test('an_isolate_is_recycled_after_its_jobs', async () => {
  await using p = await pool({ max: 1, maxJobs: 2 });
  const counts = [];
  for (let n = 0; n < 4; n += 1) counts.push(await p.run('count'));
  equal(counts, [1, 2, 1, 2]);
  p.recycle();
  equal(await p.run('count'), 1);
});

test('a_pool_grows_and_shrinks', async () => {
  await using p = await pool({ max: 3, idleTimeout: 100 });
  equal(p.stats().spawned, 1);
  await Promise.all([1, 2, 3].map(() => p.run('slowly', [300, ''])));
  equal(p.stats().spawned, 3);
  for (let wait = 0; p.stats().idle > 0 && wait < 100; wait += 1) await sleep(20);
  equal(p.stats().idle, 0, 'number of idle isolates');
  equal(await p.run('add', [1, 1]), 2);
});

test('map_runs_over_items_in_order_and_bounded', async () => {
  await using p = await pool({ min: 2, max: 2 });
  const squares = [];
  for await (const value of p.map('work', [5, 4, 3, 2, 1])) squares.push(value);
  equal(squares, [5, 4, 3, 2, 1]);
  let taken = 0;
  const endless = function* () {
    for (;;) yield (taken += 1);
  };
  for await (const value of p.map('work', endless(), { inFlight: 3 })) if (value === 10) break;
  check(taken <= 14, `${taken} items were taken`);
  const unordered = [];
  for await (const value of p.map('busy', [300, 1, 2], { ordered: false })) unordered.push(value);
  equal(unordered, [1, 2, 300]);
  const failing = (async () => {
    for await (const _ of p.map('throws' as 'none', [1] as any));
  })();
  await rejects(failing, RemoteError, 'out of it');
});

test('close_finishes_what_is_there', async () => {
  const p = await pool({ max: 1 });
  const jobs = [1, 2, 3].map((n) => p.run('add', [n, n]));
  const closed = p.close();
  equal((await rejects(p.run('none'), Closed)).begun, false);
  equal(await Promise.all(jobs), [2, 4, 6]);
  await closed;
  await p.close();
});

test('close_within_cancels_and_says_what_never_began', async () => {
  const p = await pool({ max: 1 });
  const hung = rejects(p.run('hang'), Cancelled);
  const waiting = rejects(p.run('add', [1, 2]), Cancelled);
  const report = await p.closeWithin(100);
  equal((await hung).begun, true);
  equal((await waiting).begun, false);
  equal(report, { done: 0, cancelled: 2, neverStarted: [{ name: 'add', args: [1, 2] }] });
});

test('a_pool_whose_job_was_cancelled_can_be_closed', async () => {
  const p = await pool({ max: 1, grace: 100 });
  await rejects(p.run('hang', [], { timeout: 50 }), TimedOut);
  await p.close();
});

test('the_end_of_a_block_cancels', async () => {
  let job: Promise<unknown>;
  {
    await using p = await pool({ max: 1 });
    job = rejects(p.run('never'), Cancelled);
    await sleep(20);
  }
  await job;
});

test('a_job_that_gave_something_away_is_not_tried_again', async () => {
  await using p = await pool({ max: 1, retry: 3 });
  const data = new Uint8Array(8);
  await rejects((p as any).run('end', [data], { transfer: [data.buffer] }), IsolateLost);
  equal(p.stats().lost, 1, 'number of lost isolates');
});

test('jobs_wait_for_an_isolate_that_starts_while_another_can_not', async () => {
  const later = () => new Worker(new URL('./workers/serves-later.js', import.meta.url), { type: 'module' });
  for (const slow of [2, 3]) {
    let starts = 0;
    const source = () => {
      starts += 1;
      if (starts === 1) return main();
      if (starts === slow) return later();
      throw new Error('no more workers');
    };
    await using p = await WorkerPool.spawn<any>(source, { max: 2 });
    await rejects(p.run('end'), IsolateLost);
    const jobs = [p.run('f'), p.run('f')];
    if (slow === 2) await p.ready();
    equal(await Promise.all(jobs), ['served later', 'served later']);
    check(starts >= 5, `the other one was tried ${starts - 2} times`);
  }
});

test('isolates_that_can_not_be_started_again_fail_the_jobs', async () => {
  let starts = 0;
  const once = () => {
    starts += 1;
    if (starts === 1) return main();
    throw new Error('no more workers');
  };
  await using p = await WorkerPool.spawn<Api>(once, { max: 1 });
  await rejects(p.run('end'), IsolateLost);
  await rejects(p.run('add', [1, 1]), SpawnError, 'no more workers');
  check(starts <= 5, `it was tried ${starts} times`);
});

test('a_thousand_jobs_all_end', async () => {
  await using p = await pool({ max: 2, capacity: 10 });
  const jobs = Array.from({ length: 1000 }, (_, n) => p.run('add', [n, n]));
  const values = await Promise.all(jobs);
  equal(
    values.reduce((sum, value) => sum + value, 0),
    999_000,
  );
  equal(p.stats().done, 1000);
  await p.idle();
});

test('many_jobs_of_different_priorities_end_in_their_order', async () => {
  await using p = await pool({ max: 1, capacity: Infinity });
  const count = 2000;
  const long = p.run('slowly', [50, '']);
  const ended: number[] = [];
  const end = (priority: number, error: unknown) => error instanceof EncodeError && ended.push(priority);
  // What can't be sent ends without a message. 7,919 has no factor in common with the count, so that each number comes once.
  const jobs = Array.from({ length: count }, (_, n) => (n * 7919) % count).map((priority) =>
    // Far from each other: a job that comes a second later is as if it were lower by one.
    p.run('add', [(() => {}) as any, 1], { priority: 1000 * priority }).catch((error) => end(priority, error)),
  );
  await long;
  await Promise.all(jobs);
  equal(ended.length, count, 'number of jobs that have ended as they should');
  check(
    ended.every((priority, at) => at === 0 || priority < (ended[at - 1] as number)),
    'the order is that of the priorities',
  );
});

test('a_broadcast_reaches_each_isolate_once', async () => {
  await using p = await pool({ min: 3, max: 3, capacity: 1, whenFull: 'reject' });
  const running = p.run('slowly', [50, 'running']);
  const names = (await p.broadcast('name')).map((end) => (end.status === 'fulfilled' ? end.value : end.reason));
  equal(names.sort(), ['pool 0', 'pool 1', 'pool 2']);
  equal(await running, 'running');
  const ends = await p.broadcast('end');
  equal(ends.map((end) => end.status === 'rejected' && end.reason instanceof IsolateLost), [true, true, true]);
  equal(await p.broadcast('name'), [], 'isolates that there are');
});

test('a_broadcast_waits_for_the_isolate_that_is_busy', async () => {
  await using p = await pool({ min: 2, max: 2 });
  const long = p.run('slowly', [100, 'long']);
  const counts = p.broadcast('count');
  equal(await p.run('add', [1, 1]), 2, 'value of a job that takes part');
  equal(p.stats().queued, 1, 'number of jobs that wait for the busy one');
  equal(
    (await counts).map((end) => end.status === 'fulfilled' && end.value),
    [1, 1],
  );
  equal(await long, 'long');
});

test('a_broadcast_ends_with_its_pool_and_its_signal', async () => {
  const p = await pool({ min: 2, max: 2 });
  const abort = new AbortController();
  const cancelled = p.broadcast('never', [], { signal: abort.signal });
  abort.abort();
  for (const end of await cancelled) check(end.status === 'rejected' && end.reason instanceof Cancelled, end.status);
  await p.close();
  equal(await p.broadcast('name'), []);
});

test('a_pool_can_be_ready', async () => {
  await using p = await pool({ min: 2, max: 2, idleTimeout: 20 });
  await p.ready();
  equal(p.stats().idle, 2, 'number of isolates');
  await Promise.allSettled([p.run('end'), p.run('end')]);
  await p.ready();
  equal(p.stats().idle, 2, 'number of isolates after two were lost');
  await p.close();
  await rejects(p.ready(), Closed);
});

test('a_pool_that_can_not_be_ready_says_why', async () => {
  let starts = 0;
  const once = () => {
    starts += 1;
    if (starts === 1) return main();
    throw new Error('no more workers');
  };
  await using p = await WorkerPool.spawn<Api>(once, { max: 1 });
  await rejects(p.run('end'), IsolateLost);
  await rejects(p.ready(), SpawnError, 'no more workers');
  equal(starts, 4, 'number of starts');
});

test('events_tell_of_each_isolate', async () => {
  const p = await pool({ max: 1, maxJobs: 2 });
  const events = p.events();
  await p.run('none');
  await p.run('none'); // it is worn out
  await rejects(p.run('end'), IsolateLost);
  await p.run('none');
  await p.close();
  const types: string[] = [];
  for await (const event of events) types.push(event.type);
  equal(types, ['recycled', 'started', 'lost', 'started', 'ended']);
  for await (const event of p.events()) check(false, `an event of a pool that is over: ${event.type}`);
});
