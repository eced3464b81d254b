/** Tests that run in a page, one after the other, and what they came to. */

export interface Outcome {
  name: string;
  /** Missing where the test has passed. */
  error?: string;
  milliseconds: number;
}

/** No test waits longer. */
const LIMIT = 15_000;

const { Deno, Bun } = globalThis as { Deno?: object; Bun?: object };

/** In what the hosts of workers differ; docs/hosts.md has the reasons. */
export const host = {
  /** Whether a worker goes on after an error that nothing catches. */
  workersOutliveErrors: !Deno && !Bun,
  /** Whether a worker can end itself by `self.close()`. */
  workersClose: !Bun,
  /** Whether a worker that listens to nothing lives on. */
  workersStay: !Bun,
  /** Whether it tells anybody of a module whose top level rejects. WebKit does not. */
  tellsOfTopLevels: !/AppleWebKit.*Version\//.test(globalThis.navigator?.userAgent ?? ''),
  /** Whether a promise may be rejected with a revoked proxy: Bun ends the worker then. */
  takesAnyRejection: !Bun,
  /** Whether a message that can't be cloned leaves alone what it would have transferred. */
  failedTransfersAreUndone: !Deno,
};

/** Rejections that nobody has taken. */
const rejections: string[] = [];
globalThis.addEventListener?.('unhandledrejection', (event) => {
  event.preventDefault();
  rejections.push(String(event.reason?.stack ?? event.reason));
});
(globalThis as { Bun?: object; process?: { on(event: string, listener: (reason: any) => void): void } }).Bun &&
  (globalThis as any).process.on('unhandledRejection', (reason: any) =>
    rejections.push(String(reason?.stack ?? reason)),
  );

const tests: [name: string, body: () => Promise<void> | void][] = [];

export function test(name: string, body: () => Promise<void> | void): void {
  tests.push([name, body]);
}

export async function runAll(filter: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [name, body] of tests) {
    if (!name.includes(filter)) continue;
    const began = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it hung: no end in ${LIMIT} ms`)), LIMIT);
    });
    const outcome: Outcome = { name, milliseconds: 0 };
    try {
      await Promise.race([body(), late]);
    } catch (error) {
      outcome.error = error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error);
    }
    clearTimeout(timer);
    // Engines tell of a rejection in a later task.
    await sleep(0);
    const [rejection] = rejections.splice(0);
    if (rejection !== undefined) outcome.error ??= `nobody has taken a rejection: ${rejection}`;
    outcome.milliseconds = Math.round(performance.now() - began);
    outcomes.push(outcome);
  }
  return outcomes;
}

export function equal(found: unknown, expected: unknown, what = 'value'): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`the ${what} is ${a}, and should be ${b}`);
}

export function check(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

type Class<T> = abstract new (...args: any[]) => T;

/** The error that `promise` rejects with, which is a `type` with `text` in its message. */
export async function rejects<T extends Error>(promise: Promise<unknown>, type: Class<T>, text = ''): Promise<T> {
  const error = await promise.then(
    (value) => new Error(`it did not reject, but came to ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!(error instanceof type)) throw error;
  check(error.message.includes(text), `the message is "${error.message}", and should have "${text}"`);
  return error;
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What `promise` comes to; an error if that takes longer than `ms` milliseconds. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const late = sleep(ms).then(() => Promise.reject(new Error(`it hung: no end in ${ms} ms`)));
  return Promise.race([promise, late]);
}

/** As compilers take it where an engine does not have it yet. */
export const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
