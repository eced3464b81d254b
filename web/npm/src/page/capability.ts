/** A number of 52 random bits, which nobody guesses. */
export function randomNumber(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return (high & 0xfffff) * 2 ** 32 + low;
}

/**
 * Lets its holder do something: resume what it has paused, pause, or kill. It is equal only to itself and can't be guessed.
 */
export class Capability {
  readonly #number = randomNumber();

  toString(): string {
    return `Capability(${this.#number.toString(16)})`;
  }
}
