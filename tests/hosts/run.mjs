// Runs a test program that wasm-bindgen has made for `--target web`, as wasm-bindgen-test-runner does in a browser:
//
//   deno run --allow-read run.mjs GLUE [FILTER...]
//   bun run.mjs GLUE [FILTER...]
//
// The mode for Deno of that uses `--target deno`, whose glue can't be given a compiled module, and `window`, which Deno 2 has
// no more.
import { readFile } from 'node:fs/promises';
import { argv, exit } from 'node:process';
import { pathToFileURL } from 'node:url';

const [, , glue, ...filters] = argv;
const log = console.log.bind(console);

// wasm-bindgen-test prints without a document in Node and in Deno: in Bun it has to find one of them.
globalThis.Deno ??= {};

// What the program looks for before its first test.
globalThis.__wbg_test_invoke = (test) => test();
globalThis.__wbgtest_og_console_log = log;
globalThis.__wbgtest_og_console_error = console.error.bind(console);

const url = pathToFileURL(glue);
// As a URL that only this file knows: workers must not guess the glue from their own.
const bindings = await import(`${url.href}?glue`);
const module = await WebAssembly.compile(await readFile(new URL(url.href.replace(/\.js$/, '_bg.wasm'))));
const exports = await bindings.default({ module_or_path: module });

// What a test logs is shown when it fails.
for (const method of ['debug', 'log', 'info', 'warn', 'error']) {
  console[method] = (...args) => bindings[`__wbgtest_console_${method}`](args);
}

const tests = Object.keys(exports).filter((name) => name.startsWith('__wbgt_'));
const isWanted = (test) => filters.length === 0 || filters.some((filter) => test.includes(filter));
const wanted = tests.filter((name) => isWanted(name.split('::').slice(1).join('::')));
const context = new bindings.WasmBindgenTestContext(false);
context.filtered_count(tests.length - wanted.length);
exit((await context.run(wanted.map((name) => exports[name]))) ? 0 : 1);
