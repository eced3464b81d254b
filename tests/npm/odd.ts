// What is thrown, returned, yielded, sent and asked for that few do; each call has to end, and to say why.
import { Cancelled, EncodeError, IsolateLost, IsolateRunner, RemoteError, TimedOut } from '@insula/web';
import { pool } from './common.js';
import { check, equal, host, rejects, sleep, test, within } from './harness.js';
import type { api } from './workers/odd.js';

const odd = () => new Worker(new URL('./workers/odd.js', import.meta.url), { type: 'module' });
const spawn = () => IsolateRunner.spawn<typeof api>(odd);

test('whatever_is_thrown_is_an_error_of_its_job', async () => {
  await using r = await spawn();
  const says: [what: string, message: string][] = [
    ['undefined', 'undefined'],
    ['null', 'null'],
    ['text', 'a text'],
    ['number', '42'],
    ['symbol', 'Symbol(a symbol)'],
    ['bigint', '10'],
    ['function', '=>'],
    ['no prototype', ''],
    ['a bad toString', ''],
    ['a revoked proxy', ''],
    ['a proxy of an error', 'behind a proxy'],
    ['a DOMException', 'of the web'],
    ['a frozen error', 'frozen'],
    ['a frozen object', ''],
    ['a cyclic cause', 'cyclic'],
    ['an AggregateError', 'several'],
    ['a getter that throws', 'clever'],
    ['a class with a getter that throws', 'cleverer'],
    ['a message that throws', ''],
    ['a symbol for a name', 'named by a symbol'],
    ['an object for a message', ''],
    ['a function for a message', ''],
    ['a list for a stack', 'with a list'],
    ['some fields that can be cloned', 'of a library'],
    ['a field that contains a cycle', 'cycle'],
    ['many levels', ''],
    ['a field of many levels', 'deep'],
    ['a thenable', ''],
    ['a promise', ''],
    ['an error without a stack', 'no stack'],
  ];
  const failed: string[] = [];
  for (const [what, message] of says) {
    for (const call of ['throwsA', 'rejectsWith'] as const) {
      if (call === 'rejectsWith' && what === 'a revoked proxy' && !host.takesAnyRejection) continue;
      try {
        const error = await within(2000, rejects(r.run(call, [what]), RemoteError, message));
        check(typeof error.name === 'string' && typeof error.message === 'string', `${what}: texts`);
        check(typeof error.remoteStack === 'string', `${what}: its stack is a text`);
      } catch (error) {
        failed.push(`${call} ${what}: ${error}`);
      }
    }
  }
  equal(failed, []);
  equal(r.load, 0, 'number of calls that are not answered');
});

test('fields_that_can_be_cloned_arrive_without_the_others', async () => {
  await using r = await spawn();
  const library = await rejects(r.run('throwsA', ['some fields that can be cloned']), RemoteError);
  equal(library.data, { code: 'E_NET' });
  const cycle = await rejects(r.run('throwsA', ['a field that contains a cycle']), RemoteError);
  equal((cycle.data as { code: number }).code, 7);
});

test('the_errors_of_an_aggregate_arrive', async () => {
  await using r = await spawn();
  const error = await rejects(r.run('throwsA', ['an AggregateError']), RemoteError);
  equal(error.name, 'AggregateError');
  const { errors } = error.data as { errors: Error[] };
  equal(
    errors.map(({ name, message }) => `${name}: ${message}`),
    ['RangeError: one', 'TypeError: two'],
  );
});

test('whatever_nobody_catches_is_told', async () => {
  if (!host.workersOutliveErrors) return;
  await using r = await spawn();
  const { ReceivePort } = await import('@insula/web');
  using reports = new ReceivePort<{ description: string; stackTrace: string }>();
  r.isolate.addErrorListener(reports.sendPort);
  const failed: string[] = [];
  for (const what of [
    'undefined',
    'null',
    'text',
    'symbol',
    'no prototype',
    'a bad toString',
    'a symbol for a name',
    'a list for a stack',
    'a message that throws',
    'a revoked proxy',
  ]) {
    for (const call of ['uncaught', 'unhandled'] as const) {
      await r.run(call, [what]);
      const heard = await within(2000, reports.next()).catch(() => undefined);
      if (typeof heard?.value?.description !== 'string') failed.push(`${call} ${what}`);
    }
  }
  equal(failed, []);
});

