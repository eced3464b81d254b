// What one more costs where many wait. Work is counted, because times differ from run to run.
import { pool } from './common.js';
import { check, equal, test } from './harness.js';
import { Fifo } from './node_modules/@insula/web/dist/fifo.js';
import { Events } from './node_modules/@insula/web/dist/page/events.js';
import { mapped } from './node_modules/@insula/web/dist/page/map.js';
import { Queue } from './node_modules/@insula/web/dist/page/queue.js';

const MANY = 2000;

const walks = 'concat every filter find findIndex forEach includes indexOf map reduce reverse shift slice some splice unshift';

/** How many elements pass through the methods of lists and promises that look at each, while `work` runs. */
async function passed(work: () => Promise<void> | void): Promise<number> {
  let count = 0;
  const methods: [of: any, name: string][] = [
    ...walks.split(' ').map((name): [any, string] => [Array.prototype, name]),
    ...['all', 'allSettled', 'any', 'race'].map((name): [any, string] => [Promise, name]),
  ];
  const originals = methods.map(([of, name]) => of[name]);
  methods.forEach(([of, name], at) => {
    of[name] = function (this: any, ...args: any[]) {
      count += (of === Promise ? args[0] : this).length;
      return originals[at].apply(this, args);
    };
  });
  try {
    await work();
  } finally {
    for (let at = 0; at < methods.length; at += 1) methods[at]![0][methods[at]![1]] = originals[at];
  }
  return count;
}

/** Fails when many have cost more than `most` for each. */
function bounded(count: number, most: number, what: string): void {
  check(count > 0 && count <= most * MANY, `${count} ${what} for ${MANY}: more than ${most} for each`);
}

test('an_item_in_a_row_is_moved_once', async () => {
  const row = new Fifo<number>();
  const taken: (number | undefined)[] = [];
  const moves = await passed(() => {
    for (let n = 0; n < MANY; n += 1) row.push(n);
    for (let n = 0; n < MANY; n += 1) {
      taken.push(row.shift());
      if (n % 2 === 0) row.push(MANY + n);
    }
  });
  equal(taken, [...taken.keys()]);
  bounded(moves, 3, 'items were moved');
});

test('a_job_is_compared_with_few_others', async () => {
  let looks = 0;
  const queue = new Queue<any>();
  const busy = {};
  const jobs = Array.from({ length: MANY }, (_, n) => ({
    get priority() {
      looks += 1;
      // Each number once, in no order: 7,919 is a prime.
      return (n * 7919) % MANY;
    },
    since: 0,
    order: n,
    home: n % 2 === 0 ? busy : undefined,
  }));
  const moves = await passed(() => {
    for (const job of jobs) queue.push(job);
    // Those of the isolate that is busy wait all the time.
    const order: number[] = [];
    for (let n = 0; n < MANY / 4; n += 1) order.push(queue.take([undefined, {}])!.priority);
    check(
      order.every((priority, at) => at === 0 || priority < order[at - 1]!),
      'they come by priority',
    );
    for (const job of jobs) queue.remove(job);
  });
  equal(queue.length, 0, 'number of jobs that are left');
  bounded(looks, 100, 'looks at priorities');
  check(moves <= 2 * MANY, `${moves} jobs were moved`);
});

test('a_job_that_waits_is_not_looked_at_again', async () => {
  await using p = await pool({ min: 2, max: 2, capacity: Infinity });
  await p.ready();
  const looks = await passed(async () => {
    const jobs = Array.from({ length: MANY }, () => p.run('never', [], { key: 'one key' }).catch(() => {}));
    // One isolate is busy, and the other one is free for jobs of other keys.
    equal(await p.run('add', [1, 1]), 2);
    await p.closeWithin(0);
    for (const job of jobs) await job;
  });
  bounded(looks, 50, 'looks');
});

test('a_result_of_a_map_is_waited_for_once', async () => {
  for (const ordered of [true, false]) {
    const ends: ((value: number) => void)[] = [];
    const submit = () => new Promise((resolve) => ends.push(resolve));
    const results: unknown[] = [];
    const looks = await passed(async () => {
      const { signal } = new AbortController();
      const items = Array.from({ length: MANY }, (_, n) => n);
      const map = mapped(items, submit, { label: 'map', ordered, inFlight: MANY, signal });
      const reader = (async () => {
        for await (const result of map) results.push(result);
      })();
      while (ends.length < MANY) await undefined;
      for (let n = 0; n < MANY; n += 1) {
        ends[n]!(n);
        await undefined;
      }
      await reader;
    });
    equal(results.length, MANY, 'number of results');
    bounded(looks, 3, 'looks');
  }
});

test('events_that_are_not_read_are_missed', async () => {
  const events = new Events();
  const reader = events.read();
  for (let isolate = 0; isolate < 130; isolate += 1) events.tell({ type: 'started', isolate });
  equal((await reader.next()).value, { type: 'missed', count: 30 });
  equal((await reader.next()).value, { type: 'started', isolate: 30 });
  await reader.return();
  equal((await reader.next()).done, true);
});
