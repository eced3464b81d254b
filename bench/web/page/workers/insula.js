import { serve } from '@insula/web/worker';
import { busy } from '../busy.js';

serve({
  echo: (value) => value,
  busy,
  parse: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
});
