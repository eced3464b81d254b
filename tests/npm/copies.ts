// Two copies of the package on one page.
import { EncodeError, ReceivePort, type SendPort, TransferableTypedData } from '@insula/web';
import { type Api, main, runner } from './common.js';
import { asyncDispose, check, equal, rejects, test, within } from './harness.js';

async function otherCopy(): Promise<typeof import('@insula/web')> {
  const other = await import(new URL('./copy.js', import.meta.url).href);
  check(other.IsolateRunner !== undefined && other.ReceivePort !== ReceivePort, 'it is another copy');
  return other;
}

test('a_port_can_be_sent_by_another_copy_of_the_package', async () => {
  const other = await otherCopy();
  await using r = await runner();
  const o = await other.IsolateRunner.spawn<Api>(main);
  using port = new ReceivePort<any>();
  using otherPort = new other.ReceivePort<any>();
  for (const from of [r, o])
    for (const to of [port, otherPort]) {
      await from.run('echo', [to.sendPort, [to.sendPort]]);
      const { value } = await within(2000, to.next());
      check(to.sendPort.equals(value[0]) && value[0].equals(to.sendPort), 'the port came back as itself');
      value[0].send('home');
      equal((await within(2000, to.next())).value, 'home');
    }
  // A port of an isolate that the other copy has started.
  const questions = await o.run('ask');
  await r.run('echo', [port.sendPort, questions]);
  const came = (await within(2000, port.next())).value as SendPort<unknown>;
  came.send({ question: 21, reply: port.sendPort });
  equal((await within(2000, port.next())).value, 42);
  await o[asyncDispose]();
});

test('handles_of_another_copy_are_what_they_are', async () => {
  const other = await otherCopy();
  await using r = await runner();
  equal(await r.run('typed', [new other.TransferableTypedData(new ArrayBuffer(16))]), 16);
  const data = new TransferableTypedData(new ArrayBuffer(4));
  const o = await other.IsolateRunner.spawn<Api>(main);
  equal(await o.run('typed', [data]), 4);
  using port = new other.ReceivePort<any>();
  await rejects(r.run('echo', [port as any, 1]), EncodeError, 'only its `SendPort`');
  await rejects(r.run('echo', [port.sendPort, o as any]), EncodeError, 'only its `SendPort`');
  r.isolate.addExitListener(port.sendPort, 'gone');
  r.kill();
  equal((await within(2000, port.next())).value, 'gone');
  await o.close();
});
