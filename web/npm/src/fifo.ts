/** Items in a row. Each is taken in the same short time, however many there are: `shift` of an array moves all the others. */
export class Fifo<T> {
  #pushed: T[] = [];
  /** The older ones, the first at the end. */
  #turned: T[] = [];

  get length(): number {
    return this.#pushed.length + this.#turned.length;
  }

  push(item: T): void {
    this.#pushed.push(item);
  }

  shift(): T | undefined {
    if (this.#turned.length === 0) {
      this.#turned = this.#pushed.reverse();
      this.#pushed = [];
    }
    return this.#turned.pop();
  }
}
