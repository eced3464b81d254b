import { onAbort } from './aborts.js';
import type { Client, Hearing } from './client.js';
import { checkSignal, checkTime } from './check.js';
import { after } from './clock.js';
import { Cancelled, DeadlineExceeded, type JobError, TimedOut } from './errors.js';

/** What one job may be given. */
export interface JobOptions {
  /** Cancels the job when it is aborted. */
  signal?: AbortSignal | undefined;
  /** For how many milliseconds it may run, from its start. */
  timeout?: number | undefined;
  /** After how many milliseconds it has to be done, from now. */
  deadline?: number | undefined;
  /** What in the arguments changes its owner instead of being cloned. */
  transfer?: readonly Transferable[] | undefined;
  /** Hears what the function tells by `this.progress(…)`. */
  onProgress?: ((progress: any) => void) | undefined;
  /** What errors call the job; the name of its function unless given. */
  label?: string | undefined;
  /** @internal When it was submitted; now unless given. */
  since?: number | undefined;
}

/** What one stream may be given. */
export interface StreamOptions extends JobOptions {
  /** How many items the producer may be ahead of the reader. 32 unless given. */
  credits?: number | undefined;
}

/** A job on its way. */
export interface Execution {
  readonly result: Promise<unknown>;
  /** Ends the job with this error. A job that is done stays so. */
  stop(error: JobError): void;
  grant(credits: number): void;
}

/** Ends a job by its options: its signal, its timeout, its deadline. */
export class Limits {
  readonly #label: string;
  readonly #options: JobOptions;
  readonly #stop: (error: JobError) => void;
  #clearDeadline = () => {};
  #clearTimeout = () => {};
  #clearAbort = () => {};
  #isBegun = false;

  constructor(label: string, options: JobOptions, stop: (error: JobError) => void) {
    this.#label = label;
    this.#options = options;
    this.#stop = stop;
    const { signal, deadline, timeout, since = performance.now() } = options;
    checkSignal(signal);
    if (timeout !== undefined) checkTime(timeout, 'timeout');
    if (deadline !== undefined) checkTime(deadline, 'deadline');
    if (signal?.aborted) {
      this.#abort();
      return;
    }
    if (signal !== undefined) this.#clearAbort = onAbort(signal, this.#abort);
    if (deadline === undefined) return;
    const exceeded = () =>
      stop(new DeadlineExceeded(`\`${label}\` was not done ${deadline} ms after it was submitted`, this.#isBegun));
    this.#clearDeadline = after(Math.max(0, since + deadline - performance.now()), 'deadline', exceeded);
  }

  /** Its function is called now. A second time, after its isolate was lost, the timeout begins again. */
  began(): void {
    const { timeout } = this.#options;
    this.#isBegun = true;
    if (timeout === undefined) return;
    const over = () => this.#stop(new TimedOut(`\`${this.#label}\` ran for more than ${timeout} ms`, true));
    this.#clearTimeout();
    this.#clearTimeout = after(timeout, 'timeout', over);
  }

  /** No limit takes effect any more. */
  done(): void {
    this.#clearDeadline();
    this.#clearTimeout();
    this.#clearAbort();
  }

  readonly #abort = () => {
    const cause = this.#options.signal?.reason;
    this.#stop(new Cancelled(`\`${this.#label}\` was cancelled`, this.#isBegun, { cause }));
  };
}

/** Calls a function of an isolate, within its limits. A limit ends the waiting; the function sees its `signal` aborted. */
export function execute(
  client: Client,
  name: string,
  args: readonly unknown[],
  options: JobOptions,
  hearing: Hearing,
  credits?: number,
): Execution {
  let fail: (error: Error) => void;
  const stopped = new Promise<never>((_, reject) => {
    fail = reject;
  });
  stopped.catch(() => {});
  const stop = (error: JobError) => {
    limits?.done();
    sent?.cancel(error.message);
    fail(error);
  };
  let sent: ReturnType<Client['call']> | undefined;
  let limits: Limits | undefined;
  const { label = name } = options;
  limits = new Limits(label, options, stop);
  if (options.signal?.aborted) return { result: stopped, stop, grant: () => {} };
  try {
    sent = client.call(name, args, options.transfer, { ...hearing, label }, credits);
  } catch (error) {
    limits.done();
    return { result: Promise.reject(error), stop, grant: () => {} };
  }
  limits.began();
  sent.result.catch(() => {}).finally(() => limits.done());
  return { result: Promise.race([sent.result, stopped]), stop, grant: sent.grant };
}
