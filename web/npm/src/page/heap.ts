/** Items of which the first of an order is taken, and of which each can leave at any time. */
export class Heap<J> {
  readonly #isBefore: (item: J, other: J) => boolean;
  /** No item is before the one at half its index. */
  readonly #items: J[] = [];
  readonly #places = new Map<J, number>();

  constructor(isBefore: (item: J, other: J) => boolean) {
    this.#isBefore = isBefore;
  }

  get first(): J | undefined {
    return this.#items[0];
  }

  push(item: J): void {
    this.#rise(item, this.#items.length);
  }

  remove(item: J): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    const last = this.#items.pop() as J;
    if (last !== item) this.#rise(last, this.#sink(last, place));
  }

  /** Moves items down to make room for one that comes to `place` or above. */
  #rise(item: J, place: number): void {
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#items[above] as J;
      if (!this.#isBefore(item, other)) break;
      this.#put(other, place);
      place = above;
    }
    this.#put(item, place);
  }

  /** Moves items up to make room for one that comes to `place` or below; tells where. */
  #sink(item: J, place: number): number {
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#items.length) return place;
      if (below + 1 < this.#items.length && this.#isBefore(this.#items[below + 1] as J, this.#items[below] as J))
        below += 1;
      const other = this.#items[below] as J;
      if (!this.#isBefore(other, item)) return place;
      this.#put(other, place);
      place = below;
    }
  }

  #put(item: J, place: number): void {
    this.#items[place] = item;
    this.#places.set(item, place);
  }
}
