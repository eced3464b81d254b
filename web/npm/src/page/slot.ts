import { Client, type Hearing, type RunnerOptions, type Sent } from './client.js';
import { after } from './clock.js';
import { Closed } from './errors.js';
import type { Source } from './guest.js';
import type { JobInfo } from './inspection.js';
import { jobsOf } from './known.js';

/** What a slot is given to run. */
interface Work extends Hearing {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly options: { transfer?: readonly Transferable[] | undefined };
  readonly credits: number | undefined;
}

/** What a pool hears of its slots. */
interface Listener {
  spawned(slot: Slot): void;
  spawnFailed(error: Error, slot: Slot): void;
  /** Its isolate died, or did not let go. */
  lost(slot: Slot): void;
  /** Its isolate is told to end; whether that is because it is worn out. */
  retired(slot: Slot, isWornOut: boolean): void;
  /** It may take another job, or another isolate. */
  free(): void;
}

/** How long the first and the longest pause before another try to start is, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

/** A place for one isolate in a pool. Its isolates come and go; it has one job at a time. */
export class Slot {
  readonly number: number;
  state: 'empty' | 'starting' | 'idle' | 'busy' = 'empty';
  readonly #source: Source;
  readonly #options: Omit<RunnerOptions, 'signal'>;
  readonly #listener: Listener;
  #client: Client | undefined;
  #work: Work | undefined;
  #sent: Sent | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #jobs = 0;
  /** How many starts in a row have failed. */
  failures = 0;
  #isWornOut = false;
  #clearIdle: (() => void) | undefined;
  #clearRetry = () => {};
  readonly #closing = new AbortController();

  constructor(number: number, source: Source, options: Omit<RunnerOptions, 'signal'>, listener: Listener) {
    this.number = number;
    this.#source = source;
    this.#options = options;
    this.#listener = listener;
  }

  /** Starts an isolate here; throws why that can't be. */
  async start(): Promise<void> {
    this.state = 'starting';
    let client: Client;
    try {
      client = await Client.spawn(this.#source, { ...this.#options, signal: this.#closing.signal });
    } catch (error) {
      this.state = 'empty';
      throw error;
    }
    if (this.#closing.signal.aborted) {
      client.isolate.kill();
      this.state = 'empty';
      throw new Closed(`${this.#options.debugName} was closed while it started`, false);
    }
    this.#client = client;
    this.#jobs = this.failures = 0;
    this.#isWornOut = false;
    this.state = 'idle';
    client.isolate.exited.then(() => {
      if (this.#client !== client) return;
      this.#leave();
      this.#listener.lost(this);
    });
    this.#listener.spawned(this);
  }

  /** Starts an isolate, after a pause if the last start has failed. */
  startLater(): void {
    this.state = 'starting';
    const start = () =>
      this.start().catch((error) => {
        this.failures += 1;
        if (!this.#closing.signal.aborted) this.#listener.spawnFailed(error, this);
      });
    const pause = this.failures === 0 ? 0 : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.failures - 1));
    if (pause === 0) start();
    else this.#clearRetry = after(pause, 'pause', start);
  }

  /** Runs a job; the slot is free again when the function is done, even if nobody waits for it any more. */
  async run(work: Work, maxJobs: number): Promise<unknown> {
    const client = this.#client as Client;
    this.#stopResting();
    this.state = 'busy';
    this.#work = work;
    this.#jobs += 1;
    if (this.#jobs >= maxJobs) this.#isWornOut = true;
    try {
      this.#sent = client.call(work.name, work.args, work.options.transfer, work, work.credits);
      return await this.#sent.result;
    } catch (error) {
      // A call that can't be sent is not released within this call.
      await undefined;
      throw error;
    } finally {
      if (this.#client === client) this.#release(client);
    }
  }

  grant(work: Work, credits: number): void {
    if (this.#work === work) this.#sent?.grant(credits);
  }

  /** Asks the function to let go; after `grace` milliseconds the isolate is replaced. */
  cancel(work: Work, reason: string, grace: number): void {
    if (this.#work !== work) return;
    const client = this.#client as Client;
    this.#sent?.cancel(reason);
    if (grace === 0) return client.isolate.kill();
    // The slot may have given the isolate up by then.
    const clear = after(grace, 'grace', () => client.isolate.kill());
    this.#sent?.result.catch(() => {}).finally(clear);
  }

  /** The job that its isolate runs. */
  jobs(): JobInfo[] {
    const client = this.#client;
    return client === undefined ? [] : jobsOf(client.isolate.debugName, client.calls());
  }

  /** Stops the isolate at once. */
  kill(): void {
    this.#client?.isolate.kill();
  }

  /** Gives the isolate up when it is done; tells whether there is one. */
  recycle(): boolean {
    if (this.#client === undefined) return false;
    this.#isWornOut = true;
    if (this.state === 'idle') this.#release(this.#client);
    return true;
  }

  /** Closes the isolate after `timeout` milliseconds without a job, if `mayGo` then. */
  rest(timeout: number, mayGo: () => boolean): void {
    this.#clearIdle ??= after(timeout, 'idleTimeout', () => {
      this.#clearIdle = undefined;
      if (this.state === 'idle' && mayGo()) this.#retire();
    });
  }

  /** Ends the isolate, and waits until it has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#clearRetry();
    if (this.#client !== undefined) this.#retire();
    await this.#ended;
  }

  #release(client: Client): void {
    this.#work = this.#sent = undefined;
    if (this.#isWornOut) this.#retire();
    else if (!client.hasEnded) this.state = 'idle';
    this.#listener.free();
  }

  /** Closes the isolate; another one may start here at once. */
  #retire(): void {
    const client = this.#client as Client;
    this.#listener.retired(this, this.#isWornOut);
    this.#leave();
    const ended = client.close();
    this.#ended = Promise.all([this.#ended, ended]).then(() => undefined);
  }

  #stopResting(): void {
    this.#clearIdle?.();
    this.#clearIdle = undefined;
  }

  #leave(): void {
    this.#stopResting();
    this.#client = this.#work = this.#sent = undefined;
    this.state = 'empty';
  }
}
