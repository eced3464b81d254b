// The rows: for each contestant a function that starts it and gives its go.
import { wrap, transfer } from 'comlink';
import workerpool from 'workerpool';
import { IsolateRunner, WorkerPool } from '@insula/web';
import load, { Decoder, decodeHere, document as photos, firstResults, Pair, Pool } from './module/insula_bench_web.js';
import { Bare } from './bare.js';
import { expect, felt, timed } from './measure.js';

const module = await WebAssembly.compileStreaming(fetch(new URL('./module/insula_bench_web_bg.wasm', import.meta.url)));
await load({ module_or_path: module });

const script = (name) => new URL(`./workers/${name}.js`, import.meta.url);
const worker = (name) => new Worker(script(name), { type: 'module' });

/** An entry of a row whose go does one call after the other. */
const oneByOne = async (count, call) => {
  for (let number = 0; number < count; number += 1) expect(await call(number), number);
};

/** An entry of a row whose calls are all there at once. */
const atOnce = async (count, call) => {
  const answers = [];
  for (let number = 0; number < count; number += 1) answers.push(call(number));
  expect((await Promise.all(answers)).length, count);
};

const runner = () => IsolateRunner.spawn(() => worker('insula'));
const comlink = () => wrap(worker('comlink'));
const pool = (workers) =>
  workerpool.pool(script('workerpool').href, { minWorkers: workers, maxWorkers: workers, workerOpts: { type: 'module' } });

const trips = (isQuick) => (isQuick ? 20 : 2000);

const roundTrips = {
  'insula, a job': async (isQuick) => {
    const pair = await Pair.start();
    return timed(trips(isQuick), (count) => pair.jobTrips(count));
  },
  'insula, ports': async (isQuick) => {
    const pair = await Pair.start();
    return timed(trips(isQuick), (count) => pair.portTrips(count));
  },
  '@insula/web': async (isQuick) => {
    const one = await runner();
    return timed(trips(isQuick), (count) => oneByOne(count, (number) => one.run('echo', [number])));
  },
  postMessage: async (isQuick) => {
    const bare = Bare.echo();
    return timed(trips(isQuick), (count) => bare.trips(count));
  },
  comlink: async (isQuick) => {
    const api = comlink();
    return timed(trips(isQuick), (count) => oneByOne(count, (number) => api.echo(number)));
  },
  workerpool: async (isQuick) => {
    const one = pool(1);
    return timed(trips(isQuick), (count) => oneByOne(count, (number) => one.exec('echo', [number])));
  },
};

/** The first trips of a pair that has just begun: its code is not optimised yet. */
const coldTrips = (isQuick) => (isQuick ? 20 : 1000);
const cold = (isQuick, start) => {
  const count = coldTrips(isQuick);
  return async () => {
    const [work, end] = await start();
    const go = timed(count, work);
    const figures = await go();
    end();
    return figures;
  };
};

const firstTrips = {
  'insula, a job': (isQuick) =>
    cold(isQuick, async () => {
      const pair = await Pair.start();
      return [(count) => pair.jobTrips(count), () => pair.end()];
    }),
  'insula, ports': (isQuick) =>
    cold(isQuick, async () => {
      const pair = await Pair.start();
      return [(count) => pair.portTrips(count), () => pair.end()];
    }),
  '@insula/web': (isQuick) =>
    cold(isQuick, async () => {
      const one = await runner();
      return [(count) => oneByOne(count, (number) => one.run('echo', [number])), () => one.isolate.kill('immediate')];
    }),
  postMessage: (isQuick) =>
    cold(isQuick, async () => {
      const bare = Bare.echo();
      await bare.call(0);
      return [(count) => bare.trips(count), () => bare.end()];
    }),
  comlink: (isQuick) =>
    cold(isQuick, async () => {
      const its = worker('comlink');
      const api = wrap(its);
      await api.echo(0);
      return [(count) => oneByOne(count, (number) => api.echo(number)), () => its.terminate()];
    }),
};

