import { type Boot, bootOf, isDedicatedWorker, listen, post, scope } from './boot.js';
import {
  attach,
  BasePort,
  deliver,
  type Scope,
  SendPort as OwnSendPort,
  TransferableTypedData as OwnData,
} from '../ports.js';
import type { Start } from '../protocol.js';

/** This isolate, seen from inside. */
export interface IsolateScope {
  /** Resolves when the worker has heard from its page; from then on the other fields are there. */
  readonly started: Promise<void>;
  /** What `spawnUri` was given. */
  readonly args: readonly string[];
  /** The message that `spawnUri` was given. */
  readonly message: any;
  /** What relative URLs are relative to on the page: `new URL('data.json', isolate.baseUrl)`. */
  readonly baseUrl: string;
  /** The debug name. */
  readonly name: string;
  /** Sends a last value to `port`, if there is one, and ends this isolate. */
  exit<T>(port?: SendPort<T>, value?: T): void;
}

interface WorkerHalf {
  isolate: IsolateScope;
  SendPort: typeof OwnSendPort;
  ReceivePort: new <T = unknown>() => BasePort<T>;
  TransferableTypedData: typeof OwnData;
}

const half = enter();

/** This isolate. Outside a worker that insula has started, its fields throw. */
export const isolate: IsolateScope = half.isolate;

/** Where messages of this isolate arrive. */
export type ReceivePort<T = unknown> = BasePort<T>;
export const ReceivePort = half.ReceivePort;

export type SendPort<T = unknown> = OwnSendPort<T>;
/**
 * Where messages are sent.
 *
 * @class
 */
export const SendPort = half.SendPort;

export type TransferableTypedData = OwnData;
/**
 * Bytes that change their owner without being copied, once.
 *
 * @class
 */
export const TransferableTypedData = half.TransferableTypedData;

/** Whether this is a worker, which insula has started or may still start. */
export function isWorker(): boolean {
  return bootOf() !== undefined || isDedicatedWorker();
}

/** Two copies of this file, at two URLs, share one isolate. */
function enter(): WorkerHalf {
  const boot = bootOf();
  if (boot?.api) return boot.api as WorkerHalf;
  const { half, start } = makeHalf();
  const join = (boot: Boot) => {
    boot.api ??= half;
    start(boot);
  };
  if (boot !== undefined) join(boot);
  else if (isDedicatedWorker()) listen(join);
  return half;
}

/** A half whose start is still to come, and what gives it that. */
function makeHalf(): { half: WorkerHalf; start(boot: Boot): void } {
  let told: (Start & { own: number; message: unknown }) | undefined;
  let begin: () => void;
  const started = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const known = () => {
    if (told !== undefined) return told;
    throw new Error('only a worker that insula has started knows this, after `isolate.started`');
  };
  const own: Scope = {
    get own() {
      return known().own;
    },
    post: (message, transfer) => scope.postMessage(message, transfer),
    ports: new Map(),
  };
  class ReceivePort<T = unknown> extends BasePort<T> {
    constructor() {
      super(own);
    }
  }
  const isolate: IsolateScope = {
    started,
    get args() {
      return known().args;
    },
    get message() {
      return known().message;
    },
    get baseUrl() {
      return known().base;
    },
    get name() {
      return known().name;
    },
    exit(port, value) {
      if (!isWorker()) known();
      port?.send(value as never);
      post('ended');
      scope.close?.();
    },
  };
  const start = (boot: Boot) => {
    const [, number, , start] = boot.message as NonNullable<Boot['message']>;
    told = { ...start, own: number, message: attach(own, start.value, start.handles, start.buffers) };
    boot.deliver = (message) => deliver(own, message);
    // The isolate's own code comes first: it may open the ports.
    queueMicrotask(() => {
      for (const message of boot.backlog.splice(0)) deliver(own, message);
    });
    boot.ready?.();
    begin();
  };
  return { half: { isolate, SendPort: OwnSendPort, ReceivePort, TransferableTypedData: OwnData }, start };
}
