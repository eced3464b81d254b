// Options, sources and ends that are not as they should be.
import {
  Cancelled,
  Closed,
  compute,
  DeadlineExceeded,
  Isolate,
  IsolateLost,
  IsolateRunner,
  LoadBalancer,
  ReceivePort,
  RemoteError,
  SpawnError,
  TimedOut,
  WorkerPool,
} from '@insula/web';
import { type Api, main, pool, runner } from './common.js';
import { asyncDispose, check, equal, host, rejects, sleep, test, within } from './harness.js';
import type { api as tornDown } from './workers/teardown.js';

const loader = new URL('./loader.js', import.meta.url);

const start = (name: string, options = {}) => {
  const sources: Record<string, () => Worker> = {
    'rejects-at-start': () => new Worker(new URL('./workers/rejects-at-start.js', import.meta.url), { type: 'module' }),
    'throws-later': () => new Worker(new URL('./workers/throws-later.js', import.meta.url), { type: 'module' }),
    'serves-later': () => new Worker(new URL('./workers/serves-later.js', import.meta.url), { type: 'module' }),
    'serves-nothing': () => new Worker(new URL('./workers/serves-nothing.js', import.meta.url), { type: 'module' }),
    'answers-garbage': () => new Worker(new URL('./workers/answers-garbage.js', import.meta.url), { type: 'module' }),
    nested: () => new Worker(new URL('./workers/nested.js', import.meta.url), { type: 'module' }),
    hostile: () => new Worker(new URL('./workers/hostile.js', import.meta.url), { type: 'module' }),
    teardown: () => new Worker(new URL('./workers/teardown.js', import.meta.url), { type: 'module' }),
  };
  return IsolateRunner.spawn<any>(sources[name]!, { debugName: name, ...options });
};

test('a_module_that_fails_at_its_top_level_is_a_spawn_error_at_once', async () => {
  if (!host.tellsOfTopLevels) return;
  const began = performance.now();
  await rejects(start('rejects-at-start', { startTimeout: 10_000 }), SpawnError, 'at the top level');
  await rejects(start('throws-later', { startTimeout: 10_000 }), SpawnError, 'after a while');
  check(performance.now() - began < 5000, 'it waited for startTimeout');
});

test('a_module_may_serve_after_a_while', async () => {
  await using r = await start('serves-later');
  equal(await r.run('f'), 'served later');
});

test('a_module_that_serves_nothing_says_so', async () => {
  await using r = await start('serves-nothing');
  await rejects(r.run('f'), RemoteError, 'none');
});

test('a_module_that_speaks_otherwise_is_a_spawn_error', async () => {
  await rejects(start('answers-garbage', { startTimeout: 3000 }), SpawnError, 'answers-garbage');
});

test('isolates_within_isolates', async () => {
  await using r = await start('nested');
  equal(await r.run('sum', [20, 22]), 42);
  equal(await r.run('inPort'), 'from within');
  using port = new ReceivePort();
  await rejects(r.run('outerPort', [port.sendPort]), RemoteError, 'belongs to the isolate around');
  await rejects(r.run('ownPort'), RemoteError, 'belongs to the isolate around');
});

test('sources_that_are_none_are_named', async () => {
  const failed: string[] = [];
  const worker = main();
  for (const source of [undefined, null, 5, {}, worker, [], Promise.resolve(worker), true]) {
    await rejects(
      within(3000, IsolateRunner.spawn(source as any, { loader, startTimeout: 2000, debugName: 'odd' })),
      TypeError,
      'source',
    ).catch((error) => failed.push(`runner ${String(source)}: ${error}`));
    await rejects(
      within(3000, Isolate.spawnUri(source as any, [], null, { loader, startTimeout: 2000 })),
      TypeError,
      'source',
    ).catch((error) => failed.push(`isolate ${String(source)}: ${error}`));
  }
  worker.terminate();
  for (const source of [async () => undefined, () => undefined, () => null, () => 5, () => main, class {}])
    await rejects(WorkerPool.spawn(source as any, { debugName: 'odd' }), SpawnError, 'odd 0').catch((error) =>
      failed.push(`pool ${String(source)}: ${error}`),
    );
  equal(failed, []);
});

