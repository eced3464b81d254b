interface Link<J> {
  readonly item: J;
  before: Link<J> | undefined;
  after: Link<J> | undefined;
}

/** Items in a row, of which each can leave at any time: a list in which nothing moves up. */
export class List<J> {
  readonly #links = new Map<J, Link<J>>();
  #first: Link<J> | undefined;
  #last: Link<J> | undefined;

  get length(): number {
    return this.#links.size;
  }

  get first(): J | undefined {
    return this.#first?.item;
  }

  get last(): J | undefined {
    return this.#last?.item;
  }

  push(item: J): void {
    const link = { item, before: this.#last, after: undefined };
    if (this.#last) this.#last.after = link;
    else this.#first = link;
    this.#last = link;
    this.#links.set(item, link);
  }

  /** Puts an item in front of the first that comes after it. */
  insert(item: J, isAfter: (item: J) => boolean): void {
    let after = this.#first;
    while (after !== undefined && !isAfter(after.item)) after = after.after;
    if (after === undefined) return this.push(item);
    const link = { item, before: after.before, after };
    if (after.before) after.before.after = link;
    else this.#first = link;
    after.before = link;
    this.#links.set(item, link);
  }

  shift(): J | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Whether it was there. */
  remove(item: J): boolean {
    const link = this.#links.get(item);
    if (link === undefined) return false;
    this.#links.delete(item);
    if (link.before) link.before.after = link.after;
    else this.#first = link.after;
    if (link.after) link.after.before = link.before;
    else this.#last = link.before;
    return true;
  }
}