const inFlight = (isQuick) => (isQuick ? 20 : 1000);

const manyAtOnce = {
  'insula, jobs': async (isQuick) => {
    const pair = await Pair.start();
    return timed(inFlight(isQuick), (count) => pair.jobsAtOnce(count));
  },
  'insula, ports': async (isQuick) => {
    const pair = await Pair.start();
    return timed(inFlight(isQuick), (count) => pair.messagesAtOnce(count));
  },
  '@insula/web': async (isQuick) => {
    const one = await runner();
    return timed(inFlight(isQuick), (count) => atOnce(count, (number) => one.run('echo', [number])));
  },
  postMessage: async (isQuick) => {
    const bare = Bare.echo();
    return timed(inFlight(isQuick), (count) => bare.atOnce(count));
  },
  comlink: async (isQuick) => {
    const api = comlink();
    return timed(inFlight(isQuick), (count) => atOnce(count, (number) => api.echo(number)));
  },
  workerpool: async (isQuick) => {
    const one = pool(1);
    return timed(inFlight(isQuick), (count) => atOnce(count, (number) => one.exec('echo', [number])));
  },
};

const oneWay = {
  'insula, ports': async (isQuick) => {
    const pair = await Pair.start();
    return timed(isQuick ? 100 : 20000, (count) => pair.oneWay(count));
  },
  postMessage: async (isQuick) => {
    const bare = Bare.echo();
    return timed(isQuick ? 100 : 20000, (count) => bare.oneWay(count));
  },
};

const oneWayBack = {
  'insula, ports': async (isQuick) => {
    const pair = await Pair.start();
    return timed(isQuick ? 100 : 20000, (count) => pair.oneWayBack(count));
  },
  postMessage: async (isQuick) => {
    const bare = Bare.echo();
    return timed(isQuick ? 100 : 20000, (count) => bare.oneWayBack(count));
  },
};

const starts = (isQuick) => (isQuick ? 1 : 5);
const startOf = (isQuick, start) => timed(starts(isQuick), async (count) => oneByOne(count, start));

const firstResult = {
  insula: (isQuick) => timed(starts(isQuick), (count) => firstResults(count)),
  'postMessage, the same module': (isQuick) =>
    startOf(isQuick, async (number) => {
      const bare = new Bare(worker('module'));
      const answer = await bare.call({ module, number });
      bare.end();
      return answer;
    }),
};

const firstResultWithoutModule = {
  '@insula/web': (isQuick) =>
    startOf(isQuick, async (number) => {
      const one = await runner();
      const answer = await one.run('echo', [number]);
      one.isolate.kill('immediate');
      return answer;
    }),
  postMessage: (isQuick) =>
    startOf(isQuick, async (number) => {
      const bare = Bare.echo();
      const answer = await bare.call(number);
      bare.end();
      return answer;
    }),
  comlink: (isQuick) =>
    startOf(isQuick, async (number) => {
      const its = worker('comlink');
      const answer = await wrap(its).echo(number);
      its.terminate();
      return answer;
    }),
  workerpool: (isQuick) =>
    startOf(isQuick, async (number) => {
      const one = pool(1);
      const answer = await one.exec('echo', [number]);
      await one.terminate(true);
      return answer;
    }),
};

const size = (isQuick) => (isQuick ? 1000 : 1_000_000);
const byteTrips = (isQuick) => (isQuick ? 2 : 20);