test('urls_of_every_kind_start_or_are_spawn_errors', async () => {
  const failed: string[] = [];
  const bad = [
    'http://',
    'http://[',
    'nonsense:x',
    'data:text/javascript,throw new Error("in data")',
    'data:text/javascript,syntax error here',
    './no-such.js',
    'blob:null/0-0',
    'file:///no/such/file.js',
    'javascript:1',
    'about:blank',
    '',
  ];
  const { URL: U } = globalThis;
  const revoked = U.createObjectURL(new Blob(['1'], { type: 'text/javascript' }));
  U.revokeObjectURL(revoked);
  for (const url of [...bad, revoked])
    await rejects(
      within(4000, Isolate.spawnUri(url, [], null, { loader, startTimeout: 1000, debugName: 'bad' })),
      SpawnError,
      'bad',
    ).catch((error) => failed.push(`${url}: ${error}`));
  for (const url of ['data:text/javascript,1', 'data:text/javascript;base64,MQ==']) {
    await within(4000, Isolate.spawnUri(url, [], null, { loader, startTimeout: 3000 }))
      .then((isolate) => isolate[asyncDispose]())
      .catch((error) => failed.push(`${url}: ${error}`));
  }
  const alive = U.createObjectURL(new Blob(['self.x = 1'], { type: 'text/javascript' }));
  await within(4000, Isolate.spawnUri(alive, [], null, { loader, startTimeout: 3000 }))
    .then((isolate) => isolate[asyncDispose]())
    .catch((error) => failed.push(`blob: ${error}`));
  U.revokeObjectURL(alive);
  equal(failed, []);
});

test('args_that_are_no_list_are_refused', async () => {
  for (const args of ['--fast', 5, {}, new Set(['a'])])
    await rejects(
      Isolate.spawnUri(new URL('./workers/unknown.js', import.meta.url), args as any, null, { loader }),
      TypeError,
      'args',
    );
});

test('a_message_that_can_not_be_sent_starts_nothing', async () => {
  const url = new URL('./workers/unknown.js', import.meta.url);
  for (const message of [() => {}, Symbol('s'), { f: () => {} }, new ReceivePort()])
    await rejects(Isolate.spawnUri(url, [], message, { loader, debugName: 'unsent' }), SpawnError, 'unsent');
  await rejects(runner({ config: { f: () => {} } }), SpawnError);
  await rejects(runner({ config: {}, configTransfer: [{}] as any }), SpawnError);
});

test('options_of_pools_of_the_wrong_type_are_named', async () => {
  const failed: string[] = [];
  const odd: [option: string, values: unknown[]][] = [
    ['max', [0, -1, 1.5, Number.NaN, Infinity, '2', null, 1e9]],
    ['min', [-1, 0.5, Number.NaN, Infinity, '1', null]],
    ['capacity', [0, -1, 1.5, Number.NaN, '5', null]],
    ['maxJobs', [0, -1, 1.5, Number.NaN, '5', null]],
    ['retry', [-1, 0.5, Number.NaN, '1', null]],
    ['idleTimeout', [-1, Number.NaN, '5', null]],
    ['grace', [-1, Number.NaN, '5', null]],
    ['startTimeout', [-1, Number.NaN, '5', null]],
    ['whenFull', ['explode', 5, null]],
    ['signal', [{}, new AbortController(), 5]],
  ];
  for (const [option, values] of odd)
    for (const value of values) {
      const error = await within(5000, WorkerPool.spawn(main, { [option]: value } as any)).then(
        async (p) => (await p.closeWithin(0), new Error('it started')),
        (error) => error,
      );
      if (!(error instanceof RangeError || error instanceof TypeError) || !error.message.includes(option))
        failed.push(`${option} ${String(value)}: ${error}`);
    }
  for (const size of [0, -1, 1.5, Number.NaN, Infinity, '2', null, 1e9])
    await rejects(LoadBalancer.spawn(size as any, main), RangeError).catch((error) =>
      failed.push(`size ${size}: ${error}`),
    );
  await using p = await pool({ max: 1 });
  for (const priority of ['5', null, Infinity, Number.NaN, {}])
    await rejects(p.run('none', [], { priority } as any), RangeError, 'priority').catch((error) =>
      failed.push(`priority ${priority}: ${error}`),
    );
  for (const retry of [-1, '1', null, Number.NaN])
    await rejects(p.run('none', [], { retry } as any), RangeError, 'retry').catch((error) =>
      failed.push(`retry ${retry}: ${error}`),
    );
  for (const key of [null, true, 5n, {}, [], Symbol('k'), Object.create(null)])
    await rejects(p.run('none', [], { key } as any), TypeError, 'key').catch((error) =>
      failed.push(`key ${typeof key}: ${error}`),
    );
  for (const inFlight of [0, -1, 1.5, '3', null])
    await rejects(p.map('work', [1], { inFlight } as any).next(), RangeError, 'inFlight').catch((error) =>
      failed.push(`inFlight ${inFlight}: ${error}`),
    );
  await rejects(p.map('work', 5 as any).next(), TypeError).catch((error) => failed.push(`items 5: ${error}`));
  await rejects(
    Promise.resolve().then(() => p.broadcast('none', [], { priority: Number.NaN })),
    RangeError,
    'priority',
  ).catch((error) => failed.push(`broadcast: ${error}`));
  equal(failed, []);
  equal(await p.run('add', [1, 1]), 2);
  equal(p.stats().queued, 0);
});

