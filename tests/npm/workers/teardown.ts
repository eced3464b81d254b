import { type SendPort, serve } from '@insula/web/worker';

export const api = serve(
  { f: () => 1 },
  {
    init: (port: SendPort<string>) => port,
    teardown: (port) => port.send('torn down'),
  },
);