const copied = {
  'insula, Vec<u8>': async (isQuick) => {
    const pair = await Pair.start();
    return timed(byteTrips(isQuick), (count) => pair.vecTrips(size(isQuick), count));
  },
  'insula, ByteBuf': async (isQuick) => {
    const pair = await Pair.start();
    return timed(byteTrips(isQuick), (count) => pair.byteBufTrips(size(isQuick), count));
  },
  'insula, TransferableTypedData': async (isQuick) => {
    const pair = await Pair.start();
    return timed(byteTrips(isQuick), (count) => pair.transferableTrips(size(isQuick), count));
  },
  '@insula/web': async (isQuick) => {
    const one = await runner();
    return timed(byteTrips(isQuick), (count) => again(count, new Uint8Array(size(isQuick)), (bytes) => one.run('echo', [bytes])));
  },
  'postMessage, cloned': async (isQuick) => {
    const bare = Bare.echo();
    return timed(byteTrips(isQuick), (count) => again(count, new Uint8Array(size(isQuick)), (bytes) => bare.call(bytes)));
  },
  'postMessage, transferred': async (isQuick) => {
    const bare = new Bare(worker('transfer'));
    return timed(byteTrips(isQuick), (count) =>
      again(count, new Uint8Array(size(isQuick)), (bytes) => bare.call(bytes, [bytes.buffer])),
    );
  },
  comlink: async (isQuick) => {
    const api = comlink();
    return timed(byteTrips(isQuick), (count) =>
      again(count, new Uint8Array(size(isQuick)), (bytes) => api.echo(transfer(bytes, [bytes.buffer]))),
    );
  },
};

/** What came goes out again. */
const again = async (count, bytes, call) => {
  const { length } = bytes;
  let current = bytes;
  for (let number = 0; number < count; number += 1) current = await call(current);
  expect(current.length, length);
};

const photoCount = (isQuick) => (isQuick ? 1000 : 211_640);
const documents = new Map();
const documentOf = (isQuick) => {
  const count = photoCount(isQuick);
  if (!documents.has(count)) documents.set(count, photos(count));
  return documents.get(count).slice().buffer;
};

const decoding = {
  'insula, slices': async (isQuick) => {
    const decoder = await Decoder.start();
    return felt(
      () => documentOf(isQuick),
      (bytes) => decoder.inSlices(bytes, photoCount(isQuick)),
    );
  },
  'insula, one value': async (isQuick) => {
    const decoder = await Decoder.start();
    return felt(
      () => documentOf(isQuick),
      (bytes) => decoder.asOne(bytes, photoCount(isQuick)),
    );
  },
  'insula, on the page': (isQuick) =>
    felt(
      () => documentOf(isQuick),
      (bytes) => decodeHere(bytes, photoCount(isQuick)),
    ),
  'JSON.parse on the page': (isQuick) =>
    felt(
      () => documentOf(isQuick),
      (bytes) => expect(JSON.parse(new TextDecoder().decode(bytes)).length, photoCount(isQuick)),
    ),
  'JSON.parse in a worker, postMessage': (isQuick) => {
    const bare = new Bare(worker('parse'));
    return felt(
      () => documentOf(isQuick),
      async (bytes) => expect((await bare.call(bytes, [bytes])).length, photoCount(isQuick)),
    );
  },
};

/** Jobs that are all there at once, on two workers, each busy for so long. */
const jobs = (milliseconds, most) => {
  const count = (isQuick) => (isQuick ? 4 : most);
  return {
    'insula, WorkerPool': async (isQuick) => {
      const two = await Pool.start(2);
      return timed(count(isQuick), (number) => two.jobs(milliseconds, number));
    },
    '@insula/web, WorkerPool': async (isQuick) => {
      const two = await WorkerPool.spawn(() => worker('insula'), { min: 2, max: 2 });
      return timed(count(isQuick), (number) => atOnce(number, () => two.run('busy', [milliseconds])));
    },
    workerpool: async (isQuick) => {
      const two = pool(2);
      return timed(count(isQuick), (number) => atOnce(number, () => two.exec('busy', [milliseconds])));
    },
  };
};

export const rows = {
  W1: roundTrips,
  'W1-cold': firstTrips,
  W2: manyAtOnce,
  'W2-one-way': oneWay,
  'W2-one-way-back': oneWayBack,
  W3: firstResult,
  'W3-no-module': firstResultWithoutModule,
  W4: copied,
  W5: decoding,
  'W8-empty': jobs(0, 1000),
  'W8-10ms': jobs(10, 40),
};