test('close_within_takes_any_time_and_no_other', async () => {
  for (const limit of [Infinity, 2 ** 31, 2 ** 40]) {
    const p = await pool({ max: 1 });
    const job = p.run('slowly', [100, 'done']);
    const report = await p.closeWithin(limit);
    equal(await job.catch((error) => error.name), 'done', `outcome within ${limit}`);
    equal(report.done, 1);
  }
  const p = await pool({ max: 1 });
  for (const limit of [Number.NaN, -1, '5', null]) await rejects(p.closeWithin(limit as any), RangeError, 'limit');
  equal(await p.run('add', [1, 1]), 2, 'a pool that was not closed');
  await p.close();
});

test('ends_may_come_twice_and_together', async () => {
  const p = await pool({ min: 2, max: 2 });
  const jobs = [1, 2, 3].map((n) => p.run('add', [n, n]));
  await Promise.all(
    [p.close(), p.close(), p.closeWithin(1000), p[asyncDispose]()].map((end) => within(3000, end as Promise<unknown>)),
  );
  await Promise.allSettled(jobs);
  await p.closeWithin(0);
  await rejects(p.run('none'), Closed);
  const r = await runner();
  await Promise.all([r.close(), r.close(), r[asyncDispose]()]);
  await r.close();
  r.kill();
  equal(await r.ping(), false);
  const b = await LoadBalancer.spawn<Api>(2, main);
  await Promise.all([b.close(), b.close()]);
  await b[asyncDispose]();
  await rejects(b.run('none'), Closed);
  await rejects(b.stream('numbers', [1]).next(), Closed);
});

test('a_runner_that_is_closed_twice_is_torn_down_once', async () => {
  using port = new ReceivePort<string>();
  const r = await IsolateRunner.spawn<typeof tornDown>(
    () => new Worker(new URL('./workers/teardown.js', import.meta.url), { type: 'module' }),
    { config: port.sendPort },
  );
  await Promise.all([r.close(), r.close(), r.close()]);
  await sleep(20);
  equal((await port.next()).value, 'torn down');
  equal(await Promise.race([port.next(), sleep(50)]), undefined, 'a second teardown');
});

test('a_runner_waits_a_second_for_what_was_cancelled', async () => {
  const r = await runner();
  const left = r.stream('ticks');
  equal((await left.next()).value, 0);
  await left.return();
  await rejects(r.run('never', [], { timeout: 20 }), TimedOut);
  const job = r.run('slowly', [50, 'done']);
  const closed = within(5000, r.close());
  equal(await job, 'done', 'what somebody waits for');
  await closed;
});

