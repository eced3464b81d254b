// reader.ts, a module of its own
import { isolate, ReceivePort } from '@insula/web/worker';
const documents = new ReceivePort<string>();
isolate.message.send(documents.sendPort);
for await (const json of documents) results.send(Object.keys(JSON.parse(json)).length);

// page.ts
await using reader = await Isolate.spawnUri(url, [], ready.sendPort);
const documents = await ready.first();
documents.send(json);
