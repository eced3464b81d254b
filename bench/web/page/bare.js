// `postMessage` without any library: the reference.
import { expect } from './measure.js';

/** A worker that answers each message with one, in order. */
export class Bare {
  #waiting = [];
  #worker;

  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#waiting.shift().resolve(data);
    worker.onerror = (event) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(event.message));
    };
  }

  static echo() {
    return new Bare(new Worker(new URL('./workers/echo.js', import.meta.url), { type: 'module' }));
  }

  call(message, transfer = []) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(message, transfer);
    });
  }

  async trips(count) {
    for (let number = 0; number < count; number += 1) expect(await this.call(number), number);
  }

  async atOnce(count) {
    const answers = [];
    for (let number = 0; number < count; number += 1) answers.push(this.call(number));
    expect((await Promise.all(answers)).length, count);
  }

  async oneWay(count) {
    for (let number = 0; number < count; number += 1) this.#worker.postMessage({ counted: number });
    await this.call(0);
  }

  async oneWayBack(count) {
    const answers = Array.from({ length: count }, () => new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })));
    this.#worker.postMessage({ asked: count });
    expect((await Promise.all(answers)).length, count);
  }

  end() {
    this.#worker.terminate();
  }
}
