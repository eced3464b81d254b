import * as own from '../ports.js';
import { ROOT } from '../protocol.js';

/** What all copies of this package on a page have in common. */
interface Shared {
  /** Of the copy that came first: who sends a port knows it by its class. */
  readonly code: Pick<
    typeof own,
    'BasePort' | 'copyOf' | 'deliver' | 'detach' | 'Local' | 'SendPort' | 'TransferableTypedData'
  >;
  readonly rootScope: own.Scope;
  /** The workers that have not ended, by the numbers of their isolates. */
  readonly workers: Map<number, Pick<own.Scope, 'post'>>;
}

/** The number is another one when what is shared changes. */
const symbol = Symbol.for('insula ports 1');

const shared = ((globalThis as { [symbol]?: Shared })[symbol] ??= make());

function make(): Shared {
  const { BasePort, copyOf, deliver, detach, Local, SendPort, TransferableTypedData } = own;
  const workers: Shared['workers'] = new Map();
  const rootScope: own.Scope = {
    own: ROOT,
    ports: new Map(),
    post(message, transfer) {
      if (message[1] !== ROOT) return workers.get(message[1])?.post(message, transfer);
      const copy = structuredClone(message, { transfer });
      queueMicrotask(() => deliver(rootScope, copy));
    },
  };
  return { code: { BasePort, copyOf, deliver, detach, Local, SendPort, TransferableTypedData }, rootScope, workers };
}

/** `rootScope` has the ports of this side, and its way to the workers. */
export const { rootScope, workers } = shared;
export const { copyOf, deliver, detach } = shared.code;

export const { BasePort, Local } = shared.code;
export type Local = own.Local;
export type SendPort<T = unknown> = own.SendPort<T>;
/**
 * Where messages are sent. A value may be everything that structured clone takes. Anywhere in its arrays, maps, sets and objects
 * there may be `SendPort`s and {@link TransferableTypedData}. It may have 500 levels.
 *
 * @class
 */
export const SendPort = shared.code.SendPort;
export type TransferableTypedData = own.TransferableTypedData;
/**
 * Bytes that change their owner without being copied, once.
 *
 * @class
 */
export const TransferableTypedData = shared.code.TransferableTypedData;