test('a_rejection_that_the_worker_takes_itself_is_not_told', async () => {
  if (!host.workersOutliveErrors) return;
  await using r = await spawn();
  const { ReceivePort } = await import('@insula/web');
  using reports = new ReceivePort<unknown>();
  r.isolate.addErrorListener(reports.sendPort);
  await r.run('taken');
  equal(await Promise.race([reports.next(), sleep(200)]), undefined, 'report');
});

test('whatever_is_returned_ends_the_call', async () => {
  await using r = await spawn();
  const failed: string[] = [];
  const refused = async (what: string, text: string) => {
    try {
      await within(2000, rejects(r.run('returnsA', [what]), RemoteError, text));
    } catch (error) {
      failed.push(`${what}: ${error}`);
    }
  };
  for (const what of ['symbol', 'function', 'proxy', 'weak map', 'promise'])
    await refused(what, "`returnsA` returned can't be sent");
  await refused('a thenable that throws', 'then has thrown');
  await refused('a thenable that rejects', 'no');
  await refused('a getter that throws', 'the getter');
  await refused('iterator', 'by `stream`');
  equal(failed, []);
  equal(await r.run('returnsA', ['a thenable']), 5);
  equal(await r.run('returnsA', ['hole']), [1, null, 3]);
  check(Object.is(await r.run('returnsA', ['minus zero']), -0), 'minus zero');
  equal((await r.run('returnsA', ['date'])).getTime(), 7);
  equal(String(await r.run('returnsA', ['bigint'])), '12');
  equal((await r.run('returnsA', ['error'])).message, 'as a value');
  const cycle = await r.run('returnsA', ['cycle']);
  check(cycle[1] === cycle, 'a cycle');
  const proto = await r.run('returnsA', ['a key __proto__']);
  equal(Object.keys(proto), ['__proto__']);
});

test('names_that_every_object_has_are_functions_like_others', async () => {
  await using r = await spawn();
  for (const name of ['constructor', 'toString', 'then', 'hasOwnProperty'] as const) equal(await r.run(name), name);
  equal(await r.run('__proto__'), 'proto');
  equal(await r.run('frozen'), 'frozen');
  await rejects((r as any).run('valueOf'), RemoteError, 'no function `valueOf`');
  await rejects((r as any).run(''), RemoteError, 'no function ``');
  await rejects((r as any).run(undefined), RemoteError, 'undefined');
});

test('arguments_that_are_no_list_are_refused', async () => {
  await using r = await spawn();
  await using p = await pool({ max: 1 });
  for (const args of ['text', 5, { timeout: 5 }, new Set([1]), new Uint8Array(2), true]) {
    await rejects((r as any).run('count', args), TypeError, 'list');
    await rejects((p as any).run('add', args), TypeError, 'list');
    await rejects((p as any).stream('numbers', args).next(), TypeError, 'list');
  }
  equal(await (r as any).run('count', undefined), 0);
  equal(await (r as any).run('count', null), 0);
  equal(await p.run('add', [1, 1]), 2);
});

