import {
  Cancelled,
  Isolate,
  IsolateLost,
  IsolateRunner,
  LoadBalancer,
  type RunnersOptions,
  SpawnError,
  UnsupportedError,
  WorkerPool,
} from '@insula/web';
import { type Api, main, pool, runner } from './common.js';
import { check, equal, host, rejects, test } from './harness.js';

const worker = (name: string) => {
  switch (name) {
    case 'throws-at-start':
      return () => new Worker(new URL('./workers/throws-at-start.js', import.meta.url), { type: 'module' });
    case 'silent':
      return () => new Worker(new URL('./workers/silent.js', import.meta.url), { type: 'module' });
    case 'unserved':
      return () => new Worker(new URL('./workers/unserved.js', import.meta.url), { type: 'module' });
    case 'broken-init':
      return () => new Worker(new URL('./workers/broken-init.js', import.meta.url), { type: 'module' });
    case 'twice':
      return () => new Worker(new URL('./workers/twice.js', import.meta.url), { type: 'module' });
    case 'busy-at-start':
      return () => new Worker(new URL('./workers/busy-at-start.js', import.meta.url), { type: 'module' });
    case 'unreadable':
      return () => new Worker(new URL('./workers/unreadable.js', import.meta.url), { type: 'module' });
    case 'closes-at-start':
      return () => new Worker(new URL('./workers/closes-at-start.js', import.meta.url), { type: 'module' });
    default:
      return () => new Worker(new URL('./workers/missing-import.js', import.meta.url), { type: 'module' });
  }
};

const fails = (name: string, text: string, startTimeout = 10_000) =>
  rejects(WorkerPool.spawn(worker(name), { debugName: 'bad', startTimeout }), SpawnError, text);

test('a_worker_that_throws_at_its_start_is_a_spawn_error', async () => {
  const error = await fails('throws-at-start', 'at the start');
  check(error.message.includes('bad 0'), `the message names the isolate: ${error.message}`);
});

test('a_worker_that_says_nothing_is_a_spawn_error', async () => {
  await fails('silent', host.workersStay ? 'said nothing in 300 ms' : 'has ended', 300);
  await fails('busy-at-start', 'said nothing in 300 ms', 300);
});

test('a_worker_without_serve_is_a_spawn_error', async () => {
  await fails('unserved', 'has not called `serve`', 300);
});

test('an_init_that_fails_is_a_spawn_error', async () => {
  const error = await fails('broken-init', 'no state');
  equal((error.cause as Error).name, 'RangeError');
});

test('serving_twice_is_a_spawn_error', async () => {
  await fails('twice', 'called before');
});

test('a_script_that_is_not_there_is_a_spawn_error', async () => {
  await fails('missing-import', 'bad 0', 3000);
  await rejects(
    IsolateRunner.spawn(() => new Worker('./no-such-worker.js', { type: 'module' }), { startTimeout: 3000 }),
    SpawnError,
  );
});

test('a_worker_that_closes_itself_at_its_start_is_a_spawn_error', async () => {
  await fails('closes-at-start', "can't be started", 1000);
});

test('a_start_that_can_not_be_read_is_a_spawn_error_at_once', async () => {
  await fails('unreadable', 'can not be read');
});

test('a_function_that_makes_no_worker_is_a_spawn_error', async () => {
  await rejects(
    WorkerPool.spawn(() => ({}) as Worker),
    SpawnError,
    'returned no Worker',
  );
  await rejects(
    WorkerPool.spawn(() => {
      throw new Error('no worker today');
    }),
    SpawnError,
    'no worker today',
  );
  const same = main();
  await rejects(
    WorkerPool.spawn(() => same, { min: 2 }),
    SpawnError,
    'a new one at each call',
  );
});

test('a_start_can_be_cancelled', async () => {
  const abort = new AbortController();
  const start = IsolateRunner.spawn(worker('busy-at-start'), { signal: abort.signal });
  abort.abort();
  await rejects(start, Cancelled, 'before it had started');
  await rejects(IsolateRunner.spawn(main, { signal: abort.signal }), Cancelled);
  await rejects(WorkerPool.spawn(main, { signal: abort.signal }), Cancelled);
  await rejects(LoadBalancer.spawn(2, main, { signal: abort.signal }), Cancelled);
  const later = new AbortController();
  const slow = WorkerPool.spawn(worker('busy-at-start'), { signal: later.signal, min: 2, max: 2 });
  setTimeout(() => later.abort(), 50);
  await rejects(slow, Cancelled, 'pool was cancelled');
  await using p = await pool({ signal: new AbortController().signal });
  equal(await p.run('add', [1, 1]), 2);
});

