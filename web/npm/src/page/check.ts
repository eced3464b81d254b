/** Throws a `RangeError` that names `what`, unless `value` is a whole number from `least` to `most`. */
export function checkWhole(value: number, what: string, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const limits = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`${what} is ${String(value)}: it has to be a whole number ${limits}`);
}

/** The same of what may be `Infinity`. */
export function checkCount(value: number, what: string, least: number): void {
  if (value !== Infinity) checkWhole(value, what, least);
}

/** Throws a `RangeError` that names `what`, unless `limit` is a number of milliseconds. */
export function checkTime(limit: number, what: string): void {
  if (typeof limit !== 'number' || !(limit >= 0))
    throw new RangeError(`${what} is ${String(limit)}: it has to be a number of milliseconds`);
}

/** Throws a `TypeError`, unless `key` is a text or a number. All objects would be the same text, and so one key. */
export function checkKey(key: string | number): void {
  if (typeof key !== 'string' && typeof key !== 'number')
    throw new TypeError(`a key is a text or a number, and this one ${key === null ? 'null' : `a ${typeof key}`}`);
}

/** Throws a `TypeError` that names `what`, unless `value` is a list. A text is one to a spread, and no list of arguments. */
export function checkList(value: readonly unknown[], what: string, of = ''): void {
  if (!Array.isArray(value)) throw new TypeError(`${what}${of && ` of \`${of}\``}: this is no list`);
}

/** Throws a `TypeError`, unless `signal` can be aborted. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal && typeof signal.addEventListener === 'function' && typeof signal.aborted === 'boolean') return;
  if (signal !== undefined && signal !== null)
    throw new TypeError(`signal is ${String(signal)}: it has to be an AbortSignal, as \`abort.signal\` is one`);
}
