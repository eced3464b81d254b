import type { Answer, Call, Close, Failed, Order } from '../calls.js';
import { SendPort } from './ports.js';
import { isError, text } from '../protocol.js';
import { checkList, checkTime } from './check.js';
import { after } from './clock.js';
import { Cancelled, Closed, EncodeError, IsolateLost, RemoteError, SpawnError } from './errors.js';
import { ReceivePort, type Source, tellingOf } from './guest.js';
import { guests, Isolate, START_TIMEOUT } from './isolate.js';

/** How the isolate of a runner is started. */
export interface RunnerOptions {
  /** What errors and `isolate.name` call it. */
  debugName?: string | undefined;
  /** What `init` of `serve` is given; or a function that makes it at each start. */
  config?: unknown | undefined;
  /** What in `config` changes its owner; or a function that finds it there, at each start. */
  configTransfer?: readonly Transferable[] | ConfigTransfer | undefined;
  /** After how many milliseconds the start, with `init`, has failed. 20,000 unless given. */
  startTimeout?: number | undefined;
  /** Where a bundler has put `@insula/web/loader`; for a `source` that is a URL. */
  loader?: string | URL | undefined;
  /** Cancels the start. */
  signal?: AbortSignal | undefined;
}

/** What in a configuration changes its owner. */
export type ConfigTransfer = (config: any) => readonly Transferable[];

/** How each of several isolates is started, and each that replaces one. */
export interface RunnersOptions extends RunnerOptions {
  /**
   * Finds at each start what in `config` changes its owner. A list would serve one isolate alone, as what was given away is
   * gone; so `config` is a function too.
   *
   * ```ts
   * { config: () => new Uint8Array(1e6), configTransfer: (config) => [config.buffer] }
   * ```
   */
  configTransfer?: ConfigTransfer | undefined;
}

/** Throws a `TypeError` when several isolates would be given what only one can have. */
export function checkConfigTransfer({ configTransfer }: RunnerOptions): void {
  if (configTransfer === undefined || typeof configTransfer === 'function') return;
  throw new TypeError(
    'configTransfer is no function: what it lists is gone after the first start. Several isolates need `config: () => …` and ' +
      '`configTransfer: (config) => […]`',
  );
}

/** A call that was sent. */
export interface Sent {
  /** The last answer. */
  readonly result: Promise<unknown>;
  /** Tells the function that nobody wants its result. */
  cancel(reason: unknown): void;
  /** Lets a stream send more items. */
  grant(credits: number): void;
}

/** What hears a call's answers before the last one. */
export interface Hearing {
  /** What the call is called where people read it; the name of its function unless given. */
  label?: string;
  item?(item: unknown): void;
  progress?(progress: unknown): void;
}

interface Pending extends Hearing {
  name: string;
  label: string;
  /** When it was sent. */
  began: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type Calls = SendPort<Call | Order | Close>;

/** An isolate that serves functions, and the calls that it has not answered. */
export class Client {
  readonly isolate: Isolate;
  /** Whether the isolate has ended. */
  hasEnded = false;
  readonly #calls: Calls;
  readonly #pending = new Map<number, Pending>();
  /** Of these, those that nobody waits for any more. */
  readonly #cancelled = new Set<number>();
  /** Called when a call ends, or nobody waits for it any more. */
  readonly #changed: (() => void)[] = [];
  #lastId = 0;
  #closing: Promise<void> | undefined;

  private constructor(isolate: Isolate, calls: Calls, answers: ReceivePort<any>) {
    this.isolate = isolate;
    this.#calls = calls;
    answers.onmessage = (answer) => this.#hear(answer);
    const guest = guests.get(isolate);
    if (guest !== undefined) guest.calls = () => this.calls();
    isolate.exited.then((end) => {
      const cause = end.cause ?? guest?.lastError;
      this.hasEnded = true;
      answers.close();
      for (const { name, reject } of this.#take()) {
        reject(new IsolateLost(`${isolate.debugName} has ended before \`${name}\` was done`, true, cause && { cause }));
      }
    });
  }

