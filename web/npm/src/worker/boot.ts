import { isMessage, lockName, type Message, ROOT, type Start, TAG, texts } from '../protocol.js';

/** What a worker knows of its start. `worker.js` of the Rust side makes the same, under the same symbol. */
export interface Boot {
  message: [tag: typeof TAG, own: number, kind: string, start: Start] | undefined;
  /** What has come since, for whom nobody listens yet. */
  backlog: Message[];
  isReady?: boolean;
  /** Says that all of the isolate's code is there. */
  ready?(): void;
  /** Takes the messages for the isolate's ports. */
  deliver?(message: Message): void;
  /** What the first copy of the worker half has made. */
  api?: unknown;
}

/** The parts of a worker's scope that are used here, in every host. */
interface WorkerScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: string, listener: (event: any) => void, options?: object): void;
  close?(): void;
}

export const scope = globalThis as unknown as WorkerScope;

const symbol = Symbol.for(TAG);

/** The start of this worker, once it is known. Undefined on pages, and in workers that insula has not started. */
export function bootOf(): Boot | undefined {
  const boot = (globalThis as { [symbol]?: Boot })[symbol];
  return boot?.message?.[3]?.script === undefined ? undefined : boot;
}

/** Whether this is a worker that can be an isolate. Bun has no class for the scope of one. */
export function isDedicatedWorker(): boolean {
  const { DedicatedWorkerGlobalScope: own, Bun } = globalThis as {
    DedicatedWorkerGlobalScope?: new () => object;
    Bun?: { isMainThread: boolean };
  };
  return own === undefined ? Bun?.isMainThread === false : globalThis instanceof own;
}

export function post(kind: string, ...rest: unknown[]): void {
  scope.postMessage([TAG, ROOT, kind, ...rest]);
}

/** Waits for the message that starts this worker, and calls `started` with what it says. */
export function listen(started: (boot: Boot) => void): void {
  const boot: Boot = { message: undefined, backlog: [] };
  scope.addEventListener('message', (event) => {
    const message: unknown = event.data;
    if (!isMessage(message)) return;
    const kind = message[2];
    if (boot.message === undefined) {
      if (kind !== 'start') return;
      const start = message[3] as Start;
      start.script ??= globalThis.location?.href ?? '';
      boot.message = message as NonNullable<Boot['message']>;
      (globalThis as { [symbol]?: Boot })[symbol] = boot;
      begin(boot, start, started);
    } else if (kind === 'ping') post('pong', message[3]);
    else if (kind === 'load') started(boot);
    else if (boot.deliver === undefined) boot.backlog.push(message);
    else boot.deliver(message);
  });
  scope.addEventListener('messageerror', () => post('lost', 'a message for it can not be read'));
}

/** Tells the page of the start and of errors that nothing catches. */
function begin(boot: Boot, { paused }: Start, started: (boot: Boot) => void): void {
  scope.addEventListener('unhandledrejection', (event) => {
    // The isolate's own code may have taken it.
    if (event.defaultPrevented) return;
    event.preventDefault();
    fail(boot, event.reason);
  });
  holdLock(lockName((boot.message as Message)[1])).then((holdsLock) => {
    boot.ready = () => {
      if (!boot.isReady) post('ready', '', holdsLock);
      boot.isReady = true;
    };
    if (paused) boot.ready();
    else started(boot);
  });
}

/** Tells of an error: before the start is done it has failed by it. */
export function fail(boot: Boot, error: unknown): void {
  const [description, stack] = texts(error);
  if (boot.isReady) post('error', description, stack);
  else post('failed', `${description}\n${stack}`);
}

/** Holds the lock `name` as long as this worker lives; resolves to whether it does. */
function holdLock(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const refuse = () => resolve(false);
    const hold = () => {
      resolve(true);
      return new Promise(() => {});
    };
    globalThis.navigator?.locks?.request(name, hold).catch(refuse) ?? refuse();
  });
}
