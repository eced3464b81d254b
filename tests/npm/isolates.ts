import { type ErrorReport, Isolate, LoadBalancer, ReceivePort, SpawnError } from '@insula/web';
import { type Api, main, runner } from './common.js';
import { check, equal, host, rejects, sleep, test } from './harness.js';

const script = new URL('./workers/script.js', import.meta.url);
/** esbuild does not find it by itself. */
const loader = new URL('./loader.js', import.meta.url);

async function sorter(options = {}) {
  const port = new ReceivePort<any>();
  const isolate = await Isolate.spawnUri(script, ['--fast'], port.sendPort, {
    debugName: 'sorter',
    loader,
    ...options,
  });
  return { isolate, port };
}

test('a_module_by_its_url_is_an_isolate', async () => {
  const { isolate, port } = await sorter();
  await using _ = isolate;
  const { value } = await port.next();
  equal(value.args, ['--fast']);
  equal(value.name, 'sorter');
  equal(value.base, globalThis.document?.baseURI ?? value.base);
  const reply = new ReceivePort<number[]>();
  value.jobs.send({ items: [3, 1, 2], reply: reply.sendPort });
  equal((await reply.next()).value, [1, 2, 3]);
});

test('its_exit_sends_a_last_value_before_its_exit_message', async () => {
  const { isolate, port } = await sorter();
  const { value } = await port.next();
  const heard = new ReceivePort<string>();
  isolate.addExitListener(heard.sendPort, 'the end');
  value.jobs.send({ exit: true, reply: heard.sendPort });
  equal((await heard.next()).value, 'the last word');
  equal((await heard.next()).value, 'the end');
  equal((await isolate.exited).cause, undefined);
  isolate.addExitListener(heard.sendPort, 'again');
  equal((await heard.next()).value, 'again');
});

test('one_that_is_born_paused_waits_with_its_code', async () => {
  const { isolate, port } = await sorter({ paused: true });
  await using _ = isolate;
  const first = port.next();
  equal(await Promise.race([first, sleep(200)]), undefined, 'message during the pause');
  isolate.resume(isolate.pauseCapability);
  equal((await first).value.name, 'sorter');
});

test('pauses_count_by_their_capabilities', async () => {
  const { isolate, port } = await sorter();
  await using _ = isolate;
  const { value } = await port.next();
  const reply = new ReceivePort<number[]>();
  const one = isolate.pause();
  const two = isolate.pause();
  value.jobs.send({ items: [2, 1], reply: reply.sendPort });
  isolate.resume(one);
  isolate.resume(one);
  const sorted = reply.next();
  equal(await Promise.race([sorted, sleep(100)]), undefined, 'answer during the pause');
  isolate.resume(two);
  equal((await sorted).value, [1, 2]);
});

test('a_module_that_does_not_know_of_insula_is_one_too', async () => {
  await using isolate = await Isolate.spawnUri(new URL('./workers/unknown.js', import.meta.url), [], null, { loader });
  const port = new ReceivePort<string>();
  isolate.ping(port.sendPort, 'pong');
  equal((await port.next()).value, 'pong');
});

test('a_module_that_is_not_there_is_a_spawn_error', async () => {
  await rejects(
    Isolate.spawnUri('./no-such-script.js', [], null, { startTimeout: 5000, loader }),
    SpawnError,
    'no-such-script.js',
  );
});

test('an_uncaught_error_is_told_and_ends_the_isolate', async () => {
  const r = await runner();
  const errors = new ReceivePort<ErrorReport>();
  r.isolate.addErrorListener(errors.sendPort);
  await r.run('late');
  check((await errors.next()).value?.description.includes('nobody catches this'), 'the listener is told');
  if (!host.workersOutliveErrors) return void (await r.exited);
  await r.run('rejectsLate');
  check((await errors.next()).value?.description.includes('nobody awaits this'), 'the listener is told of a rejection');
  equal(await r.run('add', [1, 1]), 2);
  r.isolate.setErrorsFatal(true);
  await r.run('late').catch(() => {});
  const { cause } = await r.exited;
  check(cause?.message.includes('nobody catches this'), `it has ended by it: ${cause?.message}`);
});

test('a_kill_before_the_next_event_lets_this_one_end', async () => {
  const r = await runner();
  const job = r.run('busy', [200]);
  await sleep(50);
  r.isolate.kill('beforeNextEvent');
  equal(await job, 200);
  await r.exited;
});

test('a_balancer_takes_the_least_loaded', async () => {
  await using balancer = await LoadBalancer.spawn<Api>(2, main, { debugName: 'balanced' });
  const slow = balancer.run('slowly', [200, 'slow']);
  equal(await balancer.run('name'), 'balanced 1');
  equal(await balancer.run('name'), 'balanced 1');
  equal(await slow, 'slow');
  await balancer.run('end').catch(() => {});
  await sleep(200);
  equal(await balancer.run('add', [1, 2]), 3);
  const items = [];
  for await (const n of balancer.stream('numbers', [3])) items.push(n);
  equal(items, [0, 1, 2]);
  await rejects(LoadBalancer.spawn(0, main), RangeError, 'the size of a balancer is 0');
});
