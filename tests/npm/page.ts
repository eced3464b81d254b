import { type Outcome, runAll } from './harness.js';
import './copies.js';
import './costs.js';
import './errors.js';
import './inspect.js';
import './isolates.js';
import './jobs.js';
import './odd.js';
import './options.js';
import './pools.js';
import './ports.js';
import './starts.js';
import './streams.js';

/** The filter stands in the page's address; in a host without pages, on the command line. */
const { Deno, process } = globalThis as { Deno?: { args: string[]; exit(code: number): void }; process?: NodeProcess };

interface NodeProcess {
  argv: string[];
  exit(code: number): void;
}

if (globalThis.document !== undefined) {
  const outcomes = await runAll(new URLSearchParams(location.search).get('filter') ?? '');
  document.body.textContent = JSON.stringify(outcomes);
  document.body.dataset.state = 'done';
} else {
  const outcomes = await runAll((Deno?.args[0] ?? process?.argv[2]) || '');
  const failed = outcomes.filter(({ error }) => error !== undefined).length;
  print(outcomes, failed);
  (Deno ?? process)?.exit(failed === 0 ? 0 : 1);
}

/** As `cargo test` would. */
function print(outcomes: Outcome[], failed: number): void {
  console.log(`running ${outcomes.length} tests`);
  for (const { name, error } of outcomes)
    console.log(`test ${name} ... ${error === undefined ? 'ok' : `FAILED\n    ${error}`}`);
  const seconds = outcomes.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
  const passed = outcomes.length - failed;
  const result = failed === 0 ? 'ok' : 'FAILED';
  console.log(
    `\ntest result: ${result}. ${passed} passed; ${failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in ${seconds.toFixed(2)}s`,
  );
}
