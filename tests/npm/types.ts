// Types that tsc checks: nothing here runs.
import { Isolate, IsolateRunner, type SendPort, WorkerPool } from '@insula/web';
import { serve } from '@insula/web/worker';
import { main } from './common.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_ extends true>() => {};

export const api = serve(
  {
    sort: (xs: number[]) => [...xs].sort((a, b) => a - b),
    nothing() {},
    power: (base: number, exponent: number) => base ** exponent,
    async later(text: string, times?: number) {
      // What `init` makes is in `this`, and so is the job.
      const { words, count } = this.state;
      this.progress(words.length);
      is<Equal<typeof count, number>>();
      return { text: text.repeat(times ?? 1), aborted: this.signal.aborted };
    },
    *some(below: number): Generator<number, string> {
      if (below > 0) yield below;
      return 'end';
    },
    async *lines(url: URL) {
      yield url.href;
    },
    greet: (name?: string) => `hello ${name ?? 'you'}`,
    sum: (...numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0),
    longest: (texts: readonly string[]) => texts.length,
    fails(): never {
      throw new Error('always');
    },
  },
  {
    init: async (config: { words: string[] }) => ({ words: config.words, count: 1 }),
    teardown: (state) => void state.count,
  },
);

export async function pool(): Promise<void> {
  const config = () => ({ words: ['a'], bytes: new Uint8Array(1) });
  await WorkerPool.spawn<typeof api>(main, { config, configTransfer: ({ bytes }) => [bytes.buffer] });
  await IsolateRunner.spawn<typeof api>(main, { configTransfer: [new ArrayBuffer(1)] });
  // @ts-expect-error a list serves one isolate, and a pool starts several
  await WorkerPool.spawn<typeof api>(main, { configTransfer: [new ArrayBuffer(1)] });
  const pool = await WorkerPool.spawn<typeof api>(main);
  const sorted = await pool.run('sort', [[3, 1, 2]], { timeout: 1000, priority: 1, key: 'a' });
  is<Equal<typeof sorted, number[]>>();
  const nothing = await pool.run('nothing');
  is<Equal<typeof nothing, void>>();
  const later = await pool.run('later', ['a']);
  is<Equal<typeof later, { text: string; aborted: boolean }>>();
  const eight = await pool.run('power', [2, 3] as const);
  is<Equal<typeof eight, number>>();
  const greeting = await pool.run('greet');
  is<Equal<typeof greeting, string>>();
  await pool.run('greet', [], { timeout: 1 });
  await pool.run('greet', ['you']);
  await pool.run('sum');
  await pool.run('sum', [1, 2, 3]);
  await pool.run('longest', [['a', 'b'] as const]);
  const fails = pool.run('fails');
  is<Equal<typeof fails, Promise<never>>>();
  for await (const n of pool.stream('some', [3], { credits: 4 })) is<Equal<typeof n, number>>();
  const some = await pool.stream('some', [3]).next();
  if (some.done) is<Equal<typeof some.value, string | undefined>>();
  else is<Equal<typeof some.value, number>>();
  for await (const line of pool.stream('lines', [new URL('a:b')])) is<Equal<typeof line, string>>();
  for await (const list of pool.map('sort', [[1], [2]])) is<Equal<typeof list, number[]>>();
  for (const end of await pool.broadcast('sort', [[1]], { timeout: 1 }))
    is<Equal<typeof end, PromiseSettledResult<number[]>>>();
  for await (const event of pool.events()) if (event.type === 'notStarted') is<Equal<typeof event.error, Error>>();
  for await (const { text } of pool.map('later', ['a'])) is<Equal<typeof text, string>>();
  const maybe: AbortSignal | undefined = undefined;
  await pool.run('greet', [], { signal: maybe, timeout: undefined, key: undefined });
  await WorkerPool.spawn<typeof api>(main, { signal: maybe, max: undefined });
  // @ts-expect-error no type was given
  await (await WorkerPool.spawn(main)).run('greet');
  // @ts-expect-error `await` was forgotten
  await WorkerPool.spawn<typeof api>(main).run('greet');
  // @ts-expect-error an item is one argument, and this function needs two
  pool.map('power', [[2, 3]]);
  // @ts-expect-error a broadcast goes to all, whatever their keys
  await pool.broadcast('nothing', [], { key: 'a' });

  // @ts-expect-error its name is a text
  await pool.run('greet', [1]);
  // @ts-expect-error it takes numbers
  await pool.run('sum', [1, 'two']);
  // @ts-expect-error what every object has is not served
  await pool.run('toString');
  // @ts-expect-error there is no such function
  await pool.run('sortt', [[1]]);
  // @ts-expect-error it takes numbers
  await pool.run('sort', [['a']]);
  // @ts-expect-error its argument is missing
  await pool.run('sort');
  // @ts-expect-error arguments stand in a list
  await pool.run('sort', [1, 2]);
  // @ts-expect-error a generator is streamed
  await pool.run('some', [1]);
  // @ts-expect-error a function is run
  pool.stream('sort', [[1]]);
  // @ts-expect-error there is no such option
  await pool.run('nothing', [], { timeOut: 1 });
  // @ts-expect-error a runner's jobs have no priority
  await (await IsolateRunner.spawn<typeof api>(main)).run('nothing', [], { priority: 1 });
}

/** A type of functions will do, where nothing is to be imported from the worker. */
interface Plain {
  double(n: number): number;
}

export async function plain(port: SendPort<number>): Promise<void> {
  const runner = await IsolateRunner.spawn<{ double(n: number): number }>('./double.js');
  const four = await runner.run('double', [2]);
  is<Equal<typeof four, number>>();
  await IsolateRunner.spawn<Plain>(new URL('file:///double.js'));
  const isolate = await Isolate.spawnUri('./script.js', ['a'], port, { paused: true });
  isolate.ping(port, 1, 'beforeNextEvent');
  // @ts-expect-error the port takes numbers
  isolate.ping(port, 'one');
  // @ts-expect-error there is no such priority
  isolate.kill('soon');
}
