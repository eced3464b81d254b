import { List } from './list.js';
import type { WhenFull } from './pool-options.js';
import { Queue, type Queued } from './queue.js';

/** The jobs of a pool that wait: in a queue that has an end, and outside of it those for which it has no place yet. */
export class Waiting<J extends Queued> {
  readonly #capacity: number;
  readonly #whenFull: WhenFull;
  readonly #queue = new Queue<J>();
  readonly #outside = new List<J>();

  constructor(capacity: number, whenFull: WhenFull) {
    this.#capacity = capacity;
    this.#whenFull = whenFull;
  }

  /** How many there are. */
  get length(): number {
    return this.#queue.length + this.#outside.length;
  }

  /** How many of them have a place. */
  get placed(): number {
    return this.#queue.length;
  }

  /** Adds a job, and does what `whenFull` says. Returns the one that has to leave for that, which may be this one. */
  admit(job: J): J | undefined {
    let leaves: J | undefined;
    if (this.#queue.length >= this.#capacity) {
      if (this.#whenFull === 'reject') return job;
      if (this.#whenFull === 'dropOldest') leaves = this.#queue.takeOldest();
      if (this.#whenFull === 'dropNewest') leaves = this.#queue.takeNewest();
    }
    this.#outside.push(job);
    return leaves;
  }

  /** Adds a job, however many there are. */
  push(job: J): void {
    this.#queue.push(job);
  }

  /** It was taken before, and came back. */
  putBack(job: J): void {
    this.#queue.putBack(job);
  }

  /** Gives places to those outside, as far as there are any. */
  moveUp(): void {
    while (this.#outside.length > 0 && this.#queue.length < this.#capacity)
      this.#queue.push(this.#outside.shift() as J);
  }

  /** Takes the first job of those with a place and one of these homes. */
  take(homes: readonly J['home'][]): J | undefined {
    return this.#queue.take(homes);
  }

  /** Takes the one that has waited longest. */
  takeOldest(): J | undefined {
    return this.#queue.takeOldest() ?? this.#outside.shift();
  }

  /** Whether a job with a place has this home. */
  has(home: J['home']): boolean {
    return this.#queue.has(home);
  }

  remove(job: J): void {
    this.#outside.remove(job);
    this.#queue.remove(job);
  }
}
