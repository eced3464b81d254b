import { asyncDispose } from '../dispose.js';
import { copyOf, Local, rootScope, type SendPort } from './ports.js';
import { Capability } from './capability.js';
import { UnsupportedError } from './errors.js';
import { type End, type ErrorReport, Guest, type Launch, type Source } from './guest.js';

/**
 * When a ping or a kill takes effect: at once, or between two events of the isolate.
 *
 * A worker is told nothing in the middle of its work. So a ping is answered between two events in both cases. A kill stops
 * the worker at once, in WebKit at its next call out of wasm or of the script.
 */
export type Priority = 'immediate' | 'beforeNextEvent';

/** How an isolate is started. */
export interface IsolateOptions {
  /** What errors and `isolate.name` call it; the URL of its script unless given. */
  debugName?: string | undefined;
  /** Whether it waits for `resume(isolate.pauseCapability)` before its first event. */
  paused?: boolean | undefined;
  /** Whether an uncaught error ends it. True unless given. */
  errorsFatal?: boolean | undefined;
  /** Told of its end. */
  onExit?: SendPort<any> | undefined;
  /** Told of each uncaught error. */
  onError?: SendPort<ErrorReport> | undefined;
  /** What in the message changes its owner. */
  transfer?: readonly Transferable[] | undefined;
  /** After how many milliseconds without an answer the start has failed. 20,000 unless given. */
  startTimeout?: number | undefined;
  /** Where a bundler has put `@insula/web/loader`, if it does not find that by itself. */
  loader?: string | URL | undefined;
  /** Cancels the start. */
  signal?: AbortSignal | undefined;
}

export const START_TIMEOUT = 20_000;

/** The guest of an isolate, for the files of this folder. */
export const guests = new WeakMap<Isolate, Guest>();

/** A worker with memory and an event loop of its own. */
export class Isolate extends Local implements AsyncDisposable {
  /** Allows `pause`. */
  readonly pauseCapability = new Capability();
  /** Allows `kill` and `setErrorsFatal`. */
  readonly terminateCapability = new Capability();
  readonly #guest: Guest;
  readonly #pauses = new Set<Capability>();
  readonly #exitListeners: [port: SendPort<any>, response: unknown][] = [];
  readonly #errorListeners: SendPort<ErrorReport>[] = [];
  readonly #exited: Promise<End>;
  #errorsFatal: boolean;
  /** Whether somebody hears why it has ended. */
  #isAwaited = false;