test('an_end_during_the_start', async () => {
  const abort = new AbortController();
  const starting = WorkerPool.spawn<Api>(main, { min: 3, max: 3, signal: abort.signal });
  await sleep(1);
  abort.abort('enough');
  const end = await starting.then(
    async (p) => (await p.closeWithin(0), undefined),
    (error) => error,
  );
  check(end === undefined || end instanceof Cancelled, `${end}`);
  const p = await pool({ max: 4 });
  const jobs = Array.from({ length: 8 }, () => p.run('slowly', [50, '']));
  const settled = Promise.allSettled(jobs);
  await p.closeWithin(0);
  for (const job of await settled) check(job.status === 'rejected' && job.reason instanceof Cancelled, job.status);
  for (let n = 0; n < 10; n += 1) {
    const r = await runner();
    const job = r.run('never').catch((error) => error);
    r.kill();
    check((await job) instanceof IsolateLost, 'the job of a killed runner');
  }
});

test('a_balancer_ends_while_a_runner_of_it_starts', async () => {
  let starts = 0;
  const silent = () => new Worker(new URL('./workers/busy-at-start.js', import.meta.url), { type: 'module' });
  const b = await LoadBalancer.spawn<Api>(1, () => ((starts += 1) === 1 ? main() : silent()));
  await rejects(b.run('end'), IsolateLost);
  const job = rejects(b.run('add', [1, 1]), Cancelled);
  await sleep(20);
  // A job does not wait longer for it than its own limits let it.
  const limited = { deadline: 50, label: 'late' };
  const late = await rejects(within(2000, b.run('add', [1, 1], limited)), DeadlineExceeded, '`late`');
  equal(late.begun, false);
  await rejects(within(2000, b.stream('numbers', [1], limited).next()), DeadlineExceeded);
  await rejects(within(2000, b.run('none', [], { signal: AbortSignal.timeout(50) })), Cancelled, '`none`');
  await rejects(b.run('none', [], { deadline: Number.NaN }), RangeError, 'deadline is NaN');
  await within(2000, b[asyncDispose]());
  await job;
});

test('a_stream_that_has_yielded_is_not_tried_again', async () => {
  let worker: Worker | undefined;
  await using p = await WorkerPool.spawn<Api>(() => (worker = main()), { max: 1, retry: 1 });
  const items: number[] = [];
  const lost = (async () => {
    for await (const n of p.stream('ticks')) {
      items.push(n);
      // As if it ended by itself.
      if (n === 5) worker?.dispatchEvent(new MessageEvent('message', { data: ['insula', 0, 'ended'] }));
    }
  })();
  await rejects(within(3000, lost), IsolateLost);
  equal(items, [...items.keys()]);
});

test('killed_at_once_many_times', async () => {
  const ends = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const abort = new AbortController();
      const starting = IsolateRunner.spawn<Api>(main, { signal: abort.signal }).then(
        async (r) => (r.kill(), await r.exited, 'killed'),
        (error) => error.name,
      );
      if (n % 2 === 0) abort.abort();
      else setTimeout(() => abort.abort(), n);
      return within(10_000, starting);
    }),
  );
  for (const end of ends) check(end === 'killed' || end === 'Cancelled', `${end}`);
});

test('a_map_gives_results_before_its_source_has_more', async () => {
  await using p = await pool({ max: 2 });
  let more = (_: IteratorResult<number>) => {};
  let wasLeft = false;
  const slow: AsyncIterable<number> = {
    [Symbol.asyncIterator]() {
      let n = 0;
      return {
        next: () =>
          n++ === 0
            ? Promise.resolve({ value: 7, done: false })
            : new Promise<IteratorResult<number>>((resolve) => (more = resolve)),
        return: async () => ((wasLeft = true), { value: undefined, done: true }),
      };
    },
  };
  const results = p.map('work', slow);
  equal((await within(2000, results.next())).value, 7);
  more({ value: undefined as any, done: true });
  equal((await within(2000, results.next())).done, true);
  for await (const value of p.map('work', slow)) {
    equal(value, 7);
    break;
  }
  check(wasLeft, 'the source was told that nobody reads any more');
});