test('arguments_that_can_not_be_sent_are_encode_errors', async () => {
  await using r = await spawn();
  const { ReceivePort } = await import('@insula/web');
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  using port = new ReceivePort();
  const detached = new ArrayBuffer(8);
  structuredClone(detached, { transfer: [detached] });
  const bad: unknown[] = [
    () => {},
    Symbol('s'),
    new Proxy({}, {}),
    new WeakMap(),
    Promise.resolve(1),
    proxy,
    port,
    [[() => {}]],
    new Map([[1, () => {}]]),
    {
      get x() {
        throw new Error('x');
      },
    },
  ];
  const failed: string[] = [];
  for (const [at, value] of bad.entries())
    await rejects(r.run('echo', [value]), EncodeError, 'arguments of `echo`').catch((error) =>
      failed.push(`${at}: ${error}`),
    );
  await rejects(r.run('echo', [detached], { transfer: [detached] }), EncodeError).catch((error) =>
    failed.push(`detached: ${error}`),
  );
  await rejects((r as any).run('echo', [1], { transfer: [{}] }), EncodeError).catch((error) =>
    failed.push(`no transferable: ${error}`),
  );
  await rejects((r as any).run('echo', [1], { transfer: new ArrayBuffer(4) }), EncodeError, 'transfer').catch((error) =>
    failed.push(`no list: ${error}`),
  );
  equal(failed, []);
  equal(r.load, 0, 'calls that are not answered');
});

test('a_value_of_many_levels_arrives_or_is_refused', async () => {
  await using r = await spawn();
  const deep = (levels: number) => {
    let value: object = {};
    for (let n = 1; n < levels; n += 1) value = { value };
    return value;
  };
  equal(await r.run('type', [deep(400)]), 'object');
  // Chromium gives a worker nothing instead of such a value, so that it would never answer.
  for (const value of [deep(600), deep(5000), [new Map([[1, deep(600)]])]])
    await rejects(within(3000, r.run('type', [value])), EncodeError, 'levels');
  await rejects(within(3000, r.run('returnsA', ['many levels'])), RemoteError, 'levels');
});

test('what_is_returned_twice_with_its_buffer_is_an_error', async () => {
  await using r = await spawn();
  equal((await r.run('twice')).length, 8);
  await rejects(r.run('twice'), RemoteError, '`twice` returned');
  // As one.
  equal((await r.run('twiceInOneList')).length, 8);
  const data = new Uint8Array(4);
  equal((await r.run('echo', [data], { transfer: [data.buffer, data.buffer] })).length, 4);
});

test('odd_progress_is_no_harm', async () => {
  await using r = await spawn();
  const heard: unknown[] = [];
  equal(await r.run('lateProgress', [], { onProgress: (part) => heard.push(part) }), 'done');
  await sleep(20);
  equal(heard, []);
  await rejects(r.run('badProgress'), RemoteError, 'clone');
});

test('a_function_that_is_aborted_has_an_error_as_its_reason', async () => {
  await using r = await spawn();
  const abort = new AbortController();
  const job = r.run('fetches', [], { signal: abort.signal });
  await r.run('count');
  abort.abort({ odd: () => {} });
  const error = await rejects(job, Cancelled);
  equal(typeof (error.cause as any).odd, 'function');
  for (let wait = 0; r.load > 0 && wait < 100; wait += 1) await sleep(5);
  equal(r.load, 0);
  equal(await r.run('reason'), 'AbortError: `fetches` was cancelled');
});

test('abort_reasons_of_any_kind', async () => {
  await using r = await spawn();
  for (const reason of [undefined, null, 0, '', Symbol('s'), () => {}, new Proxy({}, {}), Object.create(null)]) {
    const abort = new AbortController();
    const job = r.run('fetches', [], { signal: abort.signal });
    abort.abort(reason);
    await rejects(job, Cancelled, '`fetches`');
    await rejects(r.run('count', [], { signal: AbortSignal.abort(reason) }), Cancelled);
  }
  await rejects(r.run('fetches', [], { signal: AbortSignal.timeout(20) }), Cancelled);
});

test('an_abort_after_the_end_changes_nothing', async () => {
  await using r = await spawn();
  const abort = new AbortController();
  equal(await r.run('count', [1], { signal: abort.signal }), 1);
  abort.abort();
  await sleep(10);
  equal(await r.run('count', [1, 2]), 2);
});

