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

  unshift(item: J): void {
    const link = { item, before: undefined, after: this.#first };
    if (this.#first) this.#first.before = link;
    else this.#last = link;
    this.#first = link;
    this.#links.set(item, link);
  }

  shift(): J | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }

  find(fits: (item: J) => boolean): J | undefined {
    for (let link = this.#first; link !== undefined; link = link.after) if (fits(link.item)) return link.item;
    return undefined;
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
