/// <reference lib="esnext.disposable" preserve="true" />

/** What ends a `using` block, in engines that do not have the symbol yet as well: compilers look for this one then. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/** The same of `await using`. */
export const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');
