import { IsolateRunner, ReceivePort as OuterPort, WorkerPool } from '@insula/web';
import { ReceivePort, type SendPort, serve } from '@insula/web/worker';
import type { api as main } from './main.js';

const inner = () => new Worker(new URL('./main.js', import.meta.url), { type: 'module' });

export const api = serve({
  async sum(a: number, b: number) {
    await using pool = await WorkerPool.spawn<typeof main>(inner, { max: 1 });
    return await pool.run('add', [a, b]);
  },
  async inPort() {
    await using runner = await IsolateRunner.spawn<typeof main>(inner);
    const port = new OuterPort<unknown>();
    await runner.run('echo', [port.sendPort, 'from within']);
    return (await port.next()).value;
  },
  async outerPort(port: SendPort<unknown>) {
    await using runner = await IsolateRunner.spawn<typeof main>(inner);
    await runner.run('echo', [port, 1]);
  },
  async ownPort() {
    await using runner = await IsolateRunner.spawn<typeof main>(inner);
    await runner.run('echo', [new ReceivePort().sendPort, 1]);
  },
});