test('a_map_ends_by_an_error_and_by_its_signal_while_its_source_waits', async () => {
  await using p = await pool({ max: 2 });
  const waits = async function* (): AsyncGenerator<number> {
    yield 1;
    await new Promise(() => {});
  };
  const failing = p.map('throws' as any, waits() as any);
  await rejects(within(2000, failing.next()), RemoteError, 'out of it');
  const abort = new AbortController();
  const results = p.map('work', waits(), { signal: abort.signal });
  equal((await within(2000, results.next())).value, 1);
  const waiting = within(2000, rejects(results.next(), Cancelled));
  abort.abort();
  await waiting;
  await rejects(p.map('work', [1], { signal: abort.signal }).next(), Cancelled);
  const broken = async function* (): AsyncGenerator<number> {
    yield 1;
    throw new RangeError('of the source');
  };
  const read = async () => {
    for await (const _ of p.map('work', broken()));
  };
  await rejects(read(), RangeError, 'of the source');
});

test('workers_that_end_leave_nothing', async () => {
  const Original = globalThis.Worker;
  const living = new Set<Worker>();
  class Counted extends Original {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      living.add(this);
    }
    override terminate() {
      living.delete(this);
      super.terminate();
    }
  }
  globalThis.Worker = Counted;
  try {
    const p = await pool({ min: 2, max: 3, maxJobs: 3, grace: 10 });
    await Promise.allSettled(Array.from({ length: 20 }, (_, n) => (n % 5 === 0 ? p.run('end') : p.run('add', [n, n]))));
    await Promise.allSettled([p.run('hang', [], { timeout: 20 }), p.run('none')]);
    p.recycle();
    await p.run('none');
    await p.close();
    const r = await runner();
    await r.run('end').catch(() => {});
    await r.exited;
    const b = await LoadBalancer.spawn<Api>(2, main);
    await b.run('none');
    await b.close();
    await start('serves-later', { startTimeout: 20 }).catch(() => {});
    await WorkerPool.spawn(main, { startTimeout: 0 }).catch(() => {});
    await sleep(50);
    equal(living.size, 0, 'number of workers that live on');
  } finally {
    globalThis.Worker = Original;
  }
});

test('a_host_without_workers_says_so', async () => {
  const Original = globalThis.Worker;
  (globalThis as any).Worker = undefined;
  try {
    for (const start of [
      () => pool(),
      () => runner(),
      () => LoadBalancer.spawn(1, main),
      () => Isolate.spawnUri('./x.js'),
    ])
      await rejects(start(), Error, 'no `Worker`');
    equal(await compute(() => 5), 5);
  } finally {
    globalThis.Worker = Original;
  }
});

test('a_hostile_module_reaches_no_port_that_it_was_not_given', async () => {
  const ports = Array.from({ length: 5 }, () => new ReceivePort<string>());
  const done = new ReceivePort<string>();
  await using isolate = await Isolate.spawnUri(
    () => new Worker(new URL('./workers/hostile.js', import.meta.url), { type: 'module' }),
    [],
    done.sendPort,
  );
  equal(await within(5000, done.next()), { value: 'done', done: false });
  for (const port of ports) {
    port.sendPort.send('own');
    equal((await port.next()).value, 'own');
    port.close();
  }
  void isolate;
});

test('an_error_that_ends_an_isolate_is_printed_where_nobody_hears_of_it', async () => {
  if (!host.workersOutliveErrors) return;
  const printed: unknown[][] = [];
  const { error } = console;
  console.error = (...args) => printed.push(args);
  try {
    const source = () => new Worker(new URL('./workers/main.js', import.meta.url), { type: 'module' });
    const crash = async (listens: boolean) => {
      using answers = new ReceivePort<any>();
      using errors = new ReceivePort<any>();
      using ended = new ReceivePort<any>();
      const isolate = await Isolate.spawnUri(source, [], answers.sendPort, {
        onExit: ended.sendPort,
        ...(listens && { onError: errors.sendPort }),
      });
      const calls = (await answers.next()).value;
      calls.send({ id: 1, call: 'late', args: [] });
      await within(3000, ended.next());
      return isolate;
    };
    await crash(true);
    equal(printed.length, 0, 'lines where somebody listens');
    await crash(false);
    equal(printed.length, 1, 'lines where nobody does');
  } finally {
    console.error = error;
  }
});
