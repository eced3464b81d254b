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
  readonly #levels = new Map<number, J[]>();
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
    let best: { jobs: J[]; at: number; score: number } | undefined;
    for (const jobs of this.#levels.values()) {
      const at = jobs.findIndex(fits);
      const job = jobs[at];
      if (job === undefined) continue;
      const score = job.priority + (now - job.since) * AGING;
      if (best === undefined || score > best.score) best = { jobs, at, score };
    }
    return best && this.#removeAt(best.jobs, best.at);
  }

  /** Whether a job `fits`. */
  some(fits: (job: J) => boolean): boolean {
    return [...this.#levels.values()].some((jobs) => jobs.some(fits));
  }

  /** The one that has waited longest. */
  takeOldest(): J | undefined {
    const firsts = [...this.#levels.values()].map((jobs) => jobs[0] as J);
    const oldest = firsts.reduce<J | undefined>(
      (best, job) => (best && best.since <= job.since ? best : job),
      undefined,
    );
    if (oldest !== undefined) this.remove(oldest);
    return oldest;
  }

  /** The one that came last. */
  takeNewest(): J | undefined {
    const lasts = [...this.#levels.values()].map((jobs) => jobs.at(-1) as J);
    const newest = lasts.reduce<J | undefined>((best, job) => (best && best.since > job.since ? best : job), undefined);
    if (newest !== undefined) this.remove(newest);
    return newest;
  }

  remove(job: J): boolean {
    const jobs = this.#levels.get(job.priority);
    const at = jobs?.indexOf(job) ?? -1;
    if (jobs === undefined || at < 0) return false;
    this.#removeAt(jobs, at);
    return true;
  }

  #level({ priority }: J): J[] {
    let jobs = this.#levels.get(priority);
    if (jobs === undefined) this.#levels.set(priority, (jobs = []));
    return jobs;
  }

  #removeAt(jobs: J[], at: number): J | undefined {
    const [job] = jobs.splice(at, 1);
    if (jobs.length === 0 && job !== undefined) this.#levels.delete(job.priority);
    this.#length -= 1;
    return job;
  }
}
