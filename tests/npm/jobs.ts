import { compute, IsolateRunner, ReceivePort, TransferableTypedData } from '@insula/web';
import { runner } from './common.js';
import { check, equal, rejects, sleep, test } from './harness.js';
import type { api as tornDown } from './workers/teardown.js';

test('compute_runs_here', async () => {
  equal(await compute((a: number, b: number) => a + b, 1, 2), 3);
  await rejects(
    compute(() => Promise.reject(new RangeError('no'))),
    RangeError,
    'no',
  );
});

test('a_function_runs_in_a_worker', async () => {
  await using r = await runner();
  equal(await r.run('add', [1, 2]), 3);
  equal(await r.run('none'), undefined);
  equal(await r.run('slowly', [10, 'later']), 'later');
});

test('jobs_of_a_runner_run_side_by_side', async () => {
  await using r = await runner();
  const began = performance.now();
  await Promise.all([1, 2, 3, 4].map(() => r.run('slowly', [200, 'x'])));
  check(performance.now() - began < 700, 'four waits of 200 ms took as long as one after the other');
  equal(r.load, 0);
});

test('state_comes_from_init_and_config', async () => {
  await using r = await runner({ config: { greeting: 'hello' } });
  equal((await r.run('state')).greeting, 'hello');
});

test('teardown_runs_when_the_runner_is_closed', async () => {
  const port = new ReceivePort<string>();
  const r = await IsolateRunner.spawn<typeof tornDown>(
    () => new Worker(new URL('./workers/teardown.js', import.meta.url), { type: 'module' }),
    { config: port.sendPort },
  );
  equal(await r.run('f'), 1);
  await r.close();
  equal((await port.next()).value, 'torn down');
  check(r.isLost, 'it has ended');
});

test('progress_is_heard', async () => {
  await using r = await runner();
  const heard: number[] = [];
  equal(await r.run('work', [4], { onProgress: (part) => heard.push(part) }), 4);
  equal(heard, [0.25, 0.5, 0.75, 1]);
});

test('arguments_and_results_can_be_transferred', async () => {
  await using r = await runner();
  const data = new Uint8Array(1000);
  equal(await r.run('length', [data], { transfer: [data.buffer] }), 1000);
  equal(data.length, 0, 'length of what was transferred');
  equal((await r.run('zeros', [500])).length, 500);
});

test('a_message_port_can_be_transferred', async () => {
  await using r = await runner();
  const { port1, port2 } = new MessageChannel();
  const heard = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  await r.run('port', [port2], { transfer: [port2] });
  equal(await heard, 'through the port');
});

test('ports_travel_in_both_directions', async () => {
  await using r = await runner();
  const port = new ReceivePort<unknown>();
  await r.run('echo', [port.sendPort, { n: 1, list: [port.sendPort] }]);
  const { value } = (await port.next()) as { value: { n: number; list: unknown[] } };
  equal(value.n, 1);
  check(port.sendPort.equals(value.list[0]), 'the port came back as itself');
  const questions = await r.run('ask');
  const reply = new ReceivePort<number>();
  questions.send({ question: 21, reply: reply.sendPort });
  equal((await reply.next()).value, 42);
});

test('typed_data_changes_its_owner_once', async () => {
  await using r = await runner();
  const data = new TransferableTypedData(new ArrayBuffer(64));
  equal(await r.run('typed', [data]), 64);
  await rejects(
    Promise.resolve().then(() => data.materialize()),
    TypeError,
    'before',
  );
});

test('a_receive_port_is_an_async_iterable_and_closes_when_it_is_left', async () => {
  const port = new ReceivePort<number>();
  for (const n of [1, 2, 3]) port.sendPort.send(n);
  const heard = [];
  for await (const n of port) {
    heard.push(n);
    if (n === 2) break;
  }
  equal(heard, [1, 2]);
  equal((await port.next()).value, 3);
  equal((await port.next()).done, true);
});

test('a_runner_that_is_paused_waits', async () => {
  await using r = await runner();
  r.pause();
  let isDone = false;
  const sum = r.run('add', [1, 1]).then((value) => {
    isDone = true;
    return value;
  });
  await sleep(100);
  check(!isDone, 'a job ran in a pause');
  r.resume();
  equal(await sum, 2);
});

test('a_busy_runner_answers_no_ping', async () => {
  await using r = await runner();
  equal(await r.ping(), true);
  const busy = r.run('busy', [400]);
  equal(await r.ping(50), false);
  await busy;
  equal(await r.ping(), true);
});
