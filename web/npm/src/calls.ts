/**
 * The messages between who calls functions and who serves them. They are ordinary values of ports, so a Rust program can send
 * and answer them too.
 *
 * The served isolate sends the port for its calls to `isolate.message`, or `{ failed }`. A call is answered at its own
 * `reply`; calls without one are answered at `isolate.message`.
 */
import type { SendPort } from './ports.js';

/** To the served isolate. */
export interface Call {
  /** A number that the caller has not used for a call that still runs. */
  id: number;
  /** The name of the function. */
  call: string;
  args: unknown[];
  /** Where answers go. */
  reply?: SendPort<Answer>;
  /** For a stream: how many items may be sent before more are granted. */
  credits?: number;
}

/** To the served isolate, for a call that runs. */
export type Order =
  /** Tells its function that nobody wants the result. */
  | { cancel: number; reason?: unknown; reply?: SendPort<never> }
  /** Lets it send more items. */
  | { grant: number; credits: number; reply?: SendPort<never> };

/** To the served isolate: tear the state down and end. */
export interface Close {
  close: true;
}

/** From the served isolate. The last one of a call has `value` or `error`. */
export type Answer =
  | { id: number; value: unknown }
  | { id: number; error: Thrown }
  | { id: number; item: unknown }
  | { id: number; progress: unknown };

/** What a function has thrown. */
export interface Thrown {
  name: string;
  message: string;
  stack: string;
  /** What caused it, where something did. */
  cause?: Thrown;
  /** A thrown value that is no error, or an error's own fields, where they can be cloned. */
  data?: unknown;
}

/** What an isolate that can't serve sends in place of its port. */
export interface Failed {
  failed: Thrown;
}
