import type { Thrown } from '../calls.js';

/** Gives a class's errors its name, which minifiers would take from them. */
function named(type: { prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, 'name', { value: name, writable: true, configurable: true });
}

/**
 * What a function in another isolate has thrown.
 *
 * It has the name and the message of the error there. `cause` is that error's own cause.
 */
export class RemoteError extends Error {
  /** The stack in the other isolate; empty where it threw something that is no error. */
  readonly remoteStack: string;
  /** The error's own fields, such as `code`; or the value that was thrown, if it was no error. */
  readonly data: unknown;

  constructor(thrown: Thrown) {
    super(thrown.message, thrown.cause && { cause: new RemoteError(thrown.cause) });
    this.remoteStack = thrown.stack;
    this.data = thrown.data;
    if (thrown.name !== 'Error') this.name = thrown.name;
    if (thrown.stack !== '')
      this.stack = `${thrown.stack}\n    -- called from --\n${this.stack?.split('\n').slice(1).join('\n')}`;
  }
}

/** An isolate could not be started. `cause` says more, where there is more. */
export class SpawnError extends Error {}

/** This host, or any browser, can't do what was asked for. The message says what to use. */
export class UnsupportedError extends Error {}

/** Arguments can't be sent. Nothing was sent, and nothing was transferred; `cause` is the engine's `DataCloneError`. */
export class EncodeError extends Error {}

/** What the errors of jobs have in common. */
export abstract class JobError extends Error {
  /** Whether the job's function had been called, or may have been. */
  readonly begun: boolean;

  constructor(message: string, begun: boolean, options?: ErrorOptions) {
    super(message, options);
    this.begun = begun;
  }
}

/** The job's `signal` was aborted, or its pool was ended; `cause` is the signal's reason. */
export class Cancelled extends JobError {}

/** The job ran for longer than its `timeout`. */
export class TimedOut extends JobError {}

/** The job was not done when its `deadline` had come. */
export class DeadlineExceeded extends JobError {}

/** The pool's queue is full; `whenFull` says what happens then. The job has not begun. */
export class QueueFull extends JobError {}

/** The isolate ended, died or was killed before it answered. `cause` says why, where that is known. */
export class IsolateLost extends JobError {}

/** The runner, balancer or pool was closed before. The job has not begun. */
export class Closed extends JobError {}

const all = {
  RemoteError,
  SpawnError,
  UnsupportedError,
  EncodeError,
  Cancelled,
  TimedOut,
  DeadlineExceeded,
  QueueFull,
  IsolateLost,
  Closed,
};
for (const [name, type] of Object.entries(all)) named(type, name);
