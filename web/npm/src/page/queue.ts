import { Heap } from './heap.js';
import { List } from './list.js';

/** What waits in a queue. */
export interface Queued {
  readonly priority: number;
  /** When it came, in milliseconds. */
  readonly since: number;
  /** How many came before it. */
  readonly order: number;
  /** The only place where it may run, if there is one. */
  readonly home: object | undefined;
}

/** By how much a job's priority grows for each millisecond of waiting, so that none waits for ever. */
const AGING = 0.001;

/** Which of two has the larger priority stays the same, as that of both grows alike. */
const rank = ({ priority, since }: Queued) => priority - since * AGING;
const isBefore = (job: Queued, other: Queued) => (rank(job) - rank(other) || other.order - job.order) > 0;

/** Jobs by priority, the larger first; a second of waiting counts as one. Within a priority the older one is first. */
export class Queue<J extends Queued> {
  /** In the order in which they came. */
  readonly #all = new List<J>();
  /** By their homes; under `undefined` those that may run anywhere. */
  readonly #heaps = new Map<J['home'], Heap<J>>();

  get length(): number {
    return this.#all.length;
  }

  push(job: J): void {
    this.#all.push(job);
    this.#add(job);
  }

  /** It was taken before, and came back. */
  putBack(job: J): void {
    this.#all.insert(job, (other) => other.order > job.order);
    this.#add(job);
  }

  /** Takes the first job of those with one of these homes. */
  take(homes: readonly J['home'][]): J | undefined {
    let best: J | undefined;
    for (const home of homes) {
      const job = this.#heaps.get(home)?.first;
      if (job !== undefined && (best === undefined || isBefore(job, best))) best = job;
    }
    return this.#taken(best);
  }

  /** Whether a job has this home. */
  has(home: J['home']): boolean {
    return this.#heaps.get(home)?.first !== undefined;
  }

  /** The one that has waited longest. */
  takeOldest(): J | undefined {
    return this.#taken(this.#all.first);
  }

  /** The one that came last. */
  takeNewest(): J | undefined {
    return this.#taken(this.#all.last);
  }

  remove(job: J): void {
    if (this.#all.remove(job)) this.#heaps.get(job.home)?.remove(job);
  }

  #taken(job: J | undefined): J | undefined {
    if (job !== undefined) this.remove(job);
    return job;
  }

  #add(job: J): void {
    let heap = this.#heaps.get(job.home);
    if (heap === undefined) this.#heaps.set(job.home, (heap = new Heap<J>(isBefore)));
    heap.push(job);
  }
}
