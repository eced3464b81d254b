// The TypeScript beside each program of the page, www/src/works/*.ts, as modules for the compiler. A reader sees ten lines of an
// application; what else the application has is declared here, below those lines, so that an error has the line of the file.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const works = fileURLToPath(new URL('../../www/src/works', import.meta.url));

const serving = "import { serve } from '@insula/web/worker';";
const pool = `import type { WorkerPool } from '@insula/web';
import type { api } from './worker.js';
declare const pool: WorkerPool<typeof api>;`;

/** By program and module. */
const declared = {
  digest: {
    worker: `${serving}
declare function md5(salt: string, piece: Uint8Array): Uint8Array;`,
    page: `${pool}
declare const pieces: AsyncIterable<[string, Uint8Array]>;
declare const sums: Uint8Array[];`,
  },
  images: {
    worker: `${serving}
declare function jpeg(file: Blob, options: { width: number; quality: number }): Promise<Blob>;`,
    page: `${pool}
declare const files: File[];
declare function show(small: Blob): void;`,
  },
  live_tracking: {
    tracker: `${serving}
interface Point { latitude: number; longitude: number }
declare function length(packet: Point[]): number;`,
    page: `${pool.replace('worker', 'tracker')}
declare const points: ReadableStream<{ latitude: number; longitude: number }[]>;
declare function draw(metres: number): void;
declare let metres: number;`,
  },
  long_running_isolate: {
    reader: `import type { SendPort } from '@insula/web/worker';
interface Document { json: string; reply: SendPort<number> }`,
    page: `import { Isolate, ReceivePort, type SendPort } from '@insula/web';
declare const url: URL;
declare const json: string;
declare const ready: ReceivePort<SendPort<{ json: string; reply: SendPort<number> }>>;
declare const counts: ReceivePort<number>;
declare function show(count: number): void;
export const name: string = reader.debugName;`,
  },
  primes: {
    worker: `${serving}
declare function countPrimes(from: number, to: number): number;`,
    page: `${pool}
declare const step: number;
export const found: number = primes;`,
  },
  products: {
    worker: `${serving}
export interface Product { id: number; title: string }`,
    page: `${pool}
import type { Product } from './worker.js';
declare const json: string;
export { products };`,
  },
  restart: {
    worker: `${serving}
export interface Range { from: number; to: number }
declare function countPrimes(range: Range): number;`,
    page: `import { WorkerPool } from '@insula/web';
import type { api, Range } from './worker.js';
declare const worker: () => Worker;
declare const ranges: Range[];
export const found: number[] = counts;`,
  },
  send_and_receive: {
    worker: serving,
    page: `${pool}
declare const documents: string[];`,
  },
  sort: {
    worker: "import { serve, transfer } from '@insula/web/worker';",
    page: `import type { IsolateRunner } from '@insula/web';
import type { api } from './worker.js';
declare const runner: IsolateRunner<typeof api>;
declare const numbers: Int32Array<ArrayBuffer>;
export const inOrder: Int32Array = sorted;`,
  },
  users: {
    worker: `${serving}
export interface User { id: number; name: string }
export interface Person { name: string; age: number }`,
    page: `${pool}
import type { Person, User } from './worker.js';
declare const list: string;
declare const one: string;
export const both: [User[], Person] = [users, person];`,
  },
};

/** Writes the modules of each program into a folder of its own in `folder`. */
export function write(folder) {
  const programs = readdirSync(works).filter((file) => file.endsWith('.ts'));
  for (const file of programs) {
    const program = file.slice(0, -'.ts'.length);
    mkdirSync(join(folder, program), { recursive: true });
    const text = readFileSync(join(works, file), 'utf8');
    for (const module of text.split(/^(?=\/\/ \w+\.ts\b)/m)) {
      const name = module.match(/\w+/)[0];
      const more = declared[program]?.[name];
      if (more === undefined) throw new Error(`www/src/works/${file} has a module '${name}', which web/npm/works.js does not know`);
      writeFileSync(join(folder, program, `${name}.ts`), `${module}${more}\n`);
    }
  }
}