  /**
   * Starts an isolate whose module calls `serve`, and waits for its functions.
   *
   * @throws a {@link SpawnError}, also when the module never calls `serve`, or when its `init` throws
   */
  static async spawn(source: Source, options: RunnerOptions): Promise<Client> {
    const { debugName = 'runner', startTimeout = START_TIMEOUT, config, configTransfer, loader, signal } = options;
    checkTime(startTimeout, 'startTimeout');
    const began = performance.now();
    const answers = new ReceivePort<Calls | Failed>();
    let isolate: Isolate | undefined;
    let clear = () => {};
    let abort = () => {};
    try {
      const made = tellingOf(debugName, () => (typeof config === 'function' ? config() : config));
      const transfer = tellingOf(debugName, () =>
        typeof configTransfer === 'function' ? configTransfer(made) : configTransfer,
      );
      isolate = await Isolate.spawnUri(source, [], { ready: answers.sendPort, config: made }, {
        debugName,
        startTimeout,
        transfer,
        loader,
        signal,
      });
      const late = new Promise<never>((_, reject) => {
        const text = `${debugName} can't be started: its module has not called \`serve\`, or its \`init\` was not done, in ${startTimeout} ms`;
        clear = after(Math.max(0, startTimeout - (performance.now() - began)), 'startTimeout', () =>
          reject(new SpawnError(text)),
        );
        abort = () =>
          reject(new Cancelled(`${debugName} was cancelled before it had started`, false, { cause: signal?.reason }));
        signal?.addEventListener('abort', abort);
        if (signal?.aborted) abort();
      });
      const lost = isolate.exited.then(({ cause }) => {
        throw new SpawnError(`${debugName} can't be started: it has ended${cause ? `: ${cause.message}` : ''}`, {
          cause,
        });
      });
      const { value } = await Promise.race([answers.next(), lost, late]);
      if (value instanceof SendPort) {
        // Until now an error that nothing has caught was one of the start.
        isolate.setErrorsFatal(false);
        return new Client(isolate, value, answers);
      }
      if (value?.failed === undefined)
        throw new SpawnError(`${debugName} can't be started: it has sent something else than \`serve\` does`);
      const cause = new RemoteError(value.failed);
      throw new SpawnError(`${debugName} can't be started: its \`init\` has failed: ${cause.message}`, { cause });
    } catch (error) {
      isolate?.kill();
      answers.close();
      throw error;
    } finally {
      clear();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** The calls that are not answered. */
  calls(): Iterable<{ label: string; began: number }> {
    return this.#pending.values();
  }

  /** How many calls are not answered. */
  get load(): number {
    return this.#pending.size;
  }

  /**
   * Sends a call.
   *
   * @throws an {@link EncodeError} when the arguments can't be cloned
   */
  call(
    name: string,
    args: readonly unknown[],
    transfer: readonly Transferable[] | undefined,
    hearing: Hearing,
    credits?: number,
  ): Sent {
    if (this.#closing) throw new Closed(`${this.isolate.debugName} was closed before \`${name}\` was called`, false);
    if (this.hasEnded)
      throw new IsolateLost(`${this.isolate.debugName} had ended before \`${name}\` was called`, false);
    checkList(args, 'the arguments', name);
    const id = (this.#lastId += 1);
    const call: Call = { id, call: name, args: [...args], ...(credits !== undefined && { credits }) };
    try {
      if (transfer !== undefined) checkList(transfer, 'transfer');
      this.#calls.send(call, transfer);
    } catch (error) {
      const reason = text(() => (isError(error) ? error.message : error));
      throw new EncodeError(`the arguments of \`${String(name)}\` can't be sent: ${reason}`, { cause: error });
    }
    const result = new Promise((resolve, reject) => {
      const { label = name } = hearing;
      this.#pending.set(id, { ...hearing, name, label, began: performance.now(), resolve, reject });
    });
    return {
      result,
      cancel: (reason) => {
        if (this.#pending.has(id)) this.#cancelled.add(id);
        this.#change();
        this.#order({ cancel: id, reason });
      },
      grant: (more) => this.#order({ grant: id, credits: more }),
    };
  }

  /**
   * Takes no more calls, waits for those that run, and ends the isolate. Those that were cancelled have `grace` milliseconds, and
   * so has `teardown`; then the isolate is killed.
   */
  close(grace = 1000): Promise<void> {
    return (this.#closing ??= this.#close(grace));
  }

  async #close(grace: number): Promise<void> {
    const change = () => new Promise<void>((resolve) => this.#changed.push(resolve));
    while (this.load > this.#cancelled.size) await change();
    let isLate = false;
    const late = () => {
      isLate = true;
      this.#change();
    };
    let clear = after(grace, 'grace', late);
    while (this.load > 0 && !isLate) await change();
    clear();
    if (!this.hasEnded) this.#calls.send({ close: true });
    clear = after(grace, 'grace', () => this.isolate.kill());
    await this.isolate.exited;
    clear();
  }

  #order(order: Order): void {
    if (this.hasEnded) return;
    try {
      this.#calls.send(order);
    } catch {
      // The reason can't be cloned: its text can.
      if ('cancel' in order) this.#calls.send({ cancel: order.cancel, reason: String(order.reason) });
    }
  }

  #hear(answer: Answer): void {
    const pending = this.#pending.get(answer?.id);
    if (pending === undefined) return;
    if ('item' in answer) return pending.item?.(answer.item);
    if ('progress' in answer) return pending.progress?.(answer.progress);
    this.#pending.delete(answer.id);
    this.#cancelled.delete(answer.id);
    const guest = guests.get(this.isolate);
    if (guest !== undefined) guest.answered += 1;
    if ('error' in answer) pending.reject(new RemoteError(answer.error));
    else pending.resolve(answer.value);
    this.#change();
  }

  #take(): Pending[] {
    const taken = [...this.#pending.values()];
    this.#pending.clear();
    this.#cancelled.clear();
    this.#change();
    return taken;
  }

  #change(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
