// What Rust imports for isolates that are scripts (feature `js`). A page without them does not load it.

/** How deep a value of a script may be. The same as for messages between programs. */
const DEEPEST = 256;
/** How many empty places its lists may have, and how many values it may have by repeating others. */
const MOST_OF_NOTHING = 2 ** 20;

/**
 * Why a value that came from a script can't be unfolded into Rust's, if it can't: structured clone keeps values that contain
 * themselves, that repeat others without end, and lists of billions of empty places, all in a few bytes.
 */
export function whyEndless(value) {
  const sizes = new Map();
  let nothing = 0;
  const spend = (count) => {
    nothing += count;
    if (nothing > MOST_OF_NOTHING) throw new RangeError('a value that is far larger than what was sent');
  };
  const sizeOf = (item, depth) => {
    if (typeof item !== 'object' || item === null) return 1;
    const known = sizes.get(item);
    if (known === null) throw new RangeError('a value that contains itself');
    if (known !== undefined) {
      spend(known);
      return known;
    }
    if (depth === DEEPEST) throw new RangeError(`a value that is more than ${DEEPEST} levels deep`);
    sizes.set(item, null);
    let size = 1;
    const add = (inner) => {
      size += sizeOf(inner, depth + 1);
    };
    if (Array.isArray(item)) {
      for (let i = 0; i < item.length; i += 1) {
        if (item[i] === undefined) spend(1);
        else add(item[i]);
      }
    } else if (item instanceof Map) item.forEach((inner, key) => [key, inner].forEach(add));
    else if (item instanceof Set) item.forEach(add);
    else if (Object.getPrototypeOf(item) === Object.prototype) Object.values(item).forEach(add);
    sizes.set(item, size);
    return size;
  };
  try {
    sizeOf(value, 0);
    return undefined;
  } catch (error) {
    return error.message;
  }
}

/** Calls `make`, and returns the blob of the URL that it makes; undefined where the URL is of no blob, or `URL` is frozen. */
export function blobOf(make) {
  const { createObjectURL } = URL;
  let blob;
  try {
    URL.createObjectURL = (made) => createObjectURL.call(URL, (blob = made));
  } catch {
    // It is frozen: the URL is as good without its blob.
  }
  try {
    make();
  } finally {
    if (URL.createObjectURL !== createObjectURL) URL.createObjectURL = createObjectURL;
  }
  return blob;
}
