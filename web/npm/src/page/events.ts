/** Something that happens to a pool. `isolate` is the number of a place: the isolate's name is `pool 0`, `pool 1`, … */
export type PoolEvent =
  /** It takes jobs. */
  | { readonly type: 'started'; readonly isolate: number }
  /** It could not be started. */
  | { readonly type: 'notStarted'; readonly isolate: number; readonly error: Error }
  /** It is told to end: it had nothing to do, or the pool closes. */
  | { readonly type: 'ended'; readonly isolate: number }
  /** It is told to end, and another takes its place. */
  | { readonly type: 'recycled'; readonly isolate: number }
  /** It has ended by itself, or was killed. */
  | { readonly type: 'lost'; readonly isolate: number }
  /** So many events were not read in time, and are gone. */
  | { readonly type: 'missed'; readonly count: number };

/** How many events wait for one reader. */
const MOST = 100;

interface Reader {
  events: PoolEvent[];
  missed: number;
  wake: () => void;
}

/** Tells what happens to those who read, and costs nothing while nobody does. */
export class Events {
  readonly #readers = new Set<Reader>();
  #isOver = false;

  tell(event: PoolEvent): void {
    for (const reader of this.#readers) {
      if (reader.events.push(event) > MOST) {
        reader.events.shift();
        reader.missed += 1;
      }
      reader.wake();
    }
  }

  /** Nothing happens any more: readers come to their end. */
  end(): void {
    this.#isOver = true;
    for (const { wake } of this.#readers) wake();
  }

  /** What happens from this call on. */
  read(): AsyncGenerator<PoolEvent, void, undefined> {
    const reader: Reader = { events: [], missed: 0, wake: () => {} };
    this.#readers.add(reader);
    const events = this.#eventsOf(reader);
    // A generator that was never begun has no `finally` to run.
    const leave = events.return.bind(events);
    events.return = (value) => {
      this.#readers.delete(reader);
      reader.wake();
      return leave(value);
    };
    return events;
  }

  async *#eventsOf(reader: Reader): AsyncGenerator<PoolEvent, void, undefined> {
    try {
      for (;;) {
        const { missed } = reader;
        reader.missed = 0;
        if (missed > 0) yield { type: 'missed', count: missed };
        const event = reader.events.shift();
        if (event !== undefined) yield event;
        else if (this.#isOver || !this.#readers.has(reader)) return;
        else await new Promise<void>((resolve) => (reader.wake = resolve));
      }
    } finally {
      this.#readers.delete(reader);
    }
  }
}
