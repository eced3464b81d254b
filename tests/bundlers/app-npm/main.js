// An application that uses the npm package: a pool, a stream, an error, and an isolate by its URL.
import { Isolate, ReceivePort, WorkerPool } from '@insula/web';

/** Where the package's loader is, for a bundler that does not find it. */
const loader = document.querySelector('link[rel=loader]')?.href;

async function work() {
  const pool = await WorkerPool.spawn(() => new Worker(new URL('./sorter.js', import.meta.url), { type: 'module' }), { max: 2 });
  const sorted = await pool.run('sort', [[3, 1, 2]]);
  const numbers = [];
  for await (const n of pool.stream('numbers', [3])) numbers.push(n);
  const error = await pool.run('fail').catch(({ name, message }) => `${name}: ${message}`);
  const name = await pool.run('name');
  await pool.close();

  const isolate = await Isolate.spawnUri(new URL('script.js', document.baseURI), [], null, { loader });
  const pongs = new ReceivePort();
  isolate.ping(pongs.sendPort, 'pong');
  const { value: pong } = await pongs.next();
  isolate.kill();
  return { sorted, numbers, error, name, pong };
}

work().then(
  (report) => show('done', JSON.stringify(report)),
  (error) => show('failed', `${error}\n${error.stack}`),
);

function show(state, text) {
  document.body.textContent = text;
  document.body.dataset.state = state;
}