  private constructor(guest: Guest, { paused = false, errorsFatal = true, onExit, onError }: IsolateOptions) {
    super();
    this.#guest = guest;
    this.#errorsFatal = errorsFatal;
    guests.set(this, guest);
    if (paused) this.#pauses.add(this.pauseCapability);
    guest.pauses = this.#pauses.size;
    if (onExit) this.addExitListener(onExit, null);
    if (onError) this.addErrorListener(onError);
    guest.onError = (report, error) => {
      for (const port of this.#errorListeners) port.send(report);
      const isHeard = this.#errorListeners.length > 0 || (this.#errorsFatal && this.#isAwaited);
      if (!isHeard) console.error(`insula: in ${guest.name}:`, error);
      return this.#errorsFatal;
    };
    this.#exited = guest.ended.then((end) => {
      for (const [port, response] of this.#exitListeners.splice(0)) {
        try {
          port.send(response);
        } catch (error) {
          console.error(`insula: an exit listener of ${guest.name} can't be told:`, error);
        }
      }
      return end;
    });
  }

  /** Resolves when the isolate has ended; `cause` is missing if it ended by itself or by `kill`. */
  get exited(): Promise<End> {
    this.#isAwaited = true;
    return this.#exited;
  }

  /**
   * Rejects: a worker does not see the variables of this page, so it can't run a function of it.
   *
   * @throws an {@link UnsupportedError} that says what to use
   */
  static spawn(_entry: (...args: any[]) => unknown, _message?: unknown): Promise<Isolate> {
    return Promise.reject(
      new UnsupportedError(
        "`Isolate.spawn` can't run a function of this page in a worker, which does not see its variables. Put the function into a " +
          "module, `export const api = serve({ … })` of '@insula/web/worker', and use `WorkerPool.spawn<typeof api>(() => new " +
          "Worker(new URL('./module.js', import.meta.url), { type: 'module' }))`; or `Isolate.spawnUri` with the URL of a module",
      ),
    );
  }

  /**
   * Starts an isolate from a module. That imports `isolate` from '@insula/web/worker', or from `isolate.js`; or nothing of
   * insula, if it comes from a URL.
   *
   * @param args texts, which the module finds in `isolate.args`
   * @param message a value with ports in it, which the module finds in `isolate.message`
   * @throws a `SpawnError` when the module can't be loaded, throws while it starts, or is silent for `startTimeout`; `Cancelled`
   */
  static async spawnUri(
    source: Source,
    args: readonly string[] = [],
    message?: unknown,
    options: IsolateOptions = {},
  ): Promise<Isolate> {
    const launch: Launch = {
      debugName: options.debugName ?? (typeof source === 'function' ? 'isolate' : String(source)),
      args,
      message,
      transfer: options.transfer ?? [],
      paused: options.paused ?? false,
      startTimeout: options.startTimeout ?? START_TIMEOUT,
      loader: options.loader,
      signal: options.signal,
    };
    return new Isolate(await Guest.start(source, launch), options);
  }

  get debugName(): string {
    return this.#guest.name;
  }

  /**
   * Holds the isolate's events back from now on, until all capabilities that it was paused with have resumed it. What it has
   * got already it still handles.
   *
   * @returns the capability that resumes it; `resume`, if that is given
   */
  pause(resume = new Capability()): Capability {
    this.#pauses.add(resume);
    this.#guest.pauses = this.#pauses.size;
    this.#guest.hold(true);
    return resume;
  }

  /** Ends the pause of this capability. A second time has no effect. */
  resume(resume: Capability): void {
    this.#pauses.delete(resume);
    this.#guest.pauses = this.#pauses.size;
    if (this.#pauses.size === 0) this.#guest.hold(false);
  }

  /**
   * Sends `response` to `port` when the isolate has come to its event loop. An isolate that has ended never answers.
   *
   * @throws a `DataCloneError` when the response can't be cloned
   */
  ping<T>(port: SendPort<T>, response: T, _priority: Priority = 'immediate'): void {
    const copy = copyOf(rootScope, response);
    this.#guest.ping((isThere) => {
      if (isThere) port.send(copy);
    });
  }

  /** Ends the isolate. With `'beforeNextEvent'` the event that runs is finished first, with those it has got already. */
  kill(priority: Priority = 'immediate'): void {
    if (priority === 'immediate') return this.#guest.end();
    this.#guest.hold(true);
    this.#guest.ping(() => this.#guest.end());
  }

  /**
   * Sends `response` to `port` when the isolate has ended; at once if it has. A second call for a port replaces the response.
   *
   * @throws a `DataCloneError` when the response can't be cloned
   */
  addExitListener<T>(port: SendPort<T>, response: T): void {
    const copy = copyOf(rootScope, response);
    this.removeExitListener(port);
    if (this.#guest.hasEnded) port.send(copy);
    else this.#exitListeners.push([port, copy]);
  }

  removeExitListener(port: SendPort<any>): void {
    const at = this.#exitListeners.findIndex(([other]) => other.equals(port));
    if (at >= 0) this.#exitListeners.splice(at, 1);
  }

  /** Tells `port` of each uncaught error. */
  addErrorListener(port: SendPort<ErrorReport>): void {
    this.removeErrorListener(port);
    this.#errorListeners.push(port);
  }

  removeErrorListener(port: SendPort<ErrorReport>): void {
    const at = this.#errorListeners.findIndex((other) => other.equals(port));
    if (at >= 0) this.#errorListeners.splice(at, 1);
  }

  /** Whether uncaught errors end the isolate from now on. */
  setErrorsFatal(fatal: boolean): void {
    this.#errorsFatal = fatal;
  }

  /** Kills the isolate at the end of an `await using` block. */
  async [asyncDispose](): Promise<void> {
    this.kill();
    await this.exited;
  }
}
