// Ports, listeners and what travels through them.
import { type ErrorReport, Isolate, IsolateLost, ReceivePort, type SendPort, TransferableTypedData } from '@insula/web';
import { runner } from './common.js';
import { check, equal, host, rejects, sleep, test, within } from './harness.js';

const thrownBy = (f: () => unknown): any => {
  try {
    f();
  } catch (error) {
    return error;
  }
  return undefined;
};

test('a_handler_that_throws_loses_no_other_message', async () => {
  using port = new ReceivePort<number>();
  for (const n of [1, 2, 3, 4]) port.sendPort.send(n);
  await sleep(0);
  const heard: number[] = [];
  const errors: string[] = [];
  const listener = (event: any) => {
    event.preventDefault();
    errors.push(event.message ?? 'error');
  };
  globalThis.addEventListener('error', listener);
  (globalThis as any).Bun && (globalThis as any).process.once('uncaughtException', () => errors.push('error'));
  port.onmessage = (n) => {
    heard.push(n);
    if (n === 2) throw new Error('of the handler');
  };
  await sleep(20);
  port.sendPort.send(5);
  await sleep(20);
  globalThis.removeEventListener('error', listener);
  equal(heard, [1, 2, 3, 4, 5]);
  equal(errors.length, 1, 'number of errors that were told');
});

test('a_handler_may_close_and_be_replaced', async () => {
  const port = new ReceivePort<number>();
  const heard: string[] = [];
  port.onmessage = (n) => {
    heard.push(`a${n}`);
    port.onmessage = (n) => {
      heard.push(`b${n}`);
      port.onmessage = null;
    };
  };
  for (const n of [1, 2, 3]) port.sendPort.send(n);
  await sleep(10);
  equal(heard, ['a1', 'b2']);
  equal((await port.next()).value, 3);
  port.onmessage = () => {
    heard.push('c');
    port.close();
  };
  for (const n of [4, 5]) port.sendPort.send(n);
  await sleep(10);
  port.sendPort.send(6);
  await sleep(10);
  equal(heard.filter((text) => text === 'c').length, 1, 'messages of a port that its handler has closed');
});

test('a_port_is_read_twice_and_left_twice', async () => {
  const port = new ReceivePort<number>();
  for (const n of [1, 2, 3]) port.sendPort.send(n);
  await sleep(0);
  for await (const n of port) if (n === 1) break;
  const rest: number[] = [];
  for await (const n of port) rest.push(n);
  equal(rest, [2, 3]);
  port.close();
  port.close();
  await port.return();
  equal((await port.next()).done, true);
  port.sendPort.send(9);
  await sleep(0);
  equal((await port.next()).done, true);
  const two = new ReceivePort<number>();
  const waiting = Promise.all([two.next(), two.next()]);
  two.close();
  equal(
    (await waiting).map(({ done }) => done),
    [true, true],
  );
});

test('a_message_is_a_copy_of_the_moment', async () => {
  using port = new ReceivePort<{ n: number[] }>();
  const message = { n: [1] };
  port.sendPort.send(message);
  message.n.push(2);
  equal((await port.next()).value, { n: [1] });
  const error = thrownBy(() => (port.sendPort as SendPort<any>).send(() => {}));
  check(error instanceof DOMException && error.name === 'DataCloneError', `${error}`);
});

test('ports_stand_anywhere_in_a_value', async () => {
  await using r = await runner();
  using port = new ReceivePort<any>();
  class Holder {
    port: SendPort<any>;
    constructor(port: SendPort<any>) {
      this.port = port;
    }
  }
  const own = port.sendPort;
  const cycle: any = { port: own };
  cycle.self = cycle;
  const values: [what: string, value: unknown, find: (value: any) => unknown][] = [
    ['a map', new Map<any, any>([['k', own]]), (v) => v.get('k')],
    ['a key', new Map<any, any>([[own, 1]]), (v) => [...v.keys()][0]],
    ['a set', new Set([own]), (v) => [...v][0]],
    ['a list', [[own]], (v) => v[0][0]],
    ['a cycle', cycle, (v) => (v.self === v ? v.port : undefined)],
    ['a class', new Holder(own), (v) => v.port],
    ['a class in a list', [new Holder(own)], (v) => v[0].port],
    ['no prototype', Object.assign(Object.create(null), { own }), (v) => v.own],
    ['twice', [own, own], (v) => v[1]],
    [
      'a key __proto__',
      Object.defineProperty({ own }, '__proto__', { value: own, enumerable: true }),
      (v) => Object.getOwnPropertyDescriptor(v, '__proto__')?.value,
    ],
    ['a sparse list', Object.assign([], { 3: own }), (v) => v[3]],
    ['beside a date', { date: new Date(5), own }, (v) => (v.date.getTime() === 5 ? v.own : undefined)],
    ['beside bytes', { bytes: new Uint8Array([1, 2]), own }, (v) => (v.bytes[1] === 2 ? v.own : undefined)],
    ['beside an error', { error: new RangeError('e'), own }, (v) => (v.error.message === 'e' ? v.own : undefined)],
  ];
  const failed: string[] = [];
  for (const [what, value, find] of values) {
    try {
      await within(2000, r.run('echo', [own, value]));
      const heard = await within(2000, port.next());
      const found: any = find(heard.value);
      if (!own.equals(found)) failed.push(`${what}: ${String(found)}`);
    } catch (error) {
      failed.push(`${what}: ${error}`);
    }
  }
  equal(failed, []);
});