test('a_signal_keeps_no_listeners_of_jobs_that_are_done', async () => {
  await using r = await spawn();
  await using p = await pool({ max: 1 });
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  let most = 0;
  signal.addEventListener = (...args: any[]) => {
    listeners.add(args[1]);
    most = Math.max(most, listeners.size);
    (add as any)(...args);
  };
  signal.removeEventListener = (...args: any[]) => (listeners.delete(args[1]), (remove as any)(...args));
  await Promise.all(Array.from({ length: 300 }, () => r.run('count', [], { signal })));
  await Promise.all(Array.from({ length: 300 }, () => p.run('none', [], { signal })));
  await Promise.allSettled(Array.from({ length: 100 }, () => p.run('throws', [], { signal })));
  await Promise.allSettled(Array.from({ length: 100 }, () => r.run('echo', [() => {}], { signal })));
  await Promise.allSettled(Array.from({ length: 100 }, () => p.run('add', [(() => {}) as any, 1], { signal })));
  await Promise.allSettled(Array.from({ length: 10 }, () => r.run('fetches', [], { signal, timeout: 1 })));
  for await (const _ of p.stream('numbers', [10], { signal }));
  for await (const _ of r.stream('undefineds', [], { signal }));
  for await (const n of p.stream('numbers', [10], { signal })) if (n === 3) break;
  equal(listeners.size, 0, 'number of listeners');
  equal(most, 1, 'listeners at once');
});

test('limits_that_are_no_times_are_named', async () => {
  await using r = await spawn();
  await using p = await pool({ max: 1 });
  const failed: string[] = [];
  for (const limit of [null, '5', '', true, [], {}, -1, Number.NaN, 5n, () => 5]) {
    for (const what of ['timeout', 'deadline']) {
      const options = { [what]: limit } as any;
      await rejects(r.run('fetches', [], options), Error, what).catch((error) =>
        failed.push(`runner ${what} ${String(limit)}: ${error}`),
      );
      await rejects(p.run('none', [], options), Error, what).catch((error) =>
        failed.push(`pool ${what} ${String(limit)}: ${error}`),
      );
    }
  }
  equal(failed, []);
  equal(await r.run('count', [], { timeout: 2 ** 40, deadline: Number.MAX_VALUE }), 0);
  await rejects(r.run('fetches', [], { timeout: 0 }), TimedOut);
});

test('signals_that_are_none_are_named', async () => {
  await using r = await spawn();
  await using p = await pool({ max: 1 });
  const failed: string[] = [];
  for (const signal of [new AbortController(), {}, 5, 'abort', true]) {
    const options = { signal } as any;
    await rejects(r.run('count', [], options), TypeError, 'signal is').catch((error) =>
      failed.push(`runner ${signal}: ${error}`),
    );
    await rejects(p.run('none', [], options), TypeError, 'signal is').catch((error) =>
      failed.push(`pool ${signal}: ${error}`),
    );
  }
  equal(failed, []);
  equal(p.stats().queued, 0);
});

test('items_are_awaited_as_for_await_does', async () => {
  await using r = await spawn();
  const items: number[] = [];
  for await (const item of r.stream('promises')) items.push(item);
  equal(items, [1, 2]);
  const stream = r.stream('rejected');
  equal((await stream.next()).value, 1);
  const error = await rejects(stream.next(), RemoteError, 'an item');
  equal(error.name, 'RangeError');
});

test('odd_generators_end_their_streams', async () => {
  await using r = await spawn();
  const unclonable = r.stream('unclonable');
  equal((await unclonable.next()).value, 1);
  await rejects(unclonable.next(), RemoteError, '`unclonable`');
  equal((await unclonable.next()).done, true);
  for (const name of ['ignoresReturn', 'throwsInReturn'] as const) {
    const left = await r.run('left');
    for await (const _ of r.stream(name)) break;
    for (let wait = 0; r.load > 0 && wait < 200; wait += 1) await sleep(5);
    equal(r.load, 0, `calls that are not answered after ${name}`);
    equal(await r.run('left'), left + 1, `times that ${name} was left`);
  }
  const items: unknown[] = [];
  for await (const item of r.stream('undefineds')) items.push(item === undefined);
  equal(items, [true, true]);
  for await (const _ of r.stream('none')) check(false, 'an item of none');
  const three: number[] = [];
  for await (const item of r.stream('iterator')) three.push(item);
  equal(three, [1, 2, 3]);
  await rejects(r.stream('notAnIterator').next(), RemoteError, 'no generator');
  await rejects(r.stream('badIterator').next(), RemoteError);
  await rejects((r as any).stream('stream').next(), RemoteError, 'no generator');
});

