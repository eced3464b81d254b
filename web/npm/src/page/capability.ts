import { Local } from './ports.js';
import { randomNumber } from '../protocol.js';

/**
 * Lets its holder do something: resume what it has paused, pause, or kill. It is equal only to itself and can't be guessed.
 */
export class Capability extends Local {
  readonly #number = randomNumber();

  override toString(): string {
    return `Capability(${this.#number.toString(16)})`;
  }
}
