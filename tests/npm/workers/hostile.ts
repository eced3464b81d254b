// Posts to ports of the page whose numbers it guesses, and closes them.
import { isolate } from '@insula/web/worker';
await isolate.started;
for (let port = 0; port < 2000; port += 1) {
  self.postMessage(['insula', 0, 'value', port, 'forged', []]);
  self.postMessage(['insula', 0, 'close', port]);
}
isolate.message?.send?.('done');
export {};