test('a_generator_that_hangs_ends_by_its_limits', async () => {
  await using r = await spawn();
  const stream = r.stream('hangs', [], { timeout: 50 });
  equal((await stream.next()).value, 1);
  await rejects(stream.next(), TimedOut);
  for await (const _ of r.stream('hangsInReturn')) break;
  equal(await r.run('count', [1]), 1);
});

test('a_reader_may_throw_and_may_ask_ahead', async () => {
  await using r = await spawn();
  const failing = (async () => {
    for await (const _ of r.stream('iterator')) throw new RangeError('of the reader');
  })();
  await rejects(failing, RangeError, 'of the reader');
  const stream = r.stream('iterator');
  const ahead = await Promise.all([1, 2, 3, 4, 5].map(() => stream.next()));
  equal(
    ahead.map(({ done }) => done),
    [false, false, false, true, true],
  );
  const failed = r.stream('rejected');
  const ends = await Promise.allSettled([failed.next(), failed.next(), failed.next()]);
  equal(
    ends.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  const left = r.stream('hangs');
  await left.next();
  const waiting = left.next();
  await left.return();
  equal((await waiting).done, true);
});

test('credits_that_are_none_are_named', async () => {
  await using r = await spawn();
  for (const credits of [0, -1, Number.NaN, '5', null, 'x', {}]) {
    let error: any;
    try {
      r.stream('iterator', [], { credits } as any);
    } catch (thrown) {
      error = thrown;
    }
    check(error instanceof RangeError && error.message.includes('credits'), `${String(credits)}: ${error}`);
  }
  const three: number[] = [];
  for await (const item of r.stream('iterator', [], { credits: 1 })) three.push(item);
  for await (const item of r.stream('iterator', [], { credits: Infinity })) three.push(item);
  for await (const item of r.stream('iterator', [], { credits: 1.5 })) three.push(item);
  equal(three.length, 9);
});

test('a_module_may_set_onmessage_and_post_what_it_likes', async () => {
  await using r = await spawn();
  equal(await r.run('overwrite'), 1);
  equal(await r.run('foreign'), 1);
  equal(await r.run('count', [1]), 1);
});

test('an_exit_with_what_can_not_be_cloned_leaves_it_alive', async () => {
  await using r = await spawn();
  const { ReceivePort } = await import('@insula/web');
  using port = new ReceivePort();
  await rejects(r.run('exitUnclonable', [port.sendPort]), RemoteError, 'clone');
  equal(await r.run('count'), 0);
  const never = rejects(r.run('fetches'), IsolateLost);
  r.run('exitWith', [port.sendPort]).catch(() => {});
  equal((await port.next()).value, 'last');
  await never;
});

test('a_rejected_job_that_nobody_took_is_the_only_rejection', async () => {
  // What nobody holds makes no unhandled rejection: the harness looks for those.
  const r = await spawn();
  const p = await pool({ max: 1 });
  const timed = r.run('fetches', [], { timeout: 5 }).catch(() => {});
  const stream = r.stream('hangs');
  await stream.next();
  const read = p.stream('ticks');
  await read.next();
  void p
    .map('work', [1, 2, 3])
    .next()
    .catch(() => {});
  await timed;
  r.kill();
  await p.closeWithin(0);
  await sleep(50);
  equal((await stream.next().catch((error) => error.name)) as any, 'IsolateLost');
});