test('options_that_can_not_be_are_refused', async () => {
  await rejects(pool({ max: 0 }), RangeError, 'max is 0');
  await rejects(pool({ min: 3, max: 2 }), RangeError, 'min is 3');
  await rejects(pool({ capacity: 0.5 }), RangeError, 'capacity is 0.5');
  await rejects(pool({ whenFull: 'explode' as 'wait' }), RangeError, 'explode');
  await rejects(pool({ startTimeout: -1 }), RangeError, 'startTimeout is -1');
  await rejects(pool({ grace: Number.NaN }), RangeError, 'grace is NaN');
  await using p = await pool({ max: 1 });
  await rejects(p.run('none', [], { timeout: -1 }), RangeError, 'timeout is -1');
  await rejects(p.run('none', [], { priority: Number.NaN }), RangeError, 'priority is NaN');
  await rejects(p.stream('ticks', [], { deadline: Number.NaN }).next(), RangeError, 'deadline is NaN');
  equal(await p.run('add', [1, 1]), 2);
});

/** Options that give each isolate a greeting and a buffer of its own, and the buffers that were made. */
function given(): { buffers: ArrayBuffer[]; options: RunnersOptions } {
  const buffers: ArrayBuffer[] = [];
  const config = () => {
    const buffer = new ArrayBuffer(8);
    buffers.push(buffer);
    return { greeting: `greeting ${buffers.length}`, buffer };
  };
  return { buffers, options: { config, configTransfer: ({ buffer }) => [buffer] } };
}

test('each_isolate_is_given_a_configuration_of_its_own', async () => {
  const { buffers, options } = given();
  await using p = await pool({ ...options, min: 2, max: 2 });
  await p.ready();
  const greetings = async () => {
    const ends = await p.broadcast('state');
    return ends.map((end) => end.status === 'fulfilled' && end.value.greeting).sort();
  };
  equal(await greetings(), ['greeting 1', 'greeting 2']);
  await rejects(p.run('end'), IsolateLost);
  await p.ready();
  equal(buffers.length, 3, 'number of configurations');
  p.recycle();
  await p.ready();
  equal(await greetings(), ['greeting 4', 'greeting 5']);
  equal(
    buffers.map(({ byteLength }) => byteLength),
    [0, 0, 0, 0, 0],
    'lengths of what was transferred',
  );
  const balanced = given();
  await using b = await LoadBalancer.spawn<Api>(2, main, balanced.options);
  equal((await b.run('state')).greeting, 'greeting 1');
  equal(balanced.buffers.length, 2, 'number of configurations');
});

test('what_only_one_isolate_can_have_is_refused_for_several', async () => {
  const buffer = new ArrayBuffer(8);
  const options = { config: { greeting: 'hello', buffer }, configTransfer: [buffer] };
  await rejects(pool(options as any), TypeError, 'configTransfer');
  await rejects(LoadBalancer.spawn(2, main, options as any), TypeError, 'configTransfer');
  equal(buffer.byteLength, 8, 'length of what was not transferred');
  await using r = await runner(options);
  equal((await r.run('state')).greeting, 'hello');
  equal(buffer.byteLength, 0, 'length of what was transferred');
});

test('a_configuration_that_can_not_be_made_is_a_spawn_error', async () => {
  const config = () => {
    throw new RangeError('no configuration');
  };
  const error = await rejects(pool({ config, debugName: 'bad' }), SpawnError, "bad 0 can't be started: no configuration");
  equal((error.cause as Error).name, 'RangeError');
  await rejects(runner({ configTransfer: () => config() }), SpawnError, 'no configuration');
});

test('spawning_a_function_says_what_to_use', async () => {
  await rejects(
    Isolate.spawn(() => {}),
    UnsupportedError,
    'WorkerPool.spawn',
  );
});
