// As in docs/javascript-isolates.md, started by its URL.
import { isolate, ReceivePort } from '@insula/web/worker';

const jobs = new ReceivePort<any>();
isolate.message.send({ jobs: jobs.sendPort, args: isolate.args, name: isolate.name, base: isolate.baseUrl });
for await (const { items, reply, exit } of jobs) {
  if (exit) isolate.exit(reply, 'the last word');
  else reply.send(items.sort());
}
