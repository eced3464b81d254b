import { Cancelled, Closed, DeadlineExceeded, EncodeError, IsolateLost, RemoteError, TimedOut } from '@insula/web';
import { runner } from './common.js';
import { check, equal, host, rejects, sleep, test } from './harness.js';

test('what_a_function_throws_arrives', async () => {
  await using r = await runner();
  const error = await rejects(r.run('throws'), RemoteError, 'out of it');
  equal(error.name, 'RangeError');
  equal((error.cause as Error).name, 'TypeError');
  equal((error.cause as Error).message, 'the cause');
  check(error.remoteStack.includes('main'), `the remote stack names its script: ${error.remoteStack}`);
  check(error.stack?.includes('called from'), 'the stack has both sides');
});

test('fields_and_values_that_are_thrown_arrive', async () => {
  await using r = await runner();
  const error = await rejects(r.run('throwsWithFields'), RemoteError, 'with fields');
  equal(error.data, { code: 'E_FIELD' });
  const text = await rejects(r.run('throwsText'), RemoteError, 'only text');
  equal(text.data, 'only text');
});

test('an_unknown_name_lists_those_that_are_served', async () => {
  await using r = await runner();
  const error = await rejects((r as any).run('sortt'), RemoteError, 'no function `sortt`');
  check(error.message.includes('add, none'), error.message);
  await rejects((r as any).run('toString'), RemoteError, 'no function `toString`');
  await rejects((r as any).run('numbers', [1]), RemoteError, 'by `stream`');
  await rejects((r as any).stream('add', [1, 2]).next(), RemoteError, 'by `run`');
});

test('arguments_that_can_not_be_cloned_are_refused', async () => {
  await using r = await runner();
  const data = new Uint8Array(8);
  await rejects(
    (r as any).run('add', [() => {}, data], { transfer: [data.buffer] }),
    EncodeError,
    'arguments of `add`',
  );
  equal(data.length, host.failedTransfersAreUndone ? 8 : 0, 'length of what was not sent');
  equal(await r.run('add', [1, 1]), 2);
});

test('a_result_that_can_not_be_cloned_is_an_error', async () => {
  await using r = await runner();
  await rejects(r.run('returnsFunction'), RemoteError, '`returnsFunction` returned');
});

test('a_signal_cancels', async () => {
  await using r = await runner();
  const abort = new AbortController();
  const job = r.run('never', [], { signal: abort.signal });
  await sleep(50);
  abort.abort(new Error('changed my mind'));
  const error = await rejects(job, Cancelled, '`never`');
  equal(error.begun, true);
  equal((error.cause as Error).message, 'changed my mind');
  const early = await rejects(r.run('none', [], { signal: abort.signal }), Cancelled);
  equal(early.begun, false);
});

test('a_cancelled_function_sees_its_signal', async () => {
  await using r = await runner();
  const abort = new AbortController();
  const job = r.run('patient', [], { signal: abort.signal });
  await sleep(50);
  abort.abort();
  await rejects(job, Cancelled);
  for (let wait = 0; r.load > 0 && wait < 100; wait += 1) await sleep(10);
  equal(r.load, 0, 'number of calls that are not answered');
});

test('timeout_and_deadline_end_the_waiting', async () => {
  await using r = await runner();
  const late = await rejects(r.run('never', [], { timeout: 50 }), TimedOut, '50 ms');
  equal(late.begun, true);
  await rejects(r.run('never', [], { deadline: 50, label: 'the long one' }), DeadlineExceeded, '`the long one`');
  equal(await r.run('add', [1, 1], { timeout: 10_000, deadline: Infinity }), 2);
  await rejects(r.run('none', [], { timeout: Number.NaN }), RangeError, 'timeout is NaN');
});

test('a_killed_isolate_loses_its_jobs', async () => {
  const r = await runner({ debugName: 'victim' });
  const job = r.run('hang');
  await sleep(50);
  r.kill();
  const error = await rejects(job, IsolateLost, 'victim');
  equal(error.begun, true);
  const later = await rejects(r.run('none'), IsolateLost, 'had ended before');
  equal(later.begun, false);
});

test('an_isolate_that_ends_itself_loses_its_jobs', async () => {
  const ways = host.workersClose ? (['end', 'close'] as const) : (['end'] as const);
  for (const way of ways) {
    await using r = await runner();
    const never = r.run('never');
    // Its own answer may come or not.
    r.run(way).catch(() => {});
    await rejects(never, IsolateLost);
  }
});

test('a_trap_of_wasm_ends_the_isolate', async () => {
  await using r = await runner();
  const other = rejects(r.run('never'), IsolateLost);
  const error = await rejects(r.run('trap'), RemoteError, 'nreachable');
  equal(error.name, 'RuntimeError');
  const lost = await other;
  check((lost.cause as Error).message.includes('nreachable'), `the cause says so: ${lost.cause}`);
});

test('a_runner_that_is_closed_finishes_and_refuses', async () => {
  const r = await runner();
  const job = r.run('slowly', [100, 'finished']);
  const closed = r.close();
  await rejects(r.run('none'), Closed);
  equal(await job, 'finished');
  await closed;
});

test('garbage_is_passed_over', async () => {
  await using r = await runner();
  equal(await r.run('garbage'), 'still there');
  equal(await r.run('add', [2, 2]), 4);
});