test('a_list_with_holes_and_keys_keeps_its_length', async () => {
  using port = new ReceivePort<any>();
  const list = Object.assign(new Array(5), { 2: port.sendPort });
  (port.sendPort as SendPort<any>).send(list);
  const { value } = await port.next();
  equal(value.length, 5);
  check(port.sendPort.equals(value[2]), 'the port');
});

test('what_has_no_meaning_elsewhere_is_refused', async () => {
  await using r = await runner();
  using port = new ReceivePort<any>();
  const things: unknown[] = [port, [port], { port }, new Map([[1, port]]), r.isolate, r];
  const failed: string[] = [];
  for (const [at, thing] of things.entries()) {
    const error = thrownBy(() => port.sendPort.send(thing));
    if (error === undefined) failed.push(`${at} was sent`);
  }
  equal(failed, []);
  const error = thrownBy(() => port.sendPort.send(port));
  check(error.message.includes('SendPort'), `it says what to send: ${error.message}`);
});

test('typed_data_is_given_once', async () => {
  using port = new ReceivePort<any>();
  const data = new TransferableTypedData(new Uint8Array([1, 2, 3]));
  port.sendPort.send([data, data, { data }]);
  check(thrownBy(() => data.materialize()) instanceof TypeError, 'it was sent');
  const [a, b, c] = (await port.next()).value;
  equal(new Uint8Array(a.materialize()).length, 3);
  for (const other of [a, b, c.data])
    check(thrownBy(() => other.materialize()) instanceof TypeError, 'it was materialized before');
  const kept = new TransferableTypedData(new Uint8Array(4));
  check(thrownBy(() => port.sendPort.send([kept, () => {}])) !== undefined, 'it was refused');
  if (host.failedTransfersAreUndone) equal(kept.materialize().byteLength, 4);
  // Sent again after it is gone: it arrives as gone.
  port.sendPort.send(data);
  const gone = (await port.next()).value;
  check(thrownBy(() => gone.materialize()) instanceof TypeError, 'it arrives as gone');
  const view = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  equal([...new Uint8Array(new TransferableTypedData(view).materialize())], [2, 3]);
  equal(new TransferableTypedData(new DataView(new ArrayBuffer(6), 2)).materialize().byteLength, 4);
  equal(new TransferableTypedData(new ArrayBuffer(0)).materialize().byteLength, 0);
});

test('a_response_that_can_not_be_sent_is_refused_when_it_is_given', async () => {
  const r = await runner();
  using port = new ReceivePort<any>();
  const { isolate } = r;
  check(thrownBy(() => isolate.addExitListener(port.sendPort, () => {})) !== undefined, 'an exit listener');
  check(thrownBy(() => isolate.ping(port.sendPort, () => {})) !== undefined, 'a ping');
  isolate.addExitListener(port.sendPort, 'the end');
  const job = rejects(r.run('never'), IsolateLost);
  r.kill();
  await within(2000, job);
  equal((await within(2000, port.next())).value, 'the end');
  await within(1000, r.exited);
});

test('a_response_is_a_copy_of_the_moment', async () => {
  const r = await runner();
  using port = new ReceivePort<any>();
  const response = { n: 1 };
  r.isolate.ping(port.sendPort, response);
  r.isolate.addExitListener(port.sendPort, response);
  response.n = 2;
  equal((await port.next()).value, { n: 1 });
  r.kill();
  equal((await port.next()).value, { n: 1 });
});

test('listeners_are_told_in_the_order_in_which_they_came', async () => {
  const r = await runner();
  const order: string[] = [];
  const named = (name: string) => {
    const port = new ReceivePort<unknown>();
    port.onmessage = (value) => order.push(`${name} ${value}`);
    return port;
  };
  const ports = ['a', 'b', 'c', 'd'].map(named);
  const [a, b, c, d] = ports.map((port) => port.sendPort) as [SendPort, SendPort, SendPort, SendPort];
  for (const [port, response] of [
    [a, 1],
    [b, 2],
    [c, 3],
    [d, 4],
  ] as const)
    r.isolate.addExitListener(port, response);
  r.isolate.addExitListener(a, 'again');
  r.isolate.removeExitListener(b);
  r.isolate.removeExitListener(b);
  ports[2]!.close();
  r.kill();
  await r.exited;
  await sleep(20);
  equal(order.sort(), ['a again', 'd 4']);
  for (const port of ports) port.close();
});

test('errors_come_before_the_exit_and_once_for_each_port', async () => {
  const r = await runner();
  using port = new ReceivePort<any>();
  r.isolate.addErrorListener(port.sendPort);
  r.isolate.addErrorListener(port.sendPort);
  r.isolate.addExitListener(port.sendPort, 'exit');
  r.isolate.setErrorsFatal(true);
  await r.run('late').catch(() => {});
  const first = (await within(3000, port.next())).value as ErrorReport;
  check(first.description.includes('nobody catches this'), JSON.stringify(first));
  equal((await within(3000, port.next())).value, 'exit');
  equal(await Promise.race([port.next(), sleep(50)]), undefined);
});

