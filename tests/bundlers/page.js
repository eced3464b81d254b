import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The application's page with another script, for bundlers that write none. */
export const page = (script) =>
  readFileSync(join(process.env.APP, 'index.html'), 'utf8').replace('./main.js', `./${script}`);
