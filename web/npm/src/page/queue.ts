import { List } from './list.js';

/** What waits in a queue. */
export interface Queued {
  readonly priority: number;
  /** When it came, in milliseconds. */
  readonly since: number;
}

/** By how much a job's priority grows for each millisecond of waiting, so that none waits for ever. */
const AGING = 0.001;

/** Jobs by priority, the larger first; a second of waiting counts as one. Within a priority the older one is first. */
export class Queue<J extends Queued> {
  readonly #levels = new Map<number, List<J>>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(job: J): void {
    this.#level(job).push(job);
    this.#length += 1;
  }

  /** In front of its priority: it was taken before, and came back. */
  putBack(job: J): void {
    this.#level(job).unshift(job);
    this.#length += 1;
  }

  /** Takes the first job that `fits`. */
  take(fits: (job: J) => boolean): J | undefined {
    const now = Date.now();
    const score = (job: J) => job.priority + (now - job.since) * AGING;
    return this.#take(
      (jobs) => jobs.find(fits),
      (job, best) => score(job) > score(best),
    );
  }

  /** Whether a job `fits`. */
  some(fits: (job: J) => boolean): boolean {
    return [...this.#levels.values()].some((jobs) => jobs.find(fits) !== undefined);
  }

  /** The one that has waited longest. */
  takeOldest(): J | undefined {
    return this.#take(
      (jobs) => jobs.first,
      (job, best) => job.since < best.since,
    );
  }

  /** The one that came last. */
  takeNewest(): J | undefined {
    return this.#take(
      (jobs) => jobs.last,
      (job, best) => job.since >= best.since,
    );
  }

  remove(job: J): boolean {
    const jobs = this.#levels.get(job.priority);
    if (!jobs?.remove(job)) return false;
    if (jobs.length === 0) this.#levels.delete(job.priority);
    this.#length -= 1;
    return true;
  }

  /** Of each priority one is chosen, and of these the best is taken. */
  #take(choose: (jobs: List<J>) => J | undefined, isBetter: (job: J, best: J) => boolean): J | undefined {
    let best: J | undefined;
    for (const jobs of this.#levels.values()) {
      const job = choose(jobs);
      if (job !== undefined && (best === undefined || isBetter(job, best))) best = job;
    }
    if (best !== undefined) this.remove(best);
    return best;
  }

  #level({ priority }: J): List<J> {
    let jobs = this.#levels.get(priority);
    if (jobs === undefined) this.#levels.set(priority, (jobs = new List()));
    return jobs;
  }
}