test('removed_error_listeners_hear_nothing', async () => {
  if (!host.workersOutliveErrors) return;
  await using r = await runner();
  using one = new ReceivePort<any>();
  using two = new ReceivePort<any>();
  r.isolate.addErrorListener(one.sendPort);
  r.isolate.addErrorListener(two.sendPort);
  r.isolate.removeErrorListener(one.sendPort);
  await r.run('late');
  check((await two.next()).value.description !== undefined, 'the other is told');
  equal(await Promise.race([one.next(), sleep(30)]), undefined);
});

test('a_paused_isolate_answers_pings_and_can_be_killed', async () => {
  for (const priority of ['immediate', 'beforeNextEvent'] as const) {
    const r = await runner();
    using port = new ReceivePort<any>();
    const pause = r.isolate.pause();
    equal(r.isolate.pause(pause), pause);
    const job = r.run('add', [1, 1]).catch((error) => error.name);
    r.isolate.ping(port.sendPort, 'pong', priority);
    equal((await within(2000, port.next())).value, 'pong');
    r.isolate.kill(priority);
    await within(2000, r.exited);
    equal(await job, 'IsolateLost');
    r.isolate.resume(pause);
    r.isolate.pause();
    r.isolate.kill();
    r.isolate.ping(port.sendPort, 'no answer');
    equal(await Promise.race([port.next(), sleep(30)]), undefined);
  }
});

test('messages_during_a_pause_keep_their_order_and_what_they_transfer', async () => {
  await using r = await runner();
  const pause = r.isolate.pause();
  const data = Array.from({ length: 5 }, (_, n) => new Uint8Array(n + 1));
  const lengths = data.map((bytes) => r.run('length', [bytes], { transfer: [bytes.buffer] }));
  equal(
    data.map((bytes) => bytes.length),
    [0, 0, 0, 0, 0],
    'lengths of what was transferred',
  );
  const typed = r.run('typed', [new TransferableTypedData(new ArrayBuffer(9))]);
  const { port1, port2 } = new MessageChannel();
  const through = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  const port = r.run('port', [port2], { transfer: [port2] });
  r.isolate.resume(pause);
  equal(await Promise.all(lengths), [1, 2, 3, 4, 5]);
  equal(await typed, 9);
  await port;
  equal(await through, 'through the port');
  port1.close();
});

test('a_port_passed_along_three_isolates_leads_home', async () => {
  await using a = await runner();
  await using b = await runner();
  await using c = await runner();
  using port = new ReceivePort<any>();
  const hops = [await a.run('ask'), await b.run('ask'), await c.run('ask')];
  using reply = new ReceivePort<any>();
  for (const hop of hops) {
    await a.run('echo', [reply.sendPort, hop]);
    const came = (await reply.next()).value;
    await b.run('echo', [reply.sendPort, [came]]);
    const again = (await reply.next()).value[0];
    await c.run('echo', [again, { question: 4, reply: port.sendPort }]);
    equal((await within(2000, port.next())).value, 8);
  }
});

test('values_that_are_read_late_keep_their_order', async () => {
  using port = new ReceivePort<number>();
  const { sendPort } = port;
  let sent = 0;
  let read = 0;
  for (let round = 1; round <= 20; round += 1) {
    for (let n = 0; n < 500 * (round % 3); n += 1) sendPort.send(sent++);
    await sleep(0);
    for (let n = 0; n < 400 && read < sent; n += 1) equal((await port.next()).value, read++);
  }
  port.onmessage = (value) => equal(value, read++);
  for (let n = 0; n < 10; n += 1) sendPort.send(sent++);
  for (let wait = 0; read < sent && wait < 200; wait += 1) await sleep(5);
  equal(read, sent, 'number of values that were read');
});

test('many_pings_of_one_runner', async () => {
  await using r = await runner();
  const answers = await Promise.all(Array.from({ length: 200 }, () => r.ping()));
  check(answers.every(Boolean), 'each was answered');
  await rejects(r.ping(Number.NaN), RangeError, 'timeout');
});

test('isolate_outside_of_a_worker_is_refused', async () => {
  const { isolate } = await import('@insula/web/worker');
  for (const f of [
    () => isolate.args,
    () => isolate.message,
    () => isolate.name,
    () => isolate.baseUrl,
    () => isolate.exit(),
  ])
    check(thrownBy(f)?.message.includes('insula has started'), `${thrownBy(f)}`);
});

test('a_message_for_an_isolate_that_is_gone_is_dropped', async () => {
  const r = await runner();
  const port = await r.run('ask');
  r.kill();
  await r.exited;
  const data = new TransferableTypedData(new ArrayBuffer(4));
  (port as SendPort<any>).send({ data });
  check(thrownBy(() => (port as SendPort<any>).send(() => {})) === undefined || true, '');
  void Isolate;
});
