// What most tests call.
import { isolate, ReceivePort, type SendPort, serve, TransferableTypedData, transfer } from '@insula/web/worker';

let calls = 0;

export const api = serve(
  {
    add: (a: number, b: number) => a + b,
    none: () => {},
    async slowly(ms: number, value: string) {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return value;
    },
    busy(ms: number) {
      const end = performance.now() + ms;
      while (performance.now() < end);
      return ms;
    },
    async patient(): Promise<string> {
      if (!this.signal.aborted) await new Promise((resolve) => this.signal.addEventListener('abort', resolve));
      return String(this.signal.reason);
    },
    never: () => new Promise<void>(() => {}),
    hang() {
      // Longer than any test waits; not for ever, because in Deno it goes on when its worker is terminated.
      const end = performance.now() + 5000;
      while (performance.now() < end);
    },
    throws() {
      throw new RangeError('out of it', { cause: new TypeError('the cause') });
    },
    throwsWithFields() {
      throw Object.assign(new Error('with fields'), { code: 'E_FIELD' });
    },
    throwsText() {
      throw 'only text';
    },
    returnsFunction: () => () => {},
    late() {
      setTimeout(() => {
        throw new Error('nobody catches this');
      });
    },
    rejectsLate() {
      void Promise.reject(new Error('nobody awaits this'));
    },
    trap() {
      // A module whose function `f` is one `unreachable`.
      const bytes = '0061736d0100000001040160000003020100070501016600000a05010300000b'
        .match(/../g)
        ?.map((byte) => parseInt(byte, 16));
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes ?? [])));
      (exports.f as () => void)();
    },
    end: () => isolate.exit(),
    close: () => self.close(),
    name: () => isolate.name,
    count: () => (calls += 1),
    state() {
      return this.state;
    },
    work(steps: number) {
      for (let step = 1; step <= steps; step += 1) this.progress(step / steps);
      return steps;
    },
    length: (data: Uint8Array) => data.length,
    zeros(length: number) {
      const data = new Uint8Array(length);
      return transfer(data, [data.buffer]);
    },
    async echo(port: SendPort<unknown>, value: unknown) {
      port.send(value);
    },
    ask(): SendPort<{ question: number; reply: SendPort<number> }> {
      const questions = new ReceivePort<{ question: number; reply: SendPort<number> }>();
      questions.onmessage = ({ question, reply }) => reply.send(question * 2);
      return questions.sendPort;
    },
    typed(data: TransferableTypedData) {
      return data.materialize().byteLength;
    },
    port(port: MessagePort) {
      port.postMessage('through the port');
      port.close();
    },
    garbage() {
      const scope = self as unknown as { postMessage(message: unknown): void };
      for (const message of [
        null,
        'insula',
        [],
        ['insula'],
        ['insula', 0],
        ['insula', 0, 'nonsense'],
        ['insula', 0, 'value'],
        ['insula', 0, 'value', 1, {}, 'no list'],
        ['insula', 0, 'value', 99_999_999, {}, []],
        ['insula', 77, 'value', 1, {}, []],
        ['insula', 0, 'pong', 'x'],
        ['insula', 0, 'value', 1, null, []],
      ]) {
        scope.postMessage(message);
      }
      return 'still there';
    },
    *numbers(below: number) {
      for (let n = 0; n < below; n += 1) yield n;
      return 'done';
    },
    async *ticks(): AsyncGenerator<number> {
      try {
        for (let n = 0; ; n += 1) yield n;
      } finally {
        calls = 1000;
      }
    },
    *counted() {
      for (let n = 1; ; n += 1) yield (calls = n);
    },
    async *failing() {
      yield 1;
      throw new RangeError('in the middle');
    },
  },
  {
    init: async (config: { greeting: string } | undefined) => ({
      greeting: config?.greeting ?? 'none',
      made: (calls += 0),
    }),
  },
);
