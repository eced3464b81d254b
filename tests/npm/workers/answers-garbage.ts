import { isolate } from '@insula/web/worker';
await isolate.started;
isolate.message.ready.send('garbage');
export {};
